"""What a restored database would send a second time is held until somebody decides."""
