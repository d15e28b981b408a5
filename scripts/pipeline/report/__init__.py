"""What a run leaves for people: the summary at the end and the report directory."""
