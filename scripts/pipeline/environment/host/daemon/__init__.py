"""Docker's daemon by its API, through Docker's own Python package."""
