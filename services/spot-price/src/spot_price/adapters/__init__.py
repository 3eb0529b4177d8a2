"""Databases, AWS, files, other people's servers: each behind a Protocol of `ports.py`."""
