"""Deploying to Odoo.sh: a push to its git server, and knowing beforehand what it will do."""
