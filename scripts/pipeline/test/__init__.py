"""Run tests in a separate process, watch them, and report the outcome.

The code inside that process is in ``inside/``: it writes one JSON line per event, as it happens, so
that a test that hangs or kills its process is known by name.
"""
