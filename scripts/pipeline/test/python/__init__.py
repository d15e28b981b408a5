"""The tests outside Odoo."""
