"""Releases on GitHub."""
