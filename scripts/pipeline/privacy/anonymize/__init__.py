"""Anonymization of an Odoo database: declared per column, done in set-based SQL, then verified."""
