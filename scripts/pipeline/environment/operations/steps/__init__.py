"""What several kinds of runs do, once."""
