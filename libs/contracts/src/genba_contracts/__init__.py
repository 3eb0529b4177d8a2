"""What travels between Genba's services: requests, responses, events and errors."""
