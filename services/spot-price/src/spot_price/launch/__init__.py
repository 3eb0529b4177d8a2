"""`spot-price launch`: what it is told, what it would do and cost, and the work itself."""
