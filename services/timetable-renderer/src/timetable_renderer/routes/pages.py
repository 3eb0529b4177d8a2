"""The service as a site: the page on which picks are made, and the pages under which they are shared."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from genba_servicekit.answers import body_answer
from genba_servicekit.auth_http import ClientAddress
from genba_servicekit.errors import ProblemError
from genba_servicekit.forms import form_items, own_url, wants_html
from genba_servicekit.languages import Language
from genba_servicekit.middleware import HEADERS_KEY
from genba_servicekit.prepared import Page, Part, as_response
from genba_servicekit.templates import make_templates
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.finding import names_of
from timetable_renderer.core.layout.words import words_of
from timetable_renderer.core.options import ImageFormat, PictureOptions, ThemeName
from timetable_renderer.core.plan import MOST_PICKS
from timetable_renderer.deps import Renderer, RendererDep
from timetable_renderer.routes.bodies import CALENDAR, TEXT, base_url
from timetable_renderer.routes.languages import languages
from timetable_renderer.routes.pages_lists import large_part
from timetable_renderer.routes.pages_static import static_files
from timetable_renderer.routes.pages_view import FestivalView
from timetable_renderer.routes.sharing import key_of
from timetable_renderer.usecases.picking import NoSuchShare, Shared

router = APIRouter(include_in_schema=False)
templates: Final = make_templates("timetable_renderer")
templates.globals.update(static=static_files.path, languages=languages)

_LONG_STALE: Final = 3  # refreshes that may fail before readers are told: one is nothing
_FORM_FIELDS: Final = MOST_PICKS + 10
_OK: Final = 200
_SLOTS: Final = "\0slots\0"
"""Where in a page its list of slots stands, which is made apart."""
_BY_LANGUAGE: Final = {"Vary": "Accept-Language, Cookie"}


def render(request: Request, language: Language, template: str, **values: object) -> str:
    """A page's text from a template, in a language; `title` is plain text."""
    here = own_url(request, without=languages.parameter)
    return templates.get_template(template).render(t=language, here=here, **values)


def send(request: Request, *parts: Part, status: int = _OK) -> Response:
    """A page of these parts, as its reader takes it; keeps the language that was chosen."""
    page = Page(parts, route="page", status=status, cache="no-cache" if status == _OK else "no-store")
    return languages.remember(request, as_response(page.answer(request.scope[HEADERS_KEY])))


def show(request: Request, language: Language, template: str, *, status: int = _OK, **values: object) -> Response:
    """A small page."""
    return send(request, Part(render(request, language, template, **values).encode()), status=status)


@router.get("/")
async def index(request: Request, renderer: RendererDep) -> Response:
    """The festival that is next, or the one that was last."""
    today = datetime.now().astimezone()
    festivals = renderer.festivals.all_current()
    if not festivals:
        language = languages.of_request(request)
        waiting = [(one.config.name, one.state.faults[:3]) for one in await renderer.festivals.listed()]
        return show(request, language, "empty.html", title=language("site"), waiting=waiting)
    coming = [one for one in festivals if one.days and one.days[-1] >= today.astimezone(one.zone).date()]
    chosen = min(coming, key=_first_day) if coming else max(festivals, key=_first_day)
    return await _picker(request, renderer, chosen)


def _first_day(festival: Festival) -> tuple[str, str]:
    return (festival.days[0].isoformat() if festival.days else "", festival.id)


@router.get("/f/{festival_id}")
async def festival_page(request: Request, renderer: RendererDep, festival_id: str) -> Response:
    """A festival's slots to pick from; `?from=` begins with what somebody shared."""
    return await _picker(request, renderer, await renderer.festivals.current(festival_id))


async def _picker(request: Request, renderer: Renderer, festival: Festival) -> Response:
    language = languages.of_request(request)
    links = await renderer.links.links(list({name for slot in festival.slots for name in names_of(slot)}))
    view = FestivalView(festival, language, links)
    state = await renderer.festivals.state(festival.id)
    config = await renderer.festivals.config(festival.id)
    patience = timedelta(seconds=_LONG_STALE * config.refresh_seconds)
    seen, tried = festival.fetched_at, state.tried_at
    stale = bool(state.faults) and seen is not None and tried is not None and tried - seen > patience
    picked: frozenset[str] = frozenset()
    if key := request.query_params.get("from"):
        with suppress(NoSuchShare):  # a link that was cut on its way still leads to the festival
            shared = await renderer.picking.shared(key)
            picked = frozenset(slot.id for slot in shared.plan.picks)
    page = render(
        request,
        language,
        "picker.html",
        slots=_SLOTS,
        title=f"{festival.name} – {language('site')}",
        festival=festival,
        festivals=renderer.festivals.all_current(),
        dates=view.dates(),
        fetched=view.moment(festival.fetched_at),
        stale=stale,
        days=view.day_choices(),
        stages=festival.stages,
        kinds=view.kinds(),
        hours=view.hours(),
        most_picks=MOST_PICKS,
    )
    before, _, after = page.partition(_SLOTS)

    def make() -> str:
        return templates.get_template("slots.html").render(t=language, days=view.days(), picked=picked)

    if picked:
        slots = await asyncio.to_thread(large_part, make)
    else:
        digest = renderer.timetables.of(festival).digest
        slots = await renderer.lists.of((festival.id, digest, language.code, frozenset(links.items())), make)
    return send(request, Part(before.encode()), slots, Part(after.encode()))


@router.post("/t")
async def share(request: Request, renderer: RendererDep, address: ClientAddress) -> Response:
    """Share the picks of a form: what the page does for those without JavaScript."""
    fields = await form_items(request, most=_FORM_FIELDS)
    festival_id = next((value for name, value in fields if name == "festival"), "")
    picks = [value for name, value in fields if name == "pick"]
    if not picks:
        language = languages.of_request(request)
        heading = language("pick_something")
        return show(request, language, "error.html", status=400, title=heading, heading=heading, detail="")
    key = await key_of(renderer, address, festival_id, picks)
    return RedirectResponse(f"/t/{key}", status_code=303)


@router.get("/t/{key}.png")
async def shared_picture(request: Request, renderer: RendererDep, key: str, theme: str = "light") -> Response:
    """The picture of shared picks, as chats show it."""
    shared = await renderer.picking.shared(key)
    options = PictureOptions(
        theme=ThemeName.DARK if theme == "dark" else ThemeName.LIGHT,
        format=ImageFormat.PNG,
        language=languages.of_request(request).code,
        lost=len(shared.gone),
    )
    pictured = await renderer.picturing.picture(shared.plan, options)
    return body_answer(request, pictured.body, media_type=pictured.media_type, etag=pictured.etag, headers=_BY_LANGUAGE)


@router.get("/t/{key}.ics")
async def shared_calendar(request: Request, renderer: RendererDep, key: str) -> Response:
    """Shared picks for a calendar."""
    shared = await renderer.picking.shared(key)
    return body_answer(request, await renderer.picking.calendar(shared.plan), media_type=CALENDAR)


@router.get("/t/{key}.txt")
async def shared_text(request: Request, renderer: RendererDep, key: str) -> Response:
    """Shared picks as text."""
    shared = await renderer.picking.shared(key)
    language = languages.of_request(request)
    text = await renderer.picking.text(shared.plan, language=language.code)
    if lost := _lost(shared, FestivalView(shared.festival, language, {})):
        text += "\n".join(("", language("share_changed"), *(" ".join(each.split()) for each in lost), ""))
    return body_answer(request, text.encode(), media_type=TEXT, headers=_BY_LANGUAGE)


@router.get("/t/{key}")
async def shared_page(request: Request, renderer: RendererDep, key: str) -> Response:
    """What somebody shared: the picture, the picks, and how to make one's own."""
    shared = await renderer.picking.shared(key)
    language = languages.of_request(request)
    festival = shared.festival
    slots = shared.plan.picks
    links = await renderer.links.links(list({name for slot in slots for name in names_of(slot)}))
    view = FestivalView(festival, language, links)
    days = await asyncio.to_thread(view.planned, shared.plan)
    make = partial(
        render,
        request,
        language,
        "share.html",
        title=language("share_title", name=festival.name),
        summary=language(
            "share_summary", picks=words_of(language.code).picks(len(slots)), days=", ".join(day.label for day in days)
        ),
        festival=festival,
        key=shared.key,
        path=f"/t/{shared.key}",
        address=f"{base_url(request, renderer)}/t/{shared.key}",
        lost=_lost(shared, view),
        days=days,
    )
    return send(request, await asyncio.to_thread(large_part, make))


def _lost(shared: Shared, view: FestivalView) -> list[str]:
    """What became of picks that are not where they were."""
    moved = [view.moved(slot) for _, slot in shared.moved]
    return moved + [view.gone(pick if slot is None else slot) for pick, slot in shared.gone]


async def error_page(request: Request, error: ProblemError) -> Response | None:
    """An error as a page, for paths of the site; the API's errors are documents whoever asks."""
    if request.url.path.startswith("/v1/") or not wants_html(request):
        return None
    language = languages.of_request(request)
    heading = language("error_404") if error.status == 404 else language("error_other")  # noqa: PLR2004 - not found
    values = {"title": heading, "heading": heading, "detail": error.detail or ""}
    return show(request, language, "error.html", status=error.status, **values)
