"""Odoo on an environment: its add-ons, its containers, the update of its database."""
