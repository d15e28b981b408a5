"""A virtual machine before anything is deployed to it: what it needs, and how it gets it."""
