"""REST: what pools were like over a window, in figures."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, responses
from spot_price.deps import SpotDep
from spot_price.routes import converting
from spot_price.routes.bodies import HEADERS
from spot_price.routes.parameters import MOST_DOLLARS, Selected, WindowQuery
from spot_price.routes.problems import UnknownName
from spot_price.usecases.history import ReversedWindow, TooManyPoints, TooManyRecords

router = APIRouter(prefix="/v1", tags=["prices"])

Threshold = Annotated[
    float | None,
    Query(
        gt=0,
        le=MOST_DOLLARS,
        description="Tell the share of time at or under this price, US dollars an hour: how long an instance with this "
        "as its highest price could have run.",
        examples=[0.44],
    ),
]


@router.get(
    "/statistics",
    response_model=contracts.PriceStatistics,
    responses=HEADERS.read | responses(BadRequest, UnknownName, ReversedWindow, TooManyPoints, TooManyRecords),
)
async def get_statistics(
    request: Request, spot: SpotDep, selected: Selected, asked: WindowQuery, threshold: Threshold = None
) -> Response:
    """Get what pools were like over a window: mean, quantiles, volatility, the share of time under a price.

    All is weighted by time: a price that stays for a week counts for a week, however often it is restated. Where no
    price is known nothing counts. 2,000 pools at most.
    """
    market = spot.market
    window = asked.at(market.clock.now())
    found = await spot.history.figures(selected, window.start, window.end, under=threshold)

    def body() -> contracts.PriceStatistics:
        return contracts.PriceStatistics(
            source=market.source,
            synthetic=market.synthetic,
            start=converting.moment(window.start),
            end=converting.moment(window.end),
            threshold=threshold,
            items=[converting.figures(one) for one in found],
        )

    return answer(request, await asyncio.to_thread(body))
