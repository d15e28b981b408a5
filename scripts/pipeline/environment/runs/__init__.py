"""What every run has: a journal, a lock, the runner of its steps, alerts."""
