"""What is true of prices, whoever asks: pure functions and data, on numpy."""
