"""Images: what they are called, what is in them, where they are published."""
