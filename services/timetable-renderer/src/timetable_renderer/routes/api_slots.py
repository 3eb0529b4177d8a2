"""REST: slots, performers, and the versions of a timetable."""

import asyncio
from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from genba_contracts import timetable as contracts
from genba_contracts.fields import PAGE_LIMIT_DEFAULT
from genba_contracts.timetable_fields import DAYS_MAX, STAGES_MAX, Clock, GivenDay, Kind, Words
from genba_servicekit.answers import answer, body_answer
from genba_servicekit.cursors import read_cursor, read_number, write_cursor
from genba_servicekit.errors import BadRequest, responses
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.festival import Kind as SlotKind
from timetable_renderer.core.finding import Wanted, names_of
from timetable_renderer.deps import Renderer, RendererDep
from timetable_renderer.routes import converting
from timetable_renderer.routes.bodies import HEADERS
from timetable_renderer.routes.parameters import Cursor, FestivalId, Limit, SlotIdPath, VersionPath
from timetable_renderer.routes.problems import NoSuchSlot, UnknownFilter
from timetable_renderer.usecases.festivals import NoSuchFestival, NoSuchVersion, NoTimetable
from timetable_renderer.usecases.timetables import Timetable

router = APIRouter(prefix="/v1/festivals/{festival}")

_HOURS: Final = 24
_KINDS: Final = len(SlotKind)
_ON_NONE: Final = (BadRequest, NoSuchFestival, NoTimetable)

Days = Annotated[
    list[GivenDay],
    Query(alias="day", max_length=DAYS_MAX, description="Of this day; several are taken."),
]
Stages = Annotated[
    list[Annotated[str, Query(max_length=200)]],
    Query(alias="stage", max_length=STAGES_MAX, description="On the stage of this id; several are taken."),
]
Kinds = Annotated[list[Kind], Query(alias="kind", max_length=_KINDS, description="Of this kind; several are taken.")]
SearchWords = Annotated[Words, Query(alias="q")]
From = Annotated[
    Clock | None,
    Query(alias="from", description="That start at this time of day or later, by the festival's clock."),
]
To = Annotated[
    Clock | None,
    Query(alias="to", description="That start before this time of day; after midnight, where `from` is later."),
]


@router.get(
    "/slots",
    tags=["slots"],
    response_model=contracts.SlotPage,
    responses=HEADERS.read | responses(*_ON_NONE, UnknownFilter),
)
async def list_slots(
    request: Request,
    renderer: RendererDep,
    festival: FestivalId,
    *,
    day: Days = [],  # noqa: B006  (FastAPI copies it)
    stage: Stages = [],  # noqa: B006
    kind: Kinds = [],  # noqa: B006
    q: SearchWords = "",
    from_: From = None,
    to: To = None,
    limit: Limit = PAGE_LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """List slots by their start, narrowed down by day, stage, kind, words and time of day."""
    found, at = await _page_of(renderer, festival, "o", cursor)
    _check(found.festival, day, stage)
    wanted = Wanted(
        days=frozenset(day),
        stages=frozenset(stage),
        kinds=frozenset(map(SlotKind, kind)),
        text=q,
        start=_clock(from_),
        end=_clock(to),
    )
    slots = found.finder.slots(wanted)
    bodies = converting.slot_bytes(found)
    page = b",".join(bodies[slot.id] for slot in slots[at : at + limit])
    following = _following(found, "o", at + limit, len(slots))
    rest = contracts.SlotPage(items=[], total=len(slots), version=found.festival.version, next_cursor=following)
    # Put together of what is made once a version: response_model would take six times as long for the same bytes.
    return body_answer(request, b'{"items":[' + page + b"]," + rest.model_dump_json(exclude={"items"}).encode()[1:])


@router.get(
    "/slots/{slot}",
    tags=["slots"],
    response_model=contracts.SlotDetail,
    responses=HEADERS.read | responses(*_ON_NONE, NoSuchSlot),
)
async def get_slot(request: Request, renderer: RendererDep, festival: FestivalId, slot: SlotIdPath) -> Response:
    """Get a slot, with links to the wiki's entries of who takes part."""
    current = await renderer.festivals.current(festival)
    found = renderer.timetables.of(current).finder.get(slot)
    if found is None:
        raise NoSuchSlot(f"There is no slot “{slot}” in version {current.version}.")
    links = await renderer.links.links(names_of(found))
    return answer(request, converting.slot_detail(current, found, links))


@router.get(
    "/performers",
    tags=["slots"],
    response_model=contracts.PerformerPage,
    responses=HEADERS.read | responses(*_ON_NONE),
)
async def list_performers(
    request: Request,
    renderer: RendererDep,
    festival: FestivalId,
    *,
    q: SearchWords = "",
    limit: Limit = PAGE_LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """List who takes part, with their slots and their entries in the wiki."""
    found, at = await _page_of(renderer, festival, "p", cursor)
    performers = found.finder.performers(q)
    shown = performers[at : at + limit]
    links = await renderer.links.links([one.name for one in shown])
    page = contracts.PerformerPage(
        items=[contracts.Performer(name=one.name, slots=list(one.slots), url=links.get(one.name)) for one in shown],
        total=len(performers),
        version=found.festival.version,
        next_cursor=_following(found, "p", at + limit, len(performers)),
    )
    return answer(request, page)


@router.get(
    "/versions",
    tags=["versions"],
    response_model=contracts.VersionPage,
    responses=HEADERS.read | responses(BadRequest, NoSuchFestival),
)
async def list_versions(
    request: Request,
    renderer: RendererDep,
    festival: FestivalId,
    limit: Limit = PAGE_LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """List the accepted versions of the timetable, newest first."""
    before = read_number("v", cursor)
    found = await renderer.festivals.versions(festival, before=before, limit=limit)
    following = write_cursor("v", found[-1].version) if len(found) == limit else None
    return answer(
        request, contracts.VersionPage(items=[converting.version(one) for one in found], next_cursor=following)
    )


@router.get(
    "/versions/{version}",
    tags=["versions"],
    response_model=contracts.Timetable,
    responses=HEADERS.read | responses(BadRequest, NoSuchFestival, NoSuchVersion),
)
async def get_version(request: Request, renderer: RendererDep, festival: FestivalId, version: VersionPath) -> Response:
    """Get one version of the timetable, whole."""
    found = renderer.timetables.of(await renderer.festivals.version(festival, version))
    bodies = converting.slot_bytes(found)
    head = contracts.Timetable(**dict(converting.festival(found.festival)), items=[]).model_dump_json(exclude={"items"})
    items = b",".join(bodies.values())
    return body_answer(request, head.encode()[:-1] + b',"items":[' + items + b"]}")


@router.get(
    "/versions/{version}/diff",
    tags=["versions"],
    response_model=contracts.VersionDiff,
    responses=HEADERS.read | responses(BadRequest, NoSuchFestival, NoSuchVersion),
)
async def get_diff(
    request: Request,
    renderer: RendererDep,
    festival: FestivalId,
    version: VersionPath,
    since: Annotated[
        int | None,
        Query(ge=0, le=2**31 - 1, description="Against this version; none: the one before. 0: all is new."),
    ] = None,
) -> Response:
    """Tell what a version changed: slots that were added, removed, moved, or say something else."""
    after = await renderer.festivals.version(festival, version)
    earlier = version - 1 if since is None else since
    before = await renderer.festivals.version(festival, earlier) if earlier else None
    found = await renderer.festivals.diff(festival, version, since=earlier)
    return answer(request, await asyncio.to_thread(converting.diff, before, after, found))


async def _page_of(renderer: Renderer, festival: str, kind: str, cursor: str | None) -> tuple[Timetable, int]:
    """The timetable of which a list goes on, and where: every page is of the version of the first one."""
    position = read_cursor(kind, cursor)
    current = await renderer.festivals.current(festival)
    if position is None:
        return renderer.timetables.of(current), 0
    version, dot, at = position.partition(".")
    if not dot or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in (version, at)):  # noqa: PLR2004
        raise BadRequest("The cursor is not one that this list gave.")
    if int(version) != current.version:
        try:
            current = await renderer.festivals.version(festival, int(version))
        except NoSuchVersion:
            raise BadRequest("The cursor is of a version that is not kept any more: begin anew.") from None
    return renderer.timetables.of(current), int(at)


def _following(found: Timetable, kind: str, at: int, total: int) -> str | None:
    return write_cursor(kind, f"{found.festival.version}.{at}") if at < total else None


def _check(festival: Festival, days: Sequence[date], stages: Sequence[str]) -> None:
    """A filter that can find nothing, because it names what is not there, is a mistake: say so."""
    known = {stage.id for stage in festival.stages}
    unknown = [stage for stage in dict.fromkeys(stages) if stage not in known]
    if unknown:
        raise UnknownFilter(f"“{festival.id}” has no stage “{unknown[0]}”.", unknown=unknown)
    strange = [day.isoformat() for day in dict.fromkeys(days) if day not in festival.days]
    if strange:
        raise UnknownFilter(f"“{festival.id}” has no day {strange[0]}.", unknown=strange)


def _clock(text: str | None) -> time | None:
    """`25:30` is half past one in the night, as timetables write it."""
    return None if text is None else time(int(text[:2]) % _HOURS, int(text[3:]))
