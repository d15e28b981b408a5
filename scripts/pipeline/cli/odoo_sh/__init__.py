"""Odoo.sh: deploy, and list deployments."""
