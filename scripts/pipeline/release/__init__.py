"""Releases: versions, notes, and their publication on GitHub."""
