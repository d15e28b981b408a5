"""Test add-ons in a real Odoo and Python code outside it, and check the coverage."""
