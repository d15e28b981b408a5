"""Backups of an environment: make one, list them, verify them, remove old ones."""
