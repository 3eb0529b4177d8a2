"""`spot-price forecast`: what it is told, and what it prints."""
