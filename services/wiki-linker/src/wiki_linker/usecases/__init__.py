"""What the wiki does, one method a use case."""
