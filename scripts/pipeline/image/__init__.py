"""Images: their names and labels, and what is done with them in a registry."""
