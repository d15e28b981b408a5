"""A run's output for people: the summary at the end and the report directory."""
