"""What is done to the values of each column, as SQL."""
