"""Odoo.sh: deploy, and see what was deployed."""
