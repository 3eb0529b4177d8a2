"""`spot-price offers`: what it is told, and what it prints."""
