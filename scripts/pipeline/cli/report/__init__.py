"""The results of a whole run, for people."""
