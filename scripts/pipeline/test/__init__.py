"""Run tests in a separate process, watch them, and report the outcome.

The code inside that process is in ``recording/inside/``: it writes one JSON line per event, so
that a test that hangs or kills its process is known by name.
"""
