"""REST: what prices may be in the next hours."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_contracts.spot_forecasts import HOURS_MAX
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, responses
from spot_price.core.forecast import HOUR
from spot_price.core.forecast_scoring import Fared
from spot_price.core.records import Seconds
from spot_price.deps import SpotDep
from spot_price.routes import converting
from spot_price.routes.bodies import HEADERS
from spot_price.routes.parameters import MOST_DOLLARS, Selected
from spot_price.routes.problems import UnknownName
from spot_price.usecases.forecasting import ForecastsBusy, Outlook, TooManyForecasts

router = APIRouter(prefix="/v1", tags=["prices"])

Hours = Annotated[int, Query(ge=1, le=HOURS_MAX, description="How many hours are looked ahead.", examples=[6])]
Cap = Annotated[
    float | None,
    Query(
        gt=0,
        le=MOST_DOLLARS,
        description="Tell the chance that the price is never over this, US dollars an hour: that an instance with this "
        "as its highest price runs for so long.",
        examples=[0.45],
    ),
]


@router.get(
    "/forecasts",
    response_model=contracts.PriceForecasts,
    responses=HEADERS.read | responses(BadRequest, UnknownName, TooManyForecasts, ForecastsBusy),
)
async def get_forecasts(
    request: Request, spot: SpotDep, selected: Selected, *, hours: Hours = HOURS_MAX, cap: Cap = None
) -> Response:
    """Get what pools' prices may be, hour by hour, and the chance that they stay under a cap.

    A forecast is what followed hours like this one in the last 30 days. It is offered where, over the last two weeks,
    it was better than “it stays as it is” and “as it mostly was”; the figures are told in any case. 100 pools at most.
    """
    market = spot.market
    now = market.clock.now()
    found = await spot.forecasting.outlooks(selected, hours=hours, cap=cap)

    def body() -> contracts.PriceForecasts:
        return contracts.PriceForecasts(
            source=market.source,
            synthetic=market.synthetic,
            now=converting.moment(now),
            cap=cap,
            items=[_forecast(one, now, hours) for one in found],
        )

    return answer(request, await asyncio.to_thread(body))


def _forecast(one: Outlook, now: Seconds, hours: int) -> contracts.PoolForecast:
    ahead = []
    if one.forecast is not None:
        chances = [None] * hours if one.forecast.under is None else one.forecast.under.tolist()
        for number, (row, under) in enumerate(zip(one.forecast.quantiles.tolist(), chances, strict=True), 1):
            quantiles = dict(
                zip(contracts.PriceQuantiles.model_fields, (round(price, 6) for price in row), strict=True)
            )
            ahead.append({"at": converting.moment(now + number * HOUR), "price": quantiles, "under": under})
    return contracts.PoolForecast.model_validate(
        {
            **converting.pool_fields(one.pool),
            "price": one.price,
            "offered": one.forecast is not None,
            "reason": one.silence,
            "hours": ahead,
            "score": None if one.fared is None else _score(one.fared),
        }
    )


def _score(fared: Fared) -> contracts.ForecastScore:
    return contracts.ForecastScore(
        tried=fared.tried,
        loss=round(fared.ours, 6),
        staying=round(fared.staying, 6),
        usual=round(fared.usual, 6),
        in_band=round(fared.in_band, 4),
    )
