"""REST: charts of prices."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from genba_contracts.spot_charts import (
    CHART_HEIGHT_MAX,
    CHART_SCALE_MAX,
    CHART_SIDE_MIN,
    CHART_WIDTH_MAX,
    SPAN_PATTERN,
    Band,
    ChartStyle,
    ChartTheme,
)
from genba_servicekit.answers import Said, body_answer
from genba_servicekit.errors import BadRequest, UnprocessableContent, responses
from spot_price.core.chart.looks import THEMES, ThemeName
from spot_price.core.spans import parse_span
from spot_price.deps import Spot, SpotDep
from spot_price.routes.bodies import HEADERS
from spot_price.routes.parameters import End, Selected, seconds
from spot_price.routes.problems import UnknownName
from spot_price.usecases.charting import Asked, ChartsBusy, Shape, TooMuchForChart

router = APIRouter(prefix="/v1", tags=["charts"])

_SIZES: Final[dict[str, tuple[int, int]]] = {"full": (960, 480), "sparkline": (120, 28)}
_MEDIA: Final = {"svg": "image/svg+xml", "png": "image/png"}


class BadSpan(UnprocessableContent):
    """A window that is longer than a year."""

    title = "The window is too long"
    example = "A window of 99w9 is none: write 15m, 3h, 7d or 2w, a year at most."


Span = Annotated[
    str,
    Query(
        pattern=SPAN_PATTERN,
        description="How far back from the end: `15m`, `3h`, `7d`, `2w`; a year at most.",
        examples=["6h"],
    ),
]
Width = Annotated[
    int | None,
    Query(ge=CHART_SIDE_MIN, le=CHART_WIDTH_MAX, description="In pixels; 960, of a sparkline 120.", examples=[960]),
]
Height = Annotated[
    int | None,
    Query(ge=CHART_SIDE_MIN, le=CHART_HEIGHT_MAX, description="In pixels; 480, of a sparkline 28.", examples=[480]),
]
Style = Annotated[
    ChartStyle, Query(description="`full` with axes and legend, or the cheapest line alone as a `sparkline`.")
]
Theme = Annotated[ChartTheme, Query(description="On light or on dark.")]
BandQuery = Annotated[
    Band, Query(description="Prices `near` the lowest, where what is worth choosing lies, or `all` that there were.")
]
Log = Annotated[bool, Query(description="Whether equal ratios of prices are equally far apart.")]
Scale = Annotated[int, Query(ge=1, le=CHART_SCALE_MAX, description="Times as many pixels each way, for fine screens.")]


def _said(kind: Literal["svg", "png"]) -> Said:
    content = {_MEDIA[kind]: {"schema": {"type": "string", "format": "binary"}, "example": "(the file)"}}
    return {200: {**HEADERS.read[200], "content": content}, 304: HEADERS.read[304]} | responses(
        BadRequest, UnknownName, BadSpan, TooMuchForChart, ChartsBusy
    )


@router.get("/chart.svg", response_class=Response, responses=_said("svg"))
async def get_chart_svg(
    request: Request,
    spot: SpotDep,
    selected: Selected,
    *,
    window: Span = "6h",
    end: End = None,
    width: Width = None,
    height: Height = None,
    style: Style = "full",
    theme: Theme = "light",
    band: BandQuery = "near",
    log: Log = False,
) -> Response:
    """Draw how prices went, as SVG: steps with their gaps, near the lowest; at most 40 lines, the cheapest."""
    asked = _asked(selected, window, end, band, log=log)
    return await _chart(request, spot, asked, _shape("svg", style, theme, (width, height), 1))


@router.get("/chart.png", response_class=Response, responses=_said("png"))
async def get_chart_png(
    request: Request,
    spot: SpotDep,
    selected: Selected,
    *,
    window: Span = "6h",
    end: End = None,
    width: Width = None,
    height: Height = None,
    style: Style = "full",
    theme: Theme = "light",
    band: BandQuery = "near",
    log: Log = False,
    scale: Scale = 1,
) -> Response:
    """Draw how prices went, as PNG: the same picture as the SVG."""
    asked = _asked(selected, window, end, band, log=log)
    return await _chart(request, spot, asked, _shape("png", style, theme, (width, height), scale))


def _asked(selected: Selected, window: str, end: End, band: Band, *, log: bool) -> Asked:
    span = parse_span(window)
    if span is None:
        raise BadSpan(f"A window of {window} is none: write 15m, 3h, 7d or 2w, a year at most.")
    return Asked(selected, span, None if end is None else max(span, seconds(end)), band, log)


def _shape(
    kind: Literal["svg", "png"], style: ChartStyle, theme: ChartTheme, size: tuple[int | None, int | None], scale: int
) -> Shape:
    width, height = _SIZES[style]
    return Shape(
        width=size[0] or width,
        height=size[1] or height,
        theme=THEMES[ThemeName(theme)],
        style=style,
        format=kind,
        scale=scale,
    )


async def _chart(request: Request, spot: Spot, asked: Asked, shape: Shape) -> Response:
    drawn = await spot.charting.chart(asked, shape)
    return body_answer(request, drawn.body, media_type=_MEDIA[shape.format], etag=drawn.etag)
