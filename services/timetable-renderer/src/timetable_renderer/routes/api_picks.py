"""REST: what picks come to, as JSON, picture, calendar and text."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from genba_contracts import timetable as contracts
from genba_contracts.timetable_fields import (
    DayNumber,
    Height,
    InsetBottom,
    InsetTop,
    Language,
    Layout,
    PictureFormat,
    Scale,
    Theme,
    Width,
)
from genba_servicekit.answers import body_answer, is_known
from genba_servicekit.auth_http import client_address
from genba_servicekit.errors import BadRequest, TooManyRequests, responses
from timetable_renderer.core.plan import Plan, UnknownPicksError
from timetable_renderer.deps import Renderer, RendererDep
from timetable_renderer.routes import converting
from timetable_renderer.routes.bodies import (
    CALENDAR,
    HEADERS,
    ICS,
    PICTURE,
    PLAIN,
    TEXT,
    base_url,
    file_headers,
    fresh,
    wanted_format,
)
from timetable_renderer.routes.parameters import FestivalId, PickQuery
from timetable_renderer.routes.problems import TooManyPicks, UnknownPicks
from timetable_renderer.routes.sharing import key_of
from timetable_renderer.usecases.festivals import NoSuchFestival, NoTimetable
from timetable_renderer.usecases.picturing import NoSuchDay, PictureDoesNotFit, PicturesBusy

router = APIRouter(prefix="/v1/festivals/{festival}", tags=["picks"])

_REFUSED: Final = (BadRequest, NoSuchFestival, NoTimetable, UnknownPicks, TooManyPicks)
_NOT_DRAWN: Final = (NoSuchDay, PictureDoesNotFit, PicturesBusy, TooManyRequests)  # the last: share links for QR codes
# An SVG is a document: one that is opened by itself runs nothing and loads nothing.
_SVG: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
}

Accept = Annotated[str, Header(include_in_schema=False)]
LanguageQuery = Annotated[Language, Query(description="Of the words around the picks: `ja` or `en`.")]


async def picture_query(
    pick: PickQuery,
    *,
    layout: Annotated[
        Layout,
        Query(
            description="`agenda`: all days one below the other; `day`: one day on a phone's screen; `grid`: every "
            "stage a column, with all slots; `story`: 9:16."
        ),
    ] = "agenda",
    theme: Annotated[Theme, Query(description="Dark on light, or light on dark.")] = "light",
    format: Annotated[  # noqa: A002  (what people call it)
        PictureFormat | None, Query(description="As what it is written; none: what Accept asks for, or PNG.")
    ] = None,
    scale: Annotated[Scale, Query()] = 1,
    width: Annotated[Width | None, Query(description="Pixels across.")] = None,
    height: Annotated[Height | None, Query(description="Pixels from top to bottom, of `day` and `story`.")] = None,
    day: Annotated[DayNumber | None, Query(description="The number of the day, of `day`, `grid` and `story`.")] = None,
    inset_top: Annotated[InsetTop, Query()] = 0,
    inset_bottom: Annotated[InsetBottom, Query()] = 0,
    language: LanguageQuery = "ja",
    qr: Annotated[
        bool, Query(description="Whether a QR code on it leads to these picks; they are shared then.")
    ] = False,
) -> contracts.PictureRequest:
    """What a picture is asked to be, in a query."""
    return contracts.PictureRequest(
        picks=tuple(pick),
        layout=layout,
        theme=theme,
        format=format,
        scale=scale,
        width=width,
        height=height,
        day=day,
        inset_top=inset_top,
        inset_bottom=inset_bottom,
        language=language,
        qr=qr,
    )


@router.get(
    "/picture",
    response_class=Response,
    responses=PICTURE | responses(*_REFUSED, *_NOT_DRAWN),
)
async def get_picture(
    request: Request,
    renderer: RendererDep,
    festival: FestivalId,
    asked: Annotated[contracts.PictureRequest, Depends(picture_query)],
    accept: Accept = "",
) -> Response:
    """Draw a picture of picks: PNG, WebP, PDF or SVG."""
    return await _picture(request, renderer, festival, asked, accept)


@router.post(
    "/picture",
    response_class=Response,
    responses=fresh(PICTURE) | responses(*_REFUSED, *_NOT_DRAWN),
)
async def post_picture(
    request: Request,
    renderer: RendererDep,
    festival: FestivalId,
    body: contracts.PictureRequest,
    accept: Accept = "",
) -> Response:
    """Draw a picture of picks that are too many for an address."""
    return await _picture(request, renderer, festival, body, accept)


async def _picture(
    request: Request, renderer: Renderer, festival: str, asked: contracts.PictureRequest, accept: str
) -> Response:
    plan = await planned(renderer, festival, asked.picks)
    image_format = wanted_format(asked.format, accept)
    qr_url = None
    if asked.qr:
        qr_url = (
            f"{base_url(request, renderer)}/t/{await key_of(renderer, client_address(request), festival, asked.picks)}"
        )
    options = converting.picture_options(asked, image_format, qr_url)
    headers = {"Vary": "Accept", **file_headers(f"{festival}.{image_format}")}
    if image_format.value == "svg":
        headers |= _SVG
    etag = renderer.picturing.etag(plan, options)
    if is_known(request, etag):
        return body_answer(request, b"", etag=etag, headers=headers)
    found = await renderer.picturing.picture(plan, options)
    return body_answer(request, found.body, media_type=found.media_type, etag=etag, headers=headers)


@router.get("/calendar.ics", response_class=Response, responses=ICS | responses(*_REFUSED))
async def get_calendar(request: Request, renderer: RendererDep, festival: FestivalId, pick: PickQuery) -> Response:
    """Give picks as an iCalendar file, for any calendar."""
    return await _calendar(request, renderer, festival, pick)


@router.post("/calendar.ics", response_class=Response, responses=fresh(ICS) | responses(*_REFUSED))
async def post_calendar(
    request: Request, renderer: RendererDep, festival: FestivalId, body: contracts.PickRequest
) -> Response:
    """Give picks that are too many for an address as an iCalendar file."""
    return await _calendar(request, renderer, festival, body.picks)


async def _calendar(
    request: Request, renderer: Renderer, festival: str, picks: list[str] | tuple[str, ...]
) -> Response:
    calendar = await renderer.picking.calendar(await planned(renderer, festival, picks))
    return body_answer(request, calendar, media_type=CALENDAR, headers=file_headers(f"{festival}.ics"))


@router.get("/text", response_class=Response, responses=PLAIN | responses(*_REFUSED))
async def get_text(
    request: Request, renderer: RendererDep, festival: FestivalId, pick: PickQuery, language: LanguageQuery = "ja"
) -> Response:
    """Give picks as plain text: one a line, its time first."""
    return await _text(request, renderer, festival, pick, language)


@router.post("/text", response_class=Response, responses=fresh(PLAIN) | responses(*_REFUSED))
async def post_text(
    request: Request, renderer: RendererDep, festival: FestivalId, body: contracts.TextRequest
) -> Response:
    """Give picks that are too many for an address as plain text."""
    return await _text(request, renderer, festival, body.picks, body.language)


async def _text(
    request: Request, renderer: Renderer, festival: str, picks: list[str] | tuple[str, ...], language: str
) -> Response:
    text = await renderer.picking.text(await planned(renderer, festival, picks), language=language)
    return body_answer(request, text.encode(), media_type=TEXT)


@router.get("/plan", response_model=contracts.Plan, responses=HEADERS.read | responses(*_REFUSED))
async def get_plan(request: Request, renderer: RendererDep, festival: FestivalId, pick: PickQuery) -> Response:
    """Tell what picks come to: all clashes, gaps, and walks that are too short."""
    return await _plan(request, renderer, festival, pick)


@router.post("/plan", response_model=contracts.Plan, responses=fresh(HEADERS.read) | responses(*_REFUSED))
async def post_plan(
    request: Request, renderer: RendererDep, festival: FestivalId, body: contracts.PickRequest
) -> Response:
    """Tell what picks come to that are too many for an address."""
    return await _plan(request, renderer, festival, body.picks)


async def _plan(request: Request, renderer: Renderer, festival: str, picks: list[str] | tuple[str, ...]) -> Response:
    plan = await planned(renderer, festival, picks)
    body = await renderer.picking.beside(lambda: converting.plan(plan).model_dump_json().encode())
    return body_answer(request, body)


async def planned(renderer: Renderer, festival: str, picks: list[str] | tuple[str, ...]) -> Plan:
    """What picks come to.

    Raises:
        UnknownPicks: some are not in the timetable; it has all of them, and where those are that moved.
    """
    try:
        return await renderer.picking.plan(festival, picks)
    except UnknownPicksError as error:
        current = await renderer.festivals.current(festival)
        moved, _ = await renderer.picking.what_became_of(current, error.ids)
        raise UnknownPicks(
            f"{len(error.ids)} of {len(set(picks))} picks are not in version {current.version} of “{festival}”.",
            unknown=list(error.ids),
            moved={before: after.id for before, after in moved},
        ) from None
