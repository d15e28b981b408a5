"""What several commands print, written once."""
