"""How much of the matrix of faults is run. Without imports: the conftest of all tests reads it."""

from __future__ import annotations

#: Levels of the matrix: a sample, each place once, each place with each fault, and everything.
LEVELS = SAMPLE, PLACES, PAIRS, FULL = ("sample", "places", "pairs", "full")
