"""Options of the commands that work on an environment, from its machine or from elsewhere."""
