"""Docker's daemon, called through Docker's own Python package."""
