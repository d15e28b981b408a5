"""Begin: the files that a repository needs."""
