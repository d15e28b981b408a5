"""What is declared for each column: ``anonymization.toml`` and the defaults for Odoo's modules."""
