"""The static checks. Each is a function from a source to sorted findings; it prints nothing."""
