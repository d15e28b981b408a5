# shellcheck shell=bash
# Names, paths and small helpers that every other file uses.

readonly DAGGER_VERSION=v0.19.10
readonly REGISTRY_ADDRESS=10.87.0.1:5000
readonly BRIDGE_NAME=dagger0
readonly BRIDGE_ADDRESS=10.87.0.1/16
readonly ENGINE_SOCKET=/run/dagger/engine.sock
readonly RUNNER_HOST="unix://$ENGINE_SOCKET"

# These two are compiled into the engine: see distconsts/consts.go.
readonly INIT_PATH=/usr/local/bin/dagger-init
readonly CONTENT_DIR=/usr/local/share/dagger/content

ENGINE_DIR=${ENGINE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
CACHE=${ODOO_MTA_CACHE:-/var/cache/odoo-mta}
ENGINE_ROOT=${ODOO_MTA_ENGINE_ROOT:-/var/lib/dagger}
LOGS=$CACHE/log
STATE=$CACHE/state

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
	warn "engine: $*"
	exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# True when version $1 is at least version $2.
version_at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# A short hash of the given words and of the files named after `--`, in order.
hash_of() {
	local words=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	{
		printf '%s\n' "${words[@]}"
		local file
		for file in "$@"; do
			sha256sum <"$file"
		done
	} | sha256sum | cut -c 1-16
}

# A short hash of a directory: its files' names, modes and contents.
hash_of_directory() {
	(
		cd "$1"
		find . -type f -printf '%P %m\n' | LC_ALL=C sort
		find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
	) | sha256sum | cut -c 1-16
}

# Write standard input to a file so that a reader sees the old or the new one.
write_file() {
	local temporary
	mkdir -p "$(dirname "$1")"
	temporary=$(mktemp "$1.XXXXXX")
	cat >"$temporary"
	chmod 0644 "$temporary"
	mv -f "$temporary" "$1"
}

# State is one small file a fact.
state_get() { cat "$STATE/$1" 2>/dev/null || true; }
state_set() { printf '%s\n' "$2" | write_file "$STATE/$1"; }

# Run a command, or one of these functions, with its output in a log; on failure
# show the end of it. In a process of its own, for Bash forgets `set -e` inside of
# conditions; in the background, for only `wait` is interrupted by a signal.
logged() {
	local log=$LOGS/$1.log status=0
	shift
	mkdir -p "$LOGS"
	"$BASH" "$ENGINE_DIR/engine" step "$@" >"$log" 2>&1 &
	wait "$!" || status=$?
	[ "$status" -eq 0 ] || show_failure "$log" "$status"
	return "$status"
}

show_failure() {
	warn ""
	warn "engine: that failed (exit status $2). The last lines of $1:"
	tail -n 20 "$1" | cut -c 1-300 | sed 's/^/    /' >&2
	warn "What is done is kept: mend the cause and run \`scripts/engine/engine up\` again."
}

# One `up` or `down` at a time. The lock goes away with its holder and what it
# started: an interrupted run is waited for until its last child is gone.
take_lock() {
	mkdir -p "$CACHE"
	exec 9>"$CACHE/lock"
	flock -n 9 && return 0
	say "another \`engine\` command is at work: waiting for it to finish..."
	flock 9
}

# Whoever interrupts this script interrupts what it runs.
end_children_on_exit() {
	trap 'end_descendants "$BASHPID"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

end_descendants() {
	local child
	local -a children
	read -r -d '' -a children < <(cat "/proc/$1/task"/*/children 2>/dev/null) || true
	for child in "${children[@]}"; do
		end_descendants "$child"
		kill -TERM "$child" 2>/dev/null || true
	done
}

pid_alive() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }

# The pid in a pid file, when it is alive and still runs the program named.
pid_of() {
	local pid
	pid=$(cat "$CACHE/run/$1.pid" 2>/dev/null || true)
	pid_alive "$pid" || return 1
	[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "${2:0:15}" ] || return 1
	printf '%s\n' "$pid"
}

# Start a program that outlives this script and its terminal.
start_detached() {
	local name=$1
	shift
	mkdir -p "$CACHE/run" "$LOGS"
	(
		cd /
		exec 9>&-
		setsid "$@" </dev/null >>"$LOGS/$name.log" 2>&1 &
		printf '%s\n' "$!" | write_file "$CACHE/run/$name.pid"
	)
}

# Wait up to $1 seconds for a command to succeed.
wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}
