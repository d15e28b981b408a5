# shellcheck shell=bash
# The engine's bridge and the registry that listens on it.

# The engine makes the same bridge when it is missing; the registry needs its
# address first.
ensure_bridge() {
	local uplink mtu
	if ! ip link show "$BRIDGE_NAME" >/dev/null 2>&1; then
		ip link add "$BRIDGE_NAME" type bridge
		uplink=$(ip -o route show default | sed -n '1s/.* dev \([^ ]*\).*/\1/p')
		mtu=$(cat "/sys/class/net/$uplink/mtu" 2>/dev/null || echo 1500)
		ip link set "$BRIDGE_NAME" mtu "$mtu"
	fi
	ip -o address show dev "$BRIDGE_NAME" | grep -q " ${BRIDGE_ADDRESS} " ||
		ip address add "$BRIDGE_ADDRESS" dev "$BRIDGE_NAME"
	ip link set "$BRIDGE_NAME" up
}

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
