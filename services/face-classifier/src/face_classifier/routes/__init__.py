"""HTTP alone."""
