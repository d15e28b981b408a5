# shellcheck shell=bash
# Starting and stopping the engine's process.

# Above this the engine collects garbage harder; it is not a hard limit.
readonly ENGINE_MEMORY=3GiB
# What the cache may take, and what garbage collection keeps in any case, in GiB.
# Dagger's own answer is 75 % of the disk, whoever else needs it.
readonly CACHE_AT_MOST=36
readonly CACHE_AT_LEAST=10
# What `make test` may add, and what is kept when there is less room than that: see make_room.
readonly CACHE_OF_A_RUN=14
readonly CACHE_KEPT=14
# With less free disk, in GB, the VMs of the test bed refuse a deployment (`doctor`).
readonly FREE_DISK_WANTED=10

# engine_config GIB: with a cache of at most so much.
engine_config() {
	cat <<-END
		[[worker.oci.gcpolicy]]
		  all = true
		  reservedSpace = "${CACHE_AT_LEAST}GiB"
		  maxUsedSpace = "${1}GiB"
		  minFreeSpace = "${FREE_DISK_WANTED}GB"
		[registry."docker.io"]
		  mirrors = ["$REGISTRY_ADDRESS"]
		[registry."$REGISTRY_ADDRESS"]
		  http = true
	END
}

# The engine is restarted when it would be another one: for a new build, new
# SDKs or a new configuration, and for nothing else.
engine_key() {
	hash_of "$(state_get build)" "$(state_get sdk-go-digest)" "$(state_get sdk-python-digest)" \
		"$(engine_config "${1:-$CACHE_AT_MOST}")"
}

engine_listens() {
	[ -n "$(ss -xlH src "$ENGINE_SOCKET" 2>/dev/null)" ]
}

engine_listens_or_died() { engine_listens || ! pid_of engine dagger-engine; }

# The engine answers a real question, not only a connection.
engine_answers() {
	(cd / && run_dagger 30 query -M <<<'{ version }')
}

# run_dagger SECONDS ARGUMENTS: the command that was built here, on this engine.
run_dagger() {
	local limit=$1
	shift
	env -u DAGGER_SESSION_PORT -u DAGGER_SESSION_TOKEN -u DAGGER_CLOUD_TOKEN NO_COLOR=1 \
		_EXPERIMENTAL_DAGGER_RUNNER_HOST="$RUNNER_HOST" DAGGER_NO_NAG=1 DO_NOT_TRACK=1 \
		timeout --foreground "$limit" "$CACHE/bin/dagger" "$@"
}

engine_is_current() {
	pid_of engine dagger-engine >/dev/null && engine_listens && [ "$(state_get engine)" = "$(engine_key)" ]
}

start_engine() {
	engine_is_current || restart_engine "$CACHE_AT_MOST" || return 1
	make_room || return 1
	phase_done "$RUNNER_HOST, process $(pid_of engine dagger-engine)"
}

# restart_engine GIB: with a cache of at most so much.
restart_engine() {
	stop_process engine dagger-engine
	end_containers
	forget_network
	engine_config "$1" | write_file "$CACHE/etc/buildkitd.toml"
	launch_engine
	wait_for 60 engine_listens_or_died || true
	if ! engine_listens || ! logged engine-answers engine_answers; then
		show_failure "$LOGS/engine.log" 1
		return 1
	fi
	state_set engine "$(engine_key "$1")"
}

free_disk() { df --output=avail -B 1GB "$ENGINE_ROOT" | tail -n 1 | tr -d ' '; }

# In GiB; nothing when the engine does not say.
cache_size() {
	local said
	said=$(cd / && run_dagger 60 query -M <<<'{ engine { localCache { entrySet { diskSpaceBytes } } } }')
	said=$(grep -o '"diskSpaceBytes": *[0-9]*' <<<"$said" | grep -o '[0-9]*')
	echo $((said >> 30))
}

engine_is_used() { [ -n "$(ss -xH state connected src "$ENGINE_SOCKET" 2>/dev/null)" ]; }

# The engine collects garbage at each session's end, when its cache is at its bound or the disk is
# nearly full. That costs what other sessions do then: it takes what is seconds old, because that was
# used least often, and sometimes a layer that is about to be mounted ("snapshot … does not exist").
# So what a whole run may need is made free before it, by an engine with a smaller bound.
make_room() {
	local size
	size=$(cache_size 2>/dev/null) || true
	if [ "${size:-0}" -gt $((CACHE_AT_MOST - CACHE_OF_A_RUN)) ] && ! engine_is_used; then
		phase_says "the cache has $size GiB: collecting what is old, down to $CACHE_KEPT GiB (minutes)..."
		restart_engine "$CACHE_KEPT" || return 1
		logged make-room collect_garbage
		restart_engine "$CACHE_AT_MOST" || return 1
	fi
	[ "$(free_disk)" -lt "$FREE_DISK_WANTED" ] || return 0
	phase_says "$(free_disk) GB of disk are free: removing what the cache can spare..."
	logged make-room collect_garbage
	[ "$(free_disk)" -lt "$FREE_DISK_WANTED" ] || return 0
	warn "engine: only $(free_disk) GB are free on the disk of $ENGINE_ROOT; the tests need $FREE_DISK_WANTED."
	warn "Free some, or drop the engine's cache: \`scripts/engine/engine down --purge\`."
}

collect_garbage() {
	(cd / && run_dagger 1200 query -M <<<'{ engine { localCache { prune(useDefaultPolicy: true) } } }')
}

# The engine mounts its own file over /etc/resolv.conf: in a mount namespace of
# its own nobody else sees that.
launch_engine() {
	mkdir -p "$ENGINE_ROOT" "$(dirname "$ENGINE_SOCKET")" "$LOGS"
	rm -f "$ENGINE_SOCKET"
	[ ! -e "$LOGS/engine.log" ] || mv -f "$LOGS/engine.log" "$LOGS/engine.log.1"
	start_detached engine env \
		GOMEMLIMIT="$ENGINE_MEMORY" DO_NOT_TRACK=1 \
		DAGGER_GO_SDK_MANIFEST_DIGEST="$(state_get sdk-go-digest)" \
		DAGGER_PYTHON_SDK_MANIFEST_DIGEST="$(state_get sdk-python-digest)" \
		DAGGER_TYPESCRIPT_SDK_MANIFEST_DIGEST="$(state_get sdk-python-digest)" \
		unshare --mount --propagation private "$BUILT/dagger-engine" \
		--config "$CACHE/etc/buildkitd.toml" --root "$ENGINE_ROOT" --oci-cni-binary-dir "$CACHE/cni"
}

# Containers of an engine that was killed go on, and keep its cache volumes busy.
end_containers() {
	local folder id
	for folder in "$ENGINE_ROOT"/worker/executor/*/; do
		id=$(basename "$folder")
		[ ! -d "/run/runc/$id" ] || runc delete --force "$id" || true
	done
}

# stop_process NAME PROGRAM: end it politely, then not.
stop_process() {
	local pid
	pid=$(pid_of "$1" "$2") || {
		rm -f "$CACHE/run/$1.pid"
		return 0
	}
	kill -TERM "$pid"
	wait_for 30 process_gone "$pid" || kill -KILL "$pid"
	wait_for 10 process_gone "$pid" || die "process $pid ($2) does not end"
	rm -f "$CACHE/run/$1.pid"
}

process_gone() { ! pid_alive "$1"; }
