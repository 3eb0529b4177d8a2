"""REST: picks behind short keys."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from genba_contracts import timetable as contracts
from genba_servicekit.answers import AnswerHeaders, Said, answer
from genba_servicekit.auth_http import ClientAddress
from genba_servicekit.errors import BadRequest, ServiceUnavailable, TooManyRequests, responses
from timetable_renderer.deps import RendererDep
from timetable_renderer.routes import converting
from timetable_renderer.routes.api_picks import planned
from timetable_renderer.routes.bodies import HEADERS, base_url
from timetable_renderer.routes.parameters import ShareKeyPath
from timetable_renderer.routes.problems import TooManyPicks, UnknownPicks
from timetable_renderer.routes.sharing import key_of
from timetable_renderer.usecases.festivals import NoSuchFestival, NoTimetable
from timetable_renderer.usecases.picking import NoSuchShare

router = APIRouter(prefix="/v1/shares", tags=["shares"])

_SHARED: Final[Said] = {201: {"headers": AnswerHeaders(location="/v1/shares/mzxw6ytboi").started[202]["headers"]}}


@router.post(
    "",
    response_model=contracts.Share,
    status_code=201,
    responses=_SHARED
    | responses(
        BadRequest,
        NoSuchFestival,
        NoTimetable,
        UnknownPicks,
        TooManyPicks,
        TooManyRequests,
        ServiceUnavailable,
    ),
)
async def create_share(
    request: Request, renderer: RendererDep, address: ClientAddress, body: contracts.ShareRequest
) -> Response:
    """Share picks: the same picks of a festival have the same key, whoever shares them."""
    await planned(renderer, body.festival, body.picks)
    key = await key_of(renderer, address, body.festival, body.picks)
    found = converting.share(await renderer.picking.shared(key), base_url(request, renderer))
    return answer(request, found, status=201, headers={"Location": f"/v1/shares/{key}"})


@router.get(
    "/{key}",
    response_model=contracts.Share,
    responses=HEADERS.read | responses(BadRequest, NoSuchShare, NoSuchFestival, NoTimetable),
)
async def get_share(request: Request, renderer: RendererDep, key: ShareKeyPath) -> Response:
    """Get shared picks as they are in the timetable now: what moved, and what is gone."""
    return answer(request, converting.share(await renderer.picking.shared(key), base_url(request, renderer)))
