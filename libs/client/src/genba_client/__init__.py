"""Typed async clients of Genba's services."""
