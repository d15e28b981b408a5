# shellcheck shell=bash
# The dagger command and the engine, built from Go modules.

readonly BUILT=$CACHE/current

build_key() {
	hash_of "$DAGGER_VERSION" "$(go_version)" "$(uname -m)" -- \
		"$ENGINE_DIR"/go.mod "$ENGINE_DIR"/go.sum "$ENGINE_DIR"/distconsts/*
}

build_engine() {
	local key
	key=$(build_key)
	if [ "$(state_get build)" != "$key" ] || [ ! -x "$BUILT/dagger-engine" ]; then
		phase_says "building dagger and its engine $DAGGER_VERSION (about 5 minutes the first time)"
		logged build go_build "$CACHE/builds/$key"
		ln -sfn "builds/$key" "$CACHE/current.new"
		mv -fT "$CACHE/current.new" "$BUILT"
		state_set build "$key"
		find "$CACHE/builds" -mindepth 1 -maxdepth 1 ! -name "$key" -exec rm -rf {} +
	fi
	install_binaries
	phase_done "dagger $DAGGER_VERSION"
}

# go_build DIRECTORY: build everything beside it, then rename.
go_build() {
	local target=$1 version=github.com/dagger/dagger/engine
	local commands=github.com/dagger/dagger/cmd
	local stamp="-s -w -X $version.Version=$DAGGER_VERSION -X $version.Tag=$DAGGER_VERSION"
	rm -rf "$target" "$target.partial"
	mkdir -p "$target.partial"
	cd "$ENGINE_DIR"
	# The machine's own settings for go must not change what is built.
	export GOBIN="$target.partial" GOFLAGS='-mod=readonly -buildvcs=false'
	unset GOOS GOARCH
	go install -tags dfexcludepatterns,dfparents -ldflags "$stamp" \
		"$commands"/{dagger,engine,codegen,dnsname}
	CGO_ENABLED=0 go install -ldflags '-s -w' "$commands/init"
	mv "$target.partial/engine" "$target.partial/dagger-engine"
	mv "$target.partial/init" "$target.partial/dagger-init"
	mv -T "$target.partial" "$target"
}

# Put the programs where the engine and the user look for them.
install_binaries() {
	local plugin
	mkdir -p "$CACHE/bin" "$CACHE/cni"
	ln -sfn ../current/dagger "$CACHE/bin/dagger"
	ln -sfn ../current/dnsname "$CACHE/cni/dnsname"
	for plugin in bridge loopback firewall host-local; do
		ln -sfn "/usr/lib/cni/$plugin" "$CACHE/cni/$plugin"
	done
	if ! cmp -s "$BUILT/dagger-init" "$INIT_PATH"; then
		install -m 0755 "$BUILT/dagger-init" "$INIT_PATH.new"
		mv -f "$INIT_PATH.new" "$INIT_PATH"
	fi
	if [ ! -e /usr/local/bin/dagger ]; then
		ln -sfn "$CACHE/bin/dagger" /usr/local/bin/dagger
	fi
}
