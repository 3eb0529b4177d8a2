"""HTTP: what is asked becomes a use case, and what it gives an answer."""
