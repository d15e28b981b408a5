"""Releases: their versions, their notes, and how GitHub gets them."""
