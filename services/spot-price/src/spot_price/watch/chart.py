"""The chart: lines in braille, prices at the left, times below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from spot_price.core.chart.scales import log_ticks, price_ticks, time_ticks
from spot_price.core.records import Seconds
from spot_price.core.steps import Steps
from spot_price.watch import palette
from spot_price.watch.raster import DOWN, NOBODY, Frame, raster
from spot_price.watch.view import Band

GUTTER: Final = 9
"""Cells for prices, the line beside them with it."""
ROWS_A_TICK: Final = 4
COLUMNS_A_TICK: Final = 10
_FAINT: Final = Style(color=palette.FAINT, bgcolor=palette.GROUND)
_GRID: Final = Style(color=palette.GRID, bgcolor=palette.GROUND)
_GROUND: Final = Style(color=palette.TEXT, bgcolor=palette.GROUND)


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """What the chart draws.

    Attributes:
        lines: the most important first.
        places: which colour and dashes each has, as `palette` counts them.
        start, end: time.
        band: US dollars an hour.
        log: whether equal ratios are equally high.
        words: what to say where there is no line.
    """

    lines: Sequence[Steps]
    places: Sequence[int]
    start: Seconds
    end: Seconds
    band: Band
    log: bool
    words: str = ""


class Chart(Widget, can_focus=False):
    """Draws a `Drawing` as large as it is."""

    DEFAULT_CSS = "Chart { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own word)
        super().__init__(id=id)
        self._drawing: Drawing | None = None
        self._strips: list[Strip] = []
        self._made_for: tuple[Drawing | None, int, int] | None = None

    def draw(self, drawing: Drawing) -> None:
        """Show this from now on."""
        self._drawing = drawing
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row of cells."""
        width, height = self.size
        made_for = (self._drawing, width, height)
        if self._made_for != made_for:
            self._strips = paint(self._drawing, width, height)
            self._made_for = made_for
        return self._strips[y] if y < len(self._strips) else Strip.blank(width, _GROUND)


def paint(drawing: Drawing | None, width: int, height: int) -> list[Strip]:
    """The chart in so many cells."""
    columns, rows = width - GUTTER, height - 2
    if drawing is None or columns < 1 or rows < 1:
        return [Strip.blank(width, _GROUND)] * height
    low, high = drawing.band
    frame = Frame(drawing.start, drawing.end, low, high, columns, rows, drawing.log)
    drawn = raster(drawing.lines, frame, [palette.dash(place) for place in drawing.places])
    styles = [Style(color=palette.colour(place), bgcolor=palette.GROUND) for place in drawing.places]
    labels = _labels(frame)
    strips = []
    for number, runs in enumerate(drawn.runs()):
        label = labels.get(number)
        gutter = Segment(f"{label:>{GUTTER - 2}} ┤" if label else " " * (GUTTER - 1) + "│", _FAINT)
        cells = [Segment(text, styles[owner]) if owner != NOBODY else Segment(text, _GROUND) for text, owner in runs]
        strips.append(Strip([gutter, *(_ruled(cells) if label else cells)], width))
    if drawing.words and not drawn.codes.any():
        strips[rows // 2] = _said(drawing.words, width)
    return [*strips, *_axis(drawing, columns, width)]


def _labels(frame: Frame) -> dict[int, str]:
    """Prices by the row of cells that they stand at."""
    ticks = log_ticks if frame.log else price_ticks
    found: dict[int, str] = {}
    for tick in ticks(frame.low, frame.high, max(2, frame.rows // ROWS_A_TICK)):
        up = round(float(frame.heights(np.array([tick.value]))[0]))
        if 0 <= up < frame.height:
            found.setdefault(frame.rows - 1 - up // DOWN, tick.label[: GUTTER - 2])
    return found


def _ruled(cells: Sequence[Segment]) -> list[Segment]:
    """A row with a faint rule where there is no line."""
    ruled: list[Segment] = []
    for text, style, _ in cells:
        for empty, piece in _pieces(text):
            ruled.append(Segment("┈" * len(piece), _GRID) if empty else Segment(piece, style))
    return ruled


def _pieces(text: str) -> list[tuple[bool, str]]:
    pieces: list[tuple[bool, str]] = []
    for sign in text:
        empty = sign == "⠀"
        if pieces and pieces[-1][0] == empty:
            pieces[-1] = (empty, pieces[-1][1] + sign)
        else:
            pieces.append((empty, sign))
    return pieces


def _axis(drawing: Drawing, columns: int, width: int) -> list[Strip]:
    start, end = drawing.start, drawing.end
    line, words = ["─"] * columns, [" "] * (columns + GUTTER)
    free = 0
    for tick in time_ticks(start, end, max(1, columns // COLUMNS_A_TICK)):
        at = min(int((tick.value - start) * columns / (end - start)), columns - 1)
        line[at] = "┬"
        begin = max(0, min(GUTTER + at - len(tick.label) // 2, len(words) - len(tick.label)))
        if begin >= free:
            words[begin : begin + len(tick.label)] = tick.label
            free = begin + len(tick.label) + 1
    corner = " " * (GUTTER - 1) + "└"
    return [
        Strip([Segment(corner + "".join(line), _FAINT)], width),
        Strip([Segment("".join(words), _FAINT)], width),
    ]


def _said(words: str, width: int) -> Strip:
    room = max(0, width - GUTTER)
    text = " " * (GUTTER - 1) + "│" + words[:room].center(room)
    return Strip([Segment(text, _FAINT)], width)
