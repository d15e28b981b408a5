"""Backups: database, filestore, image, and the manifest without which there is no backup."""
