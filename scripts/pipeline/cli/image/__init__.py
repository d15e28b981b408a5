"""Images: their names and contents, and where they are published."""
