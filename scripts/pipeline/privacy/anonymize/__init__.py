"""Anonymization of an Odoo database: declared by column, done by set-based SQL, then verified."""
