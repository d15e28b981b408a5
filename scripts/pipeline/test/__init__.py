"""Run tests in a process of their own, watch them, and say what they did.

What runs inside that process is in ``inside/``: it writes one JSON line an event, as it happens,
so that a test that hangs or kills its process is known by name.
"""
