"""What every stage stands on. It knows no stage."""
