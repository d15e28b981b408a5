"""What a restored database would send a second time: it is held until somebody decides."""
