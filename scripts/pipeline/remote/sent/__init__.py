"""Scripts that run on a VM, on the Python that is there: sent over as text (`core.sent`)."""
