"""What a Genba service is built from."""
