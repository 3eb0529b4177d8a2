"""What is true of faces and data sets, whoever asks: pure functions and data, on numpy and Pillow."""
