"""What is built for the engine: containers, directories by content, commands."""
