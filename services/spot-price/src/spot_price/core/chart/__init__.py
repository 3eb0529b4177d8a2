"""Charts of prices: what goes where, as a tree that painters paint."""
