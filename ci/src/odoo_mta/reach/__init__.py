"""Access to other machines: VMs, registries, and the copy of PROD in memory."""
