"""Deploying to Odoo.sh: a push to its git server, with a plan of its effects beforehand."""
