# shellcheck shell=bash
# The engine's bridge, and what its containers leave in the firewall.

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
	ip address replace "$BRIDGE_ADDRESS" dev "$BRIDGE_NAME"
	ip link set "$BRIDGE_NAME" up
}

# Addresses and rules of containers that ended with an engine that was killed.
# Only while no engine runs.
forget_network() {
	end_resolver
	rm -rf /var/lib/cni/networks/dagger /run/containers/cni/dnsname/dagger
	have iptables-save || return 0
	remove_rules nat 'name: .?"dagger.?"'
	remove_rules filter ' 10\.87\.'
}

# An engine that was killed leaves its dnsmasq, which keeps the port from the next.
end_resolver() {
	local process
	for process in /proc/[0-9]*; do
		is_our_resolver "$process" || continue
		kill -KILL "${process#/proc/}" 2>/dev/null || true
		wait_for 10 process_gone "${process#/proc/}" || die "process ${process#/proc/} (dnsmasq) does not end"
	done
}

# In this network namespace, that is: a container may run an engine too.
is_our_resolver() {
	[ "$(cat "$1/comm" 2>/dev/null)" = dnsmasq ] &&
		[ "$(readlink "$1/ns/net")" = "$(readlink /proc/self/ns/net)" ] &&
		grep -qF containers/cni/dnsname/dagger/dnsmasq.conf "$1/cmdline"
} 2>/dev/null

# remove_rules TABLE PATTERN: the rules that match, with the chains that only
# they jump to. Other programs' rules are left alone.
remove_rules() {
	local rules pattern=$2 chain
	rules=$(iptables-save -t "$1" 2>/dev/null) || return 0
	while read -r chain; do
		pattern+="|$chain"
	done < <(grep -E -- "$2" <<<"$rules" | grep -oE 'CNI-[0-9a-f]{24}' | sort -u)
	grep -qE -- "$pattern" <<<"$rules" || return 0
	grep -vE -- "$pattern" <<<"$rules" | iptables-restore -T "$1"
}
