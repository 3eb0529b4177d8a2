"""Where data sets and models are kept, and what runs models: each behind a Protocol of `ports.py`."""
