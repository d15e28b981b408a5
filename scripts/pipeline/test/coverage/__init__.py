"""The coverage gate: one combined measurement, a minimum per group, and no regression."""
