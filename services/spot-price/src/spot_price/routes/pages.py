"""The service as a site: what is cheapest now, the chart, every region with its zones."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

import anyio.to_thread
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.datastructures import QueryParams
from starlette.responses import Response

from genba_servicekit.errors import ProblemError, UnprocessableContent
from genba_servicekit.forms import own_url, wants_html
from genba_servicekit.languages import Language
from genba_servicekit.middleware import HEADERS_KEY
from genba_servicekit.prepared import Page, Part, as_response
from genba_servicekit.templates import make_templates
from spot_price.core.chart.looks import PAGE
from spot_price.core.offers import Measure
from spot_price.core.records import LINUX, PRODUCTS, Seconds
from spot_price.core.regions import ALIASES, UnknownNameError, expand_regions
from spot_price.core.selection import Selection
from spot_price.core.spans import parse_span, span_text
from spot_price.deps import Spot, SpotDep
from spot_price.routes.languages import languages
from spot_price.routes.pages_outlook import OutlookView, choices_of, outlook_of
from spot_price.routes.pages_static import static_files
from spot_price.routes.pages_view import BoardView, UnreadableWishError, seconds_of
from spot_price.usecases.charting import Asked, Band, Board, Shape, TooMuchForChart

router = APIRouter(include_in_schema=False)
templates: Final = make_templates("spot_price")
templates.globals.update(static=static_files.path, languages=languages)

WINDOWS: Final = ("15m", "1h", "3h", "6h", "12h", "1d", "3d", "1w", "30d", "90d")
FIRST_WINDOW: Final = "6h"
FIRST_TYPES: Final = ("g5.2xlarge", "g6.2xlarge", "g5.xlarge", "g6.xlarge", "g4dn.xlarge", "g2.2xlarge", "p3.2xlarge")
"""What is shown when nothing is asked for: the first of these that there is a price of."""
MOST_ROWS: Final = 200
"""Pools of the table, the cheapest."""
_MOST_NAMES: Final = 50
_LONGEST_NAME: Final = 64
_OK: Final = 200
_BAD: Final = 422
_SEPARATORS: Final = re.compile(r"[\s,;、]+")
_DESK: Final = Shape(1000, 420, theme=PAGE, inside=True)
_PHONE: Final = Shape(390, 340, theme=PAGE, inside=True)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the page's form says.

    Attributes:
        types, regions: as they were typed, one word each.
        window: as it was typed.
        pool: the key of the one that is forecast; empty: the first of the list.
        cap: as it was typed, US dollars an hour; empty: the price on demand.
    """

    types: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    product: str = LINUX
    window: str = FIRST_WINDOW
    band: Band = "near"
    log: bool = False
    start: Seconds | None = None
    end: Seconds | None = None
    zones: tuple[str, ...] = field(default=())
    by: Measure = Measure.PRICE
    pool: str = ""
    cap: str = ""

    @property
    def query(self) -> str:
        """The pools that are asked for, as the API's routes take them."""
        names = [("type", self.types), ("region", self.regions), ("zone", self.zones), ("product", (self.product,))]
        return urlencode([(name, value) for name, values in names for value in values])

    def ranked(self, by: Measure) -> str:
        """The page's address with another ranking."""
        more = {"by": by, "pool": self.pool, "cap": self.cap}
        return f"/?{self.chart_query}&{urlencode({name: value for name, value in more.items() if value})}"

    @property
    def chart_query(self) -> str:
        """The same with the window, as the API's chart takes it."""
        more = [("window", self.window.lower()), ("band", self.band), *([("log", "true")] if self.log else [])]
        return f"{self.query}&{urlencode(more)}"

    @property
    def fields(self) -> list[tuple[str, str]]:
        """All but the forecast's, for a form that has only that."""
        return [*parse_qsl(self.chart_query), *([("by", self.by)] if self.by is not Measure.PRICE else [])]


def show(request: Request, language: Language, template: str, *, status: int = _OK, **values: object) -> Response:
    """A page from a template, in a language; `title` is plain text."""
    here = own_url(request, without=languages.parameter)
    made = templates.get_template(template).render(t=language, here=here, **values)
    cache = "no-cache" if status == _OK else "no-store"
    page = Page([Part(made.encode())], route="page", status=status, cache=cache)
    return languages.remember(request, as_response(page.answer(request.scope[HEADERS_KEY])))


@router.get("/")
async def index(request: Request, spot: SpotDep) -> Response:
    """What is cheapest now, how it went, and every region with its zones."""
    language = languages.of_request(request)
    wish = wish_of(request.query_params, spot)
    fault, board, drawn = "", None, {}
    try:
        asked = asked_of(wish, spot)
        board = await spot.charting.board(asked, rows=MOST_ROWS, by=wish.by)
        view = _view_of(board, wish, spot, language)
        outlook = await outlook_of(view, spot, wish.pool, wish.cap)
        drawn = await anyio.to_thread.run_sync(_drawn, view, outlook, asked, spot)
        drawn["choices"] = choices_of(view, wish.pool)
    except (UnknownNameError, TooMuchForChart, UnreadableWishError) as error:
        fault, board = fault_text(error, language), None
    market = spot.market
    return show(
        request,
        language,
        "board.html",
        status=_BAD if fault else _OK,
        title=language("site") + (f": {', '.join(wish.types)}" if wish.types else ""),
        market=market,
        wish=wish,
        fault=fault,
        measures=list(Measure),
        windows=[(text, window_label(language, text)) for text in dict.fromkeys((*WINDOWS, wish.window))],
        products=PRODUCTS,
        aliases=[*ALIASES, *market.regions],
        board=board,
        **drawn,
    )


@router.get("/board")
async def board_json(request: Request, spot: SpotDep) -> Response:
    """What the page's script asks for, again and again: the chart's lines, and the table as it reads now."""
    language = languages.of_request(request)
    wish = wish_of(request.query_params, spot)
    try:
        board = await spot.charting.board(asked_of(wish, spot), rows=MOST_ROWS, by=wish.by)
        view = _view_of(board, wish, spot, language)
        outlook = await outlook_of(view, spot, wish.pool, wish.cap)
    except (UnknownNameError, UnreadableWishError) as error:
        raise UnprocessableContent(fault_text(error, language)) from error
    body = await anyio.to_thread.run_sync(_words_and_lines, view, outlook)
    page = Page([Part(body)], route="board", content_type="application/json", cache="no-cache")
    return as_response(page.answer(request.scope[HEADERS_KEY]))


def _drawn(view: BoardView, outlook: OutlookView | None, asked: Asked, spot: Spot) -> dict[str, object]:
    """What the page shows of a board, drawn: 40 lines and 200 rows take 0.1 s, beside the event loop."""
    charting = spot.charting
    desk, phone = (charting.inline(charting.picture(asked, shape, view.board)) for shape in (_DESK, _PHONE))
    return {
        "view": view,
        "best": Markup(_made("best.html", view)),  # noqa: S704 - the template escapes
        "table": Markup(_made("table.html", view)),  # noqa: S704 - as above
        "outlook": Markup(_made("outlook.html", view, outlook=outlook)),  # noqa: S704 - as above
        "data": Markup(view.data()),  # noqa: S704 - JSON without `<`
        "desk": Markup(desk),  # noqa: S704 - the painter escapes all words
        "phone": Markup(phone),  # noqa: S704 - as above
    }


def _words_and_lines(view: BoardView, outlook: OutlookView | None) -> bytes:
    best, table = (json.dumps(_made(name, view)) for name in ("best.html", "table.html"))
    ahead = json.dumps(_made("outlook.html", view, outlook=outlook))
    return f'{{"best":{best},"table":{table},"outlook":{ahead},"data":{view.data()}}}'.encode()


def _made(template: str, view: BoardView, **more: object) -> str:
    return templates.get_template(template).render(t=view.language, view=view, **more)


def wish_of(query: QueryParams, spot: Spot) -> Wish:
    """What the form says; where it says nothing, what is shown at first."""
    names = {name: _words(query.getlist(name)) for name in ("type", "region", "zone")}
    types = names["type"] or tuple(name for name in FIRST_TYPES if name in spot.market.types)[:1]
    return Wish(
        types=types or tuple(spot.market.types[:1]),
        regions=names["region"],
        zones=names["zone"],
        product=query.get("product", "").strip() or LINUX,
        window=query.get("window", "").strip() or FIRST_WINDOW,
        band="all" if query.get("band") == "all" else "near",
        log=query.get("log") in {"on", "true", "1"},
        start=seconds_of(query.get("start")),
        end=seconds_of(query.get("end")),
        by=next((by for by in Measure if by == query.get("by")), Measure.PRICE),
        pool=query.get("pool", "").strip(),
        cap=query.get("cap", "").strip(),
    )


def _words(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for value in values for word in _SEPARATORS.split(value) if word))


def asked_of(wish: Wish, spot: Spot) -> Asked:
    """What the form says, for the chart.

    Raises:
        UnreadableWishError: a window that is none, or too many names.
    """
    every = (*wish.types, *wish.regions, *wish.zones)
    if len(every) > _MOST_NAMES or any(len(name) > _LONGEST_NAME for name in (*every, wish.product, wish.cap)):
        raise UnreadableWishError("too_long")
    window = parse_span(wish.window)
    if window is None:
        raise UnreadableWishError("no_window", window=wish.window[:20])
    end = None if wish.end is None else min(wish.end, spot.market.clock.now())
    if end is not None and wish.start is not None:
        window = max(60, min(end - wish.start, parse_span("52w") or window))
    selection = Selection(types=wish.types, regions=wish.regions, zones=wish.zones, products=(wish.product,))
    return Asked(selection, window, end, wish.band, wish.log)


def _view_of(board: Board, wish: Wish, spot: Spot, language: Language) -> BoardView:
    regions = expand_regions(wish.regions, spot.market.regions)
    return BoardView(board, spot.market, language, regions, spot.charting.inline, by=wish.by)


def window_label(language: Language, text: str) -> str:
    """A window in words: `6 h`."""
    seconds = parse_span(text)
    if seconds is None:
        return text[:20]
    short = span_text(seconds)
    return language(f"unit_{short[-1]}", count=short[:-1])


def fault_text(error: Exception, language: Language) -> str:
    """What is wrong, in words."""
    if isinstance(error, UnknownNameError):
        kind = f"kind_{error.kind}"
        said = language("no_such", kind=language(kind) if kind in language.texts else error.kind, name=error.name[:64])
        return said + (" " + language("did_you_mean", names=", ".join(error.near)) if error.near else "")
    if isinstance(error, UnreadableWishError):
        return language(error.key, **error.values)
    return str(error)


async def error_page(request: Request, error: ProblemError) -> Response | None:
    """An error as a page, for paths of the site; the API's errors are documents whoever asks."""
    if request.url.path.startswith("/v1/") or not wants_html(request):
        return None
    language = languages.of_request(request)
    heading = language("error_404") if error.status == 404 else language("error_other")  # noqa: PLR2004 - not found
    values = {"title": heading, "heading": heading, "detail": error.detail or ""}
    return show(request, language, "error.html", status=error.status, **values)
