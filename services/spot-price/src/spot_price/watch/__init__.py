"""The monitor of the terminal: `spot-price watch`."""
