"""The coverage gate: one measurement from many, a minimum a group, and no step back."""
