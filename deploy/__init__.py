"""What sets Genba up and brings it somewhere."""
