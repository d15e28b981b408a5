"""Anonymize a database, and verify it."""
