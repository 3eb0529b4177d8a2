"""The full chart: axes, lines with their names at their ends, a legend by price."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from spot_price.core.chart.lines import polylines
from spot_price.core.chart.looks import Look, Theme
from spot_price.core.chart.scales import PriceScale, Tick, TimeScale
from spot_price.core.chart.tree import Anchor, Group, Leaf, Line, Mark, Picture, Typesetter, Words
from spot_price.core.records import Seconds
from spot_price.core.steps import Steps

_TYPE: Final = 12
_HEADING: Final = 15
_LINE: Final = 17
_PAD: Final = 12
_BOLD: Final = 1.1
"""Times as wide as the regular weight, at most."""
_NARROW: Final = 520
"""Pixels of width below which lines have no names at their ends: the legend alone says them."""
_TICK_ROOM: Final = (44, 76)
"""Pixels that a price's tick takes at least, and a time's."""
_LEGEND_SHARE: Final = 0.34
"""Of the height, at most."""
_SAMPLE: Final = 30
_COLUMN: Final = 170
"""Pixels of a legend's column at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One line of a chart.

    Attributes:
        label: what it is called: `use1-az1`, with the type where there are several.
        price: what it costs now, US dollars an hour; None: not known.
        look: how it is told apart.
    """

    key: str
    label: str
    price: float | None
    look: Look
    steps: Steps


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart shows of its series, and how.

    Attributes:
        start, end: the window.
        low, high: the band of prices.
        log: whether equal ratios are equally far apart.
        heading: what it is of; empty: whatever it stands in says that, and where the prices come from.
        note: where the prices come from.
        warns: whether the note is to be seen before all: the prices are made up.
    """

    width: int
    height: int
    start: Seconds
    end: Seconds
    low: float
    high: float
    heading: str
    note: str
    warns: bool = False
    log: bool = False
    legend: bool = True


def full(series: Sequence[Series], frame: Frame, theme: Theme, setter: Typesetter) -> Picture:
    """Place everything.

    Args:
        series: in any order; the legend has the cheapest first, those of unknown price last.
        frame: what is shown of them.
        theme: in which colours.
        setter: measures text.
    """
    ordered = by_price(series)
    legend = _Legend(ordered, frame, theme, setter) if frame.legend and series else None
    names_right = frame.width >= _NARROW
    widest = max((setter.width(one.label, _TYPE) for one in series), default=0.0)
    right = frame.width - _PAD - (math.ceil(widest) + 24 if names_right else 2)
    bottom = frame.height - _PAD - _LINE - (legend.height if legend else 0)
    top = _PAD + (_HEADING + 14 if frame.heading else 0)
    price = PriceScale(frame.low, frame.high, top, bottom, log=frame.log)
    ticks = price.ticks(max(2, int((bottom - top) / _TICK_ROOM[0])))
    left = _PAD + math.ceil(max((setter.width(tick.label, _TYPE) for tick in ticks), default=0)) + 8
    time = TimeScale(frame.start, frame.end, left, right)
    groups = [
        Group("heading", tuple(_heading(frame, theme, setter)) if frame.heading else ()),
        Group("axis", tuple(axes(price, time, ticks, theme))),
        *(_line_of(one, time, price, theme) for one in reversed(ordered)),
    ]
    if names_right:
        groups.append(Group("labels", tuple(_names(ordered, time, price, theme))))
    if legend:
        groups.append(Group("legend", tuple(legend.leaves(bottom + _LINE + _PAD))))
    if not any(len(one.steps) for one in series):
        middle = Words((left + right) / 2, (top + bottom) / 2, "no prices", _HEADING, theme.soft, Anchor.MIDDLE)
        groups.append(Group("empty", (middle,)))
    title = f"{frame.heading}: {_said(ordered)} ({frame.note})"
    return Picture(frame.width, frame.height, theme.paper, title, Group("chart", tuple(groups)))


def by_price(series: Sequence[Series]) -> list[Series]:
    """The cheapest first, those of unknown price last."""
    return sorted(series, key=lambda one: (one.price is None, one.price or 0.0, one.label))


def price_label(price: float | None) -> str:
    """A price in words: four decimals, or as many as it has; `?` where it is not known."""
    if price is None or math.isnan(price):
        return "?"
    exact = f"{price:.6f}".rstrip("0")
    return f"${max(exact, f'{price:.4f}', key=len)}"


def _said(ordered: Sequence[Series]) -> str:
    if not ordered or ordered[0].price is None:
        return "no price is known"
    cheapest = ordered[0]
    return f"cheapest now {cheapest.label} at {price_label(cheapest.price)} an hour"


def _heading(frame: Frame, theme: Theme, setter: Typesetter) -> Iterator[Leaf]:
    room = frame.width - 2 * _PAD
    note = Words(
        frame.width - _PAD,
        _PAD + _HEADING - 2,
        frame.note,
        _TYPE,
        theme.warn if frame.warns else theme.soft,
        Anchor.END,
    )
    taken = setter.width(frame.note, _TYPE) + 16
    heading = _cut(frame.heading, (room - taken) / _BOLD, _HEADING, setter)
    yield Words(_PAD, _PAD + _HEADING - 2, heading, _HEADING, theme.ink, bold=True)
    yield note


def _cut(text: str, room: float, size: int, setter: Typesetter) -> str:
    if setter.width(text, size) <= room:
        return text
    while text and setter.width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def axes(price: PriceScale, time: TimeScale, ticks: Sequence[Tick], theme: Theme) -> Iterator[Leaf]:
    """Lines and labels of prices, on the left, and of times, below."""
    for tick in ticks:
        y = round(float(price.y(np.array([tick.value]))[0]))
        yield Line(((time.left, y), (time.right, y)), theme.line)
        yield Words(time.left - 6, y + 4, tick.label, _TYPE, theme.soft, Anchor.END)
    most = max(2, int((time.right - time.left) / _TICK_ROOM[1]))
    for tick in time.ticks(most):
        x = round(float(time.x(np.array([tick.value], np.int64))[0]))
        yield Line(((x, price.top), (x, price.bottom)), theme.line)
        if x - time.left > 14 and time.right - x > 14:  # noqa: PLR2004 - half a label: it would reach over the edge
            yield Words(x, price.bottom + _LINE - 2, tick.label, _TYPE, theme.soft, Anchor.MIDDLE)
    yield Line(((time.left, price.bottom), (time.right, price.bottom)), theme.soft)
    yield Words(time.left - 6, price.bottom + _LINE - 2, "UTC", _TYPE, theme.soft, Anchor.END)


def _line_of(one: Series, time: TimeScale, price: PriceScale, theme: Theme) -> Group:
    colour = theme.hues[one.look.hue]
    leaves: list[Leaf] = [
        Line(points, colour, 1.8, one.look.dash) for points in polylines(one.steps, time, price) if len(points) > 1
    ]
    y = _end_of(one.steps, time, price)
    if y is not None:
        x = float(time.x(np.array([min(time.end, one.steps.end)]))[0])
        leaves.append(Mark(x, y, one.look.marker, colour))
    return Group("series", tuple(leaves), one.key)


def _end_of(steps: Steps, time: TimeScale, price: PriceScale) -> float | None:
    """Where a line ends, which may be before the window does; None: nowhere in the frame."""
    inside = steps.window(time.start, time.end)
    y = float(price.y(np.array([inside.value(inside.end - 1)]))[0])
    return y if price.top <= y <= price.bottom else None


def _names(ordered: Sequence[Series], time: TimeScale, price: PriceScale, theme: Theme) -> Iterator[Leaf]:
    """Names at the lines' ends, the cheapest lowest; where there is no room for all, the cheapest have it."""
    wanted = []
    for one in ordered:
        y = _end_of(one.steps, time, price)
        if y is not None:
            wanted.append((y, one))
    room = int((price.bottom - price.top) / (_TYPE + 1))
    placed = spread([y for y, _ in wanted[:room]], _TYPE + 1, price.top + 4, price.bottom)
    for y, (_, one) in zip(placed, wanted, strict=False):
        yield Mark(time.right + 13, y, one.look.marker, theme.hues[one.look.hue], 7)
        yield Words(time.right + 20, y + 4, one.label, _TYPE, theme.ink)


def spread(wanted: Sequence[float], apart: float, top: float, bottom: float) -> list[float]:
    """Places from the lowest up, as near to the wanted ones as can be, `apart` from each other, between top and bottom.

    Args:
        wanted: falling y; they fit: `(len - 1) * apart <= bottom - top`.
        apart: pixels between two.
        top: the first place there is.
        bottom: the last.
    """
    placed: list[float] = []
    limit = bottom
    for y in wanted:
        limit = min(y, limit)
        placed.append(limit)
        limit -= apart
    limit = top
    for number in range(len(placed) - 1, -1, -1):
        placed[number] = limit = max(placed[number], limit)
        limit += apart
    return placed


class _Legend:
    """Every line with its price, the cheapest first, in columns; as many as there is room for."""

    def __init__(self, ordered: Sequence[Series], frame: Frame, theme: Theme, setter: Typesetter) -> None:
        self._theme, self._setter = theme, setter
        names = max(setter.width(one.label, _TYPE) for one in ordered)
        self._name = _SAMPLE + 12 + math.ceil(names)
        prices = max(setter.width(price_label(one.price), _TYPE) for one in ordered)
        column = max(min(_COLUMN, frame.width - 2 * _PAD), self._name + math.ceil(prices) + 28)
        self._columns = max(1, (frame.width - 2 * _PAD) // column)
        self._column = (frame.width - 2 * _PAD) // self._columns
        self._price = math.ceil(prices)
        rows = math.ceil(len(ordered) / self._columns)
        self._rows = max(1, min(rows, int(frame.height * _LEGEND_SHARE / _LINE)))
        places = self._rows * self._columns
        self._more = max(0, len(ordered) - places + 1) if len(ordered) > places else 0
        self._shown = ordered[: places - 1] if self._more else ordered

    @property
    def height(self) -> int:
        """In pixels."""
        return self._rows * _LINE + 6

    def leaves(self, top: float) -> Iterator[Leaf]:
        """What is painted from `top` down, column by column."""
        for number, one in enumerate(self._shown):
            x, y = self._place(number, top)
            colour = self._theme.hues[one.look.hue]
            yield Line(((x, y - 4), (x + _SAMPLE, y - 4)), colour, 1.8, one.look.dash)
            yield Mark(x + _SAMPLE / 2, y - 4, one.look.marker, colour)
            yield Words(x + _SAMPLE + 8, y, one.label, _TYPE, self._theme.ink)
            place = x + self._name + 14 + self._price
            yield Words(place, y, price_label(one.price), _TYPE, self._theme.ink, Anchor.END)
        if self._more:
            x, y = self._place(len(self._shown), top)
            yield Words(x + _SAMPLE + 8, y, f"+ {self._more}", _TYPE, self._theme.soft)

    def _place(self, number: int, top: float) -> tuple[float, float]:
        column, row = divmod(number, self._rows)
        return _PAD + column * self._column, top + row * _LINE + _LINE - 5


def heading_of(types: Sequence[str], start: Seconds, end: Seconds) -> str:
    """What a chart is of: its types (three of them named), how long it reaches back and from when."""
    some = ", ".join(types[:3]) + (f" + {len(types) - 3}" if len(types) > 3 else "")  # noqa: PLR2004
    return f"{some or 'Spot'}, {span_label(end - start)} to {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M}"


def span_label(seconds: int) -> str:
    """`3 h`, `90 min`, `7 d`."""
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
