"""Create the files that a repository needs."""
