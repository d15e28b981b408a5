"""Recordings of test processes, read back as findings and JUnit XML."""
