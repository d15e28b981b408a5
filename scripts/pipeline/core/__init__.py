"""What every stage is built on. It depends on no stage."""
