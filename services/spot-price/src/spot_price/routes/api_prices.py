"""REST: what pools cost now, and what they cost before."""

import asyncio
import re
from bisect import bisect_right
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_contracts.fields import PAGE_LIMIT_DEFAULT
from genba_servicekit.answers import answer, body_answer
from genba_servicekit.cursors import read_cursor, write_cursor
from genba_servicekit.errors import BadRequest, responses
from spot_price.core.records import MICROS
from spot_price.deps import SpotDep
from spot_price.routes import converting
from spot_price.routes.bodies import HEADERS
from spot_price.routes.parameters import Cursor, PriceLimit, ResolutionQuery, Selected, WindowQuery, length_of
from spot_price.routes.problems import UnknownName
from spot_price.usecases.history import ResolutionOutOfRange, ReversedWindow, TooManyPoints, TooManyRecords
from spot_price.usecases.market import Quote

router = APIRouter(prefix="/v1/prices", tags=["prices"])

_CURSOR: Final = re.compile(r"([01])\|([0-9]{1,15})\|([^|]*)\|([^|]*)\|([^|]*)")


@router.get("", response_model=contracts.PricePage, responses=HEADERS.read | responses(BadRequest, UnknownName))
async def list_prices(
    request: Request,
    spot: SpotDep,
    selected: Selected,
    limit: PriceLimit = PAGE_LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """List what pools cost now, the cheapest first, those of unknown price last."""
    after = _position(read_cursor("q", cursor))
    quotes = await spot.market.listed(selected)
    # Prices may have changed since the page before, and the place may be nobody's.
    begin = 0 if after is None else bisect_right(quotes, after, key=_place)
    shown = quotes[begin : begin + limit]
    more = begin + limit < len(quotes)
    page = contracts.PricePage(
        source=spot.market.source,
        synthetic=spot.market.synthetic,
        items=[converting.price(quote) for quote in shown],
        total=len(quotes),
        next_cursor=write_cursor("q", "|".join(map(str, _place(shown[-1])))) if more else None,
    )
    return answer(request, page)


@router.get(
    "/history",
    response_model=contracts.PriceHistory,
    responses=HEADERS.read
    | responses(BadRequest, UnknownName, ReversedWindow, ResolutionOutOfRange, TooManyPoints, TooManyRecords),
)
async def get_history(
    request: Request, spot: SpotDep, selected: Selected, asked: WindowQuery, resolution: ResolutionQuery = "raw"
) -> Response:
    """Get what pools cost over time.

    In steps: the one in force at the start is the first, and null is a gap. Or in buckets from `1m` to `1d`, with a
    mean that is weighted by time; they begin at whole multiples of their length, and those at the edges tell of what is
    inside the window alone.
    """
    market = spot.market
    window = asked.at(market.clock.now())
    head = contracts.PriceHistory(
        source=market.source,
        synthetic=market.synthetic,
        start=converting.moment(window.start),
        end=converting.moment(window.end),
        resolution=resolution,
        items=[],
    )
    length = length_of(resolution)
    if length is None:
        lines = await spot.history.steps(selected, window.start, window.end)
        return body_answer(request, await asyncio.to_thread(converting.history, head, lines))
    bucketed = await spot.history.buckets(selected, window.start, window.end, length)
    known = {region: state.observed_until for region, state in market.states.items()}
    span = (window.start, window.end)
    return body_answer(request, await asyncio.to_thread(converting.bucketed, head, bucketed, span, known))


_Place = tuple[int, int, str, str, str]
"""Where a price stands in the list: whether it is unknown, millionths of a dollar, zone, type, product."""


def _place(quote: Quote) -> _Place:
    micros = 0 if quote.price is None else round(quote.price * MICROS)
    return (int(quote.price is None), micros, *quote.pool.key)


def _position(text: str | None) -> _Place | None:
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadRequest("The cursor is not one that this list gave.")
    unknown, micros, zone, name, product = match.groups()
    return int(unknown), int(micros), zone, name, product
