"""What test processes record, read back as findings and JUnit XML."""
