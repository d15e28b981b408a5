# shellcheck shell=bash
# Ending what `up` started, and removing what it left.

command_down() {
	case $1 in
	'' | --purge) ;;
	*) die "unknown option $1; only --purge is one" ;;
	esac
	[ "$(id -u)" -eq 0 ] || die "only root can stop the engine"
	take_lock
	stop_process engine dagger-engine
	end_containers
	stop_process registry docker-registry
	forget_network
	ip link delete "$BRIDGE_NAME" 2>/dev/null || true
	rm -f "$ENGINE_SOCKET"
	say "engine and registry are stopped"
	[ "$1" != --purge ] || purge
}

purge() {
	rm -rf "$CONTENT_DIR"
	empty "$ENGINE_ROOT"
	if [ "$(readlink -f /usr/local/bin/dagger)" = "$(readlink -f "$CACHE/bin/dagger")" ]; then
		rm -f /usr/local/bin/dagger
	fi
	rm -f "$INIT_PATH"
	empty "$CACHE"
	say "the caches in $CACHE and $ENGINE_ROOT are deleted"
}

# Delete a directory, or at least all that is in it: it may be a disk's mount point.
empty() {
	[ -d "$1" ] || return 0
	find "$1" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
	rmdir "$1" 2>/dev/null || true
}
