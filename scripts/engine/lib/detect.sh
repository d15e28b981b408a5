# shellcheck shell=bash
# Is there a Dagger already? If not, can this machine build one?

readonly GO_MINIMUM=1.24.4

# The `dagger` on PATH when it is not the one that was built here.
foreign_dagger() {
	local cli real
	cli=$(command -v dagger) || return 1
	real=$(readlink -f "$cli")
	case $real in
	"$CACHE"/*) return 1 ;;
	esac
	printf '%s\n' "$cli"
}

# Says which Dagger can be used as it is; fails when there is none.
# ODOO_MTA_ENGINE=own builds one regardless (Docker without a registry).
usable_dagger() {
	local cli host=${_EXPERIMENTAL_DAGGER_RUNNER_HOST:-}
	[ "${ODOO_MTA_ENGINE:-auto}" != own ] || return 1
	cli=$(foreign_dagger) || return 1
	if [ -n "$host" ] && [ "$host" != "$RUNNER_HOST" ]; then
		printf '%s with the engine at %s\n' "$cli" "$host"
	elif have docker && docker info >/dev/null 2>&1; then
		printf '%s with Docker\n' "$cli"
	else
		return 1
	fi
}

# What keeps this machine from building an engine, one reason a line.
missing_requirements() {
	[ "$(uname -s)" = Linux ] || say "Linux (this is $(uname -s))"
	[ "$(id -u)" -eq 0 ] || say "root (this is user $(id -un); try sudo)"
	{ have apt-get && have dpkg-query; } || say "a Debian-family system with apt"
	case $(uname -m) in
	x86_64 | aarch64 | arm64) ;;
	*) say "an amd64 or arm64 processor (this is $(uname -m))" ;;
	esac
	have go && ! go_is_new_enough && say "Go $GO_MINIMUM or newer (this is $(go_version))"
	return 0
}

# The version of Go that builds the engine: a Go that can fetch newer
# toolchains answers with the one that go.mod asks for.
go_version() {
	local version
	version=$(cd "$ENGINE_DIR" && go env GOVERSION 2>/dev/null) || version=
	version=${version#go}
	printf '%s\n' "${version%% *}"
}

go_is_new_enough() {
	local version
	version=$(go_version)
	[ -n "$version" ] && version_at_least "$version" "$GO_MINIMUM"
}

how_to_get_dagger() {
	cat <<-END
		There are two other ways to a Dagger:
		  - install Docker (https://docs.docker.com/engine/install/) and the dagger command
		    (https://docs.dagger.io/install); it starts its own engine;
		  - or install the dagger command and set _EXPERIMENTAL_DAGGER_RUNNER_HOST to an engine
		    that runs elsewhere, for example tcp://engine.example.com:1234.
	END
}

require_buildable() {
	local missing
	missing=$(missing_requirements)
	[ -n "$missing" ] || return 0
	{
		say "engine: no usable Dagger was found, and one cannot be built here. Missing:"
		printf '%s\n' "$missing" | sed 's/^/  - /'
		how_to_get_dagger
	} >&2
	exit 1
}
