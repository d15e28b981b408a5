"""Access to a VM over SSH, from anywhere, with the same commands as on the VM itself."""
