"""What the engine is given: containers, directories by content, commands."""
