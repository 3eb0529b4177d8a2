"""Databases, sources, files: each behind a Protocol of `ports.py`."""
