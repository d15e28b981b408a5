"""Steps, and parts of them, below the kinds of runs that consist of them."""
