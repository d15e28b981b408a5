"""Privacy: PROD's data on UAT without its personal data."""
