# shellcheck shell=bash
# The system packages that the engine and the images need.

readonly PACKAGES=(
	# the engine
	runc containernetworking-plugins iptables dnsmasq-base pigz iproute2
	git openssh-client ca-certificates util-linux
	# the images
	mmdebstrap skopeo umoci docker-registry
)

missing_packages() {
	local package
	for package in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*' installed') ;;
		*) printf '%s\n' "$package" ;;
		esac
	done
}

install_packages() {
	local missing
	mapfile -t missing < <(missing_packages "${PACKAGES[@]}")
	have go || missing+=(golang-go)
	if [ "${#missing[@]}" -gt 0 ]; then
		phase_says "installing ${missing[*]}"
		logged packages apt_install "${missing[@]}"
	fi
	go_is_new_enough || require_buildable
	phase_done "ready"
}

apt_install() {
	export DEBIAN_FRONTEND=noninteractive
	# An installation that was interrupted is finished first.
	dpkg --configure -a
	apt-get update
	# The Debian package of the registry starts a daemon on every address:
	# policy-rc.d keeps it (and any other) from doing so.
	local policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 0755 "$policy"
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	apt-get install -y --no-install-recommends "$@"
}
