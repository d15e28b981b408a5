"""From anywhere to a VM, over SSH."""
