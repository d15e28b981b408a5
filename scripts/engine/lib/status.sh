# shellcheck shell=bash
# What runs here and what it takes.

# seconds_as_words SECONDS: 75 becomes "1 min".
seconds_as_words() {
	if [ "$1" -lt 60 ]; then
		say "$1 s"
	elif [ "$1" -lt 3600 ]; then
		say "$(($1 / 60)) min"
	elif [ "$1" -lt 172800 ]; then
		say "$(($1 / 3600)) h"
	else
		say "$(($1 / 86400)) days"
	fi
}

row() { printf '%-18s %s\n' "$1" "$2"; }

command_status() {
	local dagger
	if dagger=$(usable_dagger); then
		say "Dagger is usable without an engine of this project: $dagger."
		return 0
	fi
	row "dagger" "$DAGGER_VERSION$([ -x "$CACHE/bin/dagger" ] || say ' (not built)')"
	process_row engine dagger-engine "$RUNNER_HOST"
	process_row registry docker-registry "$REGISTRY_ADDRESS"
	row "engine's cache" "$(size_of "$ENGINE_ROOT")  $ENGINE_ROOT"
	row "other caches" "$(size_of "$CACHE")  $CACHE"
	say ""
	image_rows
	pid_of engine dagger-engine >/dev/null && pid_of registry docker-registry >/dev/null
}

size_of() { du -sh "$1" 2>/dev/null | cut -f 1 || true; }

process_row() {
	local pid memory uptime
	if ! pid=$(pid_of "$1" "$2"); then
		row "$1" "not running"
		return 0
	fi
	memory=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")
	uptime=$(seconds_running "$pid")
	row "$1" "$3  process $pid, up $(seconds_as_words "$uptime"), $((memory / 1024)) MiB"
}

# How long a process runs, from the 22nd field of its stat: the clock's ticks,
# since boot, when it started. (The second field, its name, may hold spaces.)
seconds_running() {
	local fields up
	read -r -a fields < <(sed 's/.*) //' "/proc/$1/stat")
	read -r up _ </proc/uptime
	say "$((${up%.*} - fields[19] / $(getconf CLK_TCK)))"
}

image_rows() {
	local reference directory digest age state
	printf '%-20s %-20s %-10s %s\n' IMAGE DIGEST BUILT STATE
	while read -r reference directory; do
		digest=$(mirrored_digest "$reference")
		age=- state=missing
		if [ -n "$digest" ]; then
			age="$(seconds_as_words "$(($(date +%s) - $(stat -c %Y "$STATE/$(image_id "$reference")" 2>/dev/null || date +%s)))") ago"
			state=current
			image_is_current "$reference" "$directory" || state="to be built again"
		fi
		printf '%-20s %-20s %-10s %s\n' "$reference" "${digest:0:19}" "$age" "$state"
	done < <(list_images)
}
