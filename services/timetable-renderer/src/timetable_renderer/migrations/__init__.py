"""Versions of the wiki's tables."""
