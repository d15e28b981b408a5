"""What every run has: a journal, a lock, a runner of steps, alerts."""
