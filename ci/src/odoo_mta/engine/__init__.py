"""Input for the engine: containers, directories by content, commands."""
