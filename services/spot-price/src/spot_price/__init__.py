"""What a GPU costs now in every zone, and starting the work where it is cheapest."""
