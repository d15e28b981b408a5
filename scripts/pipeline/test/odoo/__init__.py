"""Add-ons in a real Odoo: what to test, the prepared database, the run of an add-on's tests."""
