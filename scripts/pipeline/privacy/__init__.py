"""Privacy: PROD's data on UAT without PROD's people."""
