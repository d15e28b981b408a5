"""Scripts that run in an Odoo container with its own Python: sent as text (`core.sent`)."""
