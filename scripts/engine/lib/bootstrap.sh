# shellcheck shell=bash
# Debian root file systems, assembled from packages with mmdebstrap.

readonly SUITE=trixie
readonly BOOTSTRAP=$CACHE/bootstrap

# bootstrap NAME PACKAGES: a tar of Debian with these packages, kept by key.
bootstrap() {
	local name=$1 packages=$2 key
	key=$(hash_of "$SUITE" "$packages" "$(uname -m)" -- "${BASH_SOURCE[0]}" "$ENGINE_DIR/images/debian/apt.conf")
	[ -s "$BOOTSTRAP/$name.tar" ] && [ "$(state_get "bootstrap-$name")" = "$key" ] && return 0
	mkdir -p "$BOOTSTRAP"
	logged "bootstrap-$name" run_mmdebstrap "$BOOTSTRAP/$name.tar.partial" "$packages" || return 1
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
		--customize-hook='rm -rf "$1"/var/log/*.log "$1"/var/log/apt "$1"/var/cache/debconf/*-old' \
		--customize-hook='for f in sh bash; do test -x "$1/bin/$f"; done' \
		"$SUITE" "$1"
}

# Both root file systems; the network is the slow part, so at the same time as
# the Go build, which is the processor's.
start_bootstraps() {
	local status=0 first
	bootstrap sdk ca-certificates,git,openssh-client &
	first=$!
	bootstrap debian ca-certificates || status=$?
	wait "$first" || status=$?
	return "$status"
}
