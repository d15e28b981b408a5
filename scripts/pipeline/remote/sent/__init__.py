"""Scripts that run on a VM, with its own Python: sent as text (`core.sent`)."""
