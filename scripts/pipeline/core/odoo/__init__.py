"""How Odoo is called, and how its health is checked."""
