"""REST: instance types, what they have and what they cost on demand."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_contracts.fields import PAGE_LIMIT_DEFAULT
from genba_contracts.spot_fields import AskedProduct
from genba_servicekit.answers import answer
from genba_servicekit.cursors import read_cursor, write_cursor
from genba_servicekit.errors import BadRequest, responses
from spot_price.core.records import LINUX
from spot_price.deps import SpotDep
from spot_price.routes import converting
from spot_price.routes.bodies import HEADERS
from spot_price.routes.parameters import Cursor, Gpus, Limit, Regions, Types
from spot_price.routes.problems import UnknownName
from spot_price.usecases.market import product_of

router = APIRouter(prefix="/v1", tags=["types"])

Product = Annotated[AskedProduct, Query(description="With which product on-demand prices are.")]


@router.get("/types", response_model=contracts.TypePage, responses=HEADERS.read | responses(BadRequest, UnknownName))
async def list_types(
    request: Request,
    spot: SpotDep,
    *,
    type_: Types = [],  # noqa: B006  (FastAPI copies it)
    region: Regions = [],  # noqa: B006
    product: Product = LINUX,
    gpus: Gpus = 0,
    limit: Limit = PAGE_LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """List instance types by name: vCPUs, memory, GPUs, and what they cost on demand."""
    after = read_cursor("t", cursor)
    market = spot.market
    named = product_of(product)
    regions = market.regions_of(region)
    found = market.known_types(type_, gpus=gpus)
    rest = [one for one in found if after is None or one.name > after]
    shown = rest[:limit]
    dated = market.catalogue.dated

    def body() -> contracts.TypePage:
        return contracts.TypePage(
            source=market.source,
            synthetic=market.synthetic,
            dated=date.fromisoformat(min((dated(one.name) for one in shown), default=dated(""))),
            product=named,
            items=[
                converting.instance_type(
                    one, {name: market.catalogue.on_demand(name, one.name, named) for name in regions}
                )
                for one in shown
            ],
            total=len(found),
            next_cursor=write_cursor("t", shown[-1].name) if len(rest) > limit else None,
        )

    return answer(request, await asyncio.to_thread(body))
