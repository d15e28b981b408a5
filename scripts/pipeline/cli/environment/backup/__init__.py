"""Backups of an environment: create, list, verify, remove old ones."""
