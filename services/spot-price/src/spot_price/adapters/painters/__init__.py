"""Files of charts."""
