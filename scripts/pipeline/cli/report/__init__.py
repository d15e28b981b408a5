"""The results of a complete run, for people."""
