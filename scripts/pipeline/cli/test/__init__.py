"""Test add-ons in a real Odoo, Python outside it, and judge the coverage."""
