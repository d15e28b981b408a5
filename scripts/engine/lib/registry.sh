# shellcheck shell=bash
# The registry that plays Docker Hub, on the engine's bridge.

registry_answers() (
	local line
	exec 8<>"/dev/tcp/${REGISTRY_ADDRESS%:*}/${REGISTRY_ADDRESS#*:}" || return 1
	printf 'GET /v2/ HTTP/1.0\r\nHost: %s\r\n\r\n' "$REGISTRY_ADDRESS" >&8
	read -r -t 5 line <&8 || line=
	[[ $line == *' 200 '* ]]
) 2>/dev/null

registry_config() {
	cat <<-END
		version: 0.1
		log: {level: warn, accesslog: {disabled: true}}
		storage:
		  filesystem: {rootdirectory: $CACHE/registry}
		  delete: {enabled: true}
		http: {addr: "$REGISTRY_ADDRESS"}
	END
}

start_registry() {
	ensure_bridge
	if ! { pid_of registry docker-registry && registry_answers; } >/dev/null; then
		registry_config | write_file "$CACHE/etc/registry.yml"
		start_detached registry docker-registry serve "$CACHE/etc/registry.yml"
		wait_for 20 registry_answers || {
			show_failure "$LOGS/registry.log" 1
			return 1
		}
	fi
	phase_done "$REGISTRY_ADDRESS"
}

# The digest that a tag of the mirror names, or nothing.
mirrored_digest() {
	local name=${1%:*} tag=${1##*:}
	cat "$CACHE/registry/docker/registry/v2/repositories/library/$name/_manifests/tags/$tag/current/link" 2>/dev/null || true
}
