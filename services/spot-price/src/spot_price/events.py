"""What the price service publishes: `spot.price.changed` and `spot.offer.cheapest`."""

from typing import Final

SOURCE: Final = "spot-price"
