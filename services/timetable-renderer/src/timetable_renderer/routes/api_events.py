"""REST: a festival's updates as they happen."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from genba_contracts import timetable as contracts
from genba_servicekit.answers import Said
from genba_servicekit.errors import BadRequest, responses
from genba_servicekit.sse import Sse, sse_response
from timetable_renderer.deps import Renderer, RendererDep
from timetable_renderer.routes.parameters import FestivalId
from timetable_renderer.usecases.festivals import NoSuchFestival

router = APIRouter(prefix="/v1/festivals/{festival}", tags=["events"])

_EVENT: Final = {
    "id": "4",
    "event": "update",
    "data": '{"festival":"genba-fes-2026","version":4,"fetched_at":"2026-08-06T03:20:00Z"}',
}
_EVENT_SCHEMA: Final = {  # of one event, as OpenAPI 3.2 says it
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$", "description": "The timetable's version."},
        "event": {"const": "update"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": contracts.FestivalUpdate.model_json_schema(),
        },
    },
}


_STREAM: Final[Said] = {
    200: {
        "content": {"text/event-stream": {"schema": _EVENT_SCHEMA, "example": _EVENT}},
        "description": "Events `update`; ids are versions.",
    }
}


@router.get(
    "/events",
    response_class=Response,
    responses=_STREAM | responses(BadRequest, NoSuchFestival),
)
async def stream_events(
    renderer: RendererDep,
    festival: FestivalId,
    since: Annotated[
        int | None,
        Query(ge=0, le=2**31 - 1, description="The version that you have; none: whichever is there.", examples=[3]),
    ] = None,
    last_event_id: Annotated[
        int | None,
        Header(ge=0, le=2**31 - 1, description="Where a broken stream goes on: browsers send it by themselves."),
    ] = None,
) -> Response:
    """Hear of each new version of a timetable (server-sent events): event `update`, its id the version; 0: gone."""
    await renderer.festivals.config(festival)
    known = last_event_id if last_event_id is not None else since
    return sse_response(_events(renderer, festival, known))


async def _events(renderer: Renderer, festival: str, known: int | None) -> AsyncIterator[Sse]:
    async for current in renderer.updates.follow(festival, known):
        version = 0 if current is None else current.version
        fetched_at = None if current is None else current.fetched_at
        update = contracts.FestivalUpdate(festival=festival, version=version, fetched_at=fetched_at)
        yield Sse(id=str(version), event="update", data=update.model_dump_json())
