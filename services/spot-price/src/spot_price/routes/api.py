"""The REST API: every router, in the order of the docs page."""

from typing import Final

from spot_price.routes import (
    api_alerts,
    api_changes,
    api_charts,
    api_forecasts,
    api_offers,
    api_prices,
    api_regions,
    api_statistics,
    api_types,
)

TAGS: Final = (
    {
        "name": "prices",
        "description": "What pools cost now, what they cost before, that in figures, and what they may cost.",
    },
    {"name": "offers", "description": "Where a dollar buys most."},
    {"name": "changes", "description": "Prices as they change."},
    {"name": "charts", "description": "Pictures of how prices went."},
    {"name": "alerts", "description": "What to be told of, by event and by webhook."},
    {"name": "types", "description": "Instance types: what they have, and what they cost on demand."},
    {"name": "regions", "description": "Regions, and how asking them for prices goes."},
)
ROUTERS: Final = (
    api_prices.router,
    api_statistics.router,
    api_forecasts.router,
    api_offers.router,
    api_changes.router,
    api_charts.router,
    api_alerts.router,
    api_types.router,
    api_regions.router,
)
