"""Images: names, labels, and everything done with them in a registry."""
