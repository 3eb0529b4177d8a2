"""The REST API: every router, in the order of the docs page."""

from typing import Final

from spot_price.routes import api_regions

TAGS: Final = ({"name": "regions", "description": "Regions, and how asking them for prices goes."},)
ROUTERS: Final = (api_regions.router,)
