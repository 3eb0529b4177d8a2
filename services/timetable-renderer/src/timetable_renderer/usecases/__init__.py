"""What the service does, one class a matter."""
