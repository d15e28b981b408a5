"""The declared treatment of each column: ``anonymization.toml`` and defaults for Odoo's modules."""
