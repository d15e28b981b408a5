"""Scripts that run inside an Odoo container, on the Python there: sent as text (`core.sent`)."""
