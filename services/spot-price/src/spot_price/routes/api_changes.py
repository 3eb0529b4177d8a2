"""REST: prices as they change."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_contracts.spot_prices import CHANGE
from genba_servicekit.answers import Said
from genba_servicekit.errors import BadRequest, responses
from genba_servicekit.sse import Sse, sse_response
from spot_price.core.selection import Selection
from spot_price.deps import Spot, SpotDep
from spot_price.routes import converting
from spot_price.routes.bodies import HEADERS
from spot_price.routes.parameters import Selected
from spot_price.routes.problems import UnknownName

router = APIRouter(prefix="/v1", tags=["changes"])

_EVENT: Final = {
    "id": "5f1c0a9e-71",
    "event": "price",
    "data": contracts.PriceChange.model_validate(CHANGE).model_dump_json(),
}
_EVENT_SCHEMA: Final = {  # of one event, as OpenAPI 3.2 says it
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f]+-[0-9]+$", "description": "Where it stands in the stream."},
        "event": {"enum": ["ready", "price"]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "Of `price` a PriceChange, of `ready` an empty object.",
        },
    },
}
_STREAM: Final[Said] = {
    200: {
        "content": {"text/event-stream": {"schema": _EVENT_SCHEMA, "example": _EVENT}},
        "description": "Events `ready`, once, and `price`.",
        **HEADERS.told[200],
    }
}


@router.get("/changes/stream", response_class=Response, responses=_STREAM | responses(BadRequest, UnknownName))
async def stream_changes(
    spot: SpotDep,
    selected: Selected,
    *,
    current: Annotated[bool, Query(description="Whether to begin with what every pool costs now.")] = False,
    last_event_id: Annotated[
        str | None,
        Header(max_length=64, description="Where a broken stream goes on: browsers send it by themselves."),
    ] = None,
) -> Response:
    """Hear of each price that changes (server-sent events): event `price`, data a PriceChange.

    `ready` is told when what is from now on follows. Changes of one pool that come close together may be told as one,
    the newest. A reader that comes back to another process is told what every pool costs now.
    """
    spot.market.pools(selected)  # refused before the stream begins
    return sse_response(_events(spot, selected, last_event_id, current=current))


async def _events(spot: Spot, selected: Selection, known: str | None, *, current: bool) -> AsyncIterator[Sse]:
    source, synthetic = spot.market.source, spot.market.synthetic
    async with aclosing(spot.telling.follow(selected, known, current=current)) as told:
        async for one in told:
            if one.quote is None:
                yield Sse(id=one.id, event="ready", data="{}")
            else:
                change = converting.change(one.quote, source=source, synthetic=synthetic)
                yield Sse(id=one.id, event="price", data=change.model_dump_json())
