"""Add-ons in a real Odoo: the selection, the prepared database, the run of an add-on's tests."""
