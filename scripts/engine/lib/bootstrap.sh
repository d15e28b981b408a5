# shellcheck shell=bash
# Debian root file systems, assembled from packages with mmdebstrap.

readonly SUITE=trixie
readonly BOOTSTRAP=$CACHE/bootstrap

# Certificates of the machine's own, which containers must trust too (a company
# that inspects TLS); usually there are none.
readonly MACHINE_CERTIFICATES=/usr/local/share/ca-certificates

# What the root file system is made of. Raise the number when run_mmdebstrap
# changes what it makes: a change of its text alone must not build everything again.
readonly BOOTSTRAP_RECIPE=1

bootstrap_key() {
	hash_of "$SUITE" "$1" "$(uname -m)" "$(hash_of_directory "$MACHINE_CERTIFICATES")" "$BOOTSTRAP_RECIPE" \
		-- "$ENGINE_DIR/images/debian/apt.conf"
}

# bootstrap NAME PACKAGES: a tar of Debian with these packages, kept by key.
bootstrap() {
	local name=$1 packages=$2 key
	key=$(bootstrap_key "$packages")
	[ -s "$BOOTSTRAP/$name.tar" ] && [ "$(state_get "bootstrap-$name")" = "$key" ] && return 0
	mkdir -p "$BOOTSTRAP"
	logged "bootstrap-$name" run_mmdebstrap "$BOOTSTRAP/$name.tar.partial" "$packages"
	mv -f "$BOOTSTRAP/$name.tar.partial" "$BOOTSTRAP/$name.tar"
	state_set "bootstrap-$name" "$key"
}

# Without a mirror in its arguments mmdebstrap writes Debian's own into
# sources.list, with the updates and security suites.
run_mmdebstrap() {
	# shellcheck disable=SC2016  # $1 is the hook's own
	mmdebstrap --variant=minbase --include="$2" --format=tar \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='force-unsafe-io' \
		--customize-hook="cp '$ENGINE_DIR/images/debian/apt.conf' \"\$1/etc/apt/apt.conf.d/90container\"" \
		--customize-hook="mkdir -p '$MACHINE_CERTIFICATES' && cp -R '$MACHINE_CERTIFICATES/.' \"\$1$MACHINE_CERTIFICATES/\"" \
		--customize-hook='chroot "$1" update-ca-certificates' \
		--customize-hook='rm -rf "$1"/var/log/*.log "$1"/var/log/apt "$1"/var/cache/debconf/*-old' \
		"$SUITE" "$1"
}

# Both root file systems, at the same time.
bootstrap_all() {
	local first
	bootstrap sdk ca-certificates,git,openssh-client &
	first=$!
	bootstrap debian ca-certificates
	wait "$first"
}
