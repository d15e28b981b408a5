"""From anywhere to a VM, over SSH: the same commands as on the VM itself."""
