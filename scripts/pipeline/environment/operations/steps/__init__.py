"""Steps, and parts of them, that several kinds of runs share."""
