"""REST: festivals, and how their timetables come in."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from genba_contracts import timetable as contracts
from genba_servicekit.answers import answer
from genba_servicekit.errors import BadRequest, Forbidden, ServiceUnavailable, Unauthorized, responses
from timetable_renderer.deps import Editor, Renderer, RendererDep
from timetable_renderer.routes import converting
from timetable_renderer.routes.bodies import HEADERS
from timetable_renderer.routes.parameters import FestivalId
from timetable_renderer.usecases.festivals import FestivalRefused, Listed, NoSuchFestival, NoTimetable, SetUpByFile

router = APIRouter(prefix="/v1", tags=["festivals"])

_WRITE_ERRORS: Final = (BadRequest, Unauthorized, Forbidden, ServiceUnavailable)


@router.get("/festivals", response_model=contracts.FestivalList, responses=HEADERS.read | responses(BadRequest))
async def list_festivals(request: Request, renderer: RendererDep) -> Response:
    """List every festival, by id."""
    listed = await renderer.festivals.listed()
    return answer(request, contracts.FestivalList(items=[converting.summary(one) for one in listed]))


@router.get(
    "/festivals/{festival}",
    response_model=contracts.Festival,
    responses=HEADERS.read | responses(BadRequest, NoSuchFestival, NoTimetable),
)
async def get_festival(request: Request, renderer: RendererDep, festival: FestivalId) -> Response:
    """Get a festival: its days, stages and ways, all but the slots."""
    return answer(request, converting.festival(await renderer.festivals.current(festival)))


@router.put(
    "/festivals/{festival}",
    response_model=contracts.FestivalSummary,
    responses=HEADERS.told
    | {
        201: {
            "model": contracts.FestivalSummary,
            "description": "The festival is new.",
            "headers": {name: said for name, said in HEADERS.created[201]["headers"].items() if name != "ETag"},
        }
    }
    | responses(*_WRITE_ERRORS, SetUpByFile, FestivalRefused),
)
async def put_festival(
    request: Request, renderer: RendererDep, _who: Editor, festival: FestivalId, body: contracts.FestivalSpec
) -> Response:
    """Set a festival up, or otherwise than before. Its sources are fetched within seconds; `state` says how it went."""
    created = await renderer.festivals.set_up(converting.config_of(festival, body))
    headers = {"Location": f"/v1/festivals/{festival}"} if created else None
    found = converting.summary(await _listed(renderer, festival))
    return answer(request, found, status=201 if created else 200, headers=headers)


@router.delete(
    "/festivals/{festival}",
    status_code=204,
    responses=HEADERS.done | responses(*_WRITE_ERRORS, NoSuchFestival, SetUpByFile),
)
async def delete_festival(renderer: RendererDep, _who: Editor, festival: FestivalId) -> Response:
    """Forget a festival, all versions of its timetable, and what was shared of it."""
    await renderer.festivals.delete(festival)
    return Response(status_code=204)


@router.post(
    "/festivals/{festival}/refresh",
    response_model=contracts.Refreshed,
    responses=HEADERS.told | responses(*_WRITE_ERRORS, NoSuchFestival),
)
async def refresh_festival(request: Request, renderer: RendererDep, _who: Editor, festival: FestivalId) -> Response:
    """Fetch a festival's sources now. What cannot be had or read replaces nothing."""
    return answer(request, converting.refreshed(await renderer.refreshing.refresh(festival)))


@router.get(
    "/festivals/{festival}/state",
    response_model=contracts.RefreshState,
    responses=HEADERS.read | responses(BadRequest, NoSuchFestival),
)
async def get_state(request: Request, renderer: RendererDep, festival: FestivalId) -> Response:
    """Tell how the last refresh went, and what in the sources was wrong."""
    return answer(request, converting.state(await renderer.festivals.state(festival)))


async def _listed(renderer: Renderer, festival: str) -> Listed:
    for listed in await renderer.festivals.listed():
        if listed.config.id == festival:
            return listed
    raise NoSuchFestival(festival)
