"""Reports on the results of a complete run."""
