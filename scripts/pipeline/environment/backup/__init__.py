"""Backups: database, filestore, image, and the manifest that makes them a backup."""
