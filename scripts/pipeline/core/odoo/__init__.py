"""How any Odoo is called, and asked whether it works."""
