"""Code that runs inside test processes: this folder is on their path, its modules top-level."""
