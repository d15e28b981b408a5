"""One module a command: options in, a call to the logic, printing out."""
