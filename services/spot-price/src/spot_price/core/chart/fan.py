"""A fan: how a price went, and between which prices it will be with which chance, the darker the likelier.

Source: Britton, Fisher and Whitley, "The Inflation Report projections: understanding the fan chart", 1998.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from spot_price.core.chart.full import axes
from spot_price.core.chart.lines import polylines
from spot_price.core.chart.looks import Theme
from spot_price.core.chart.scales import PriceScale, TimeScale
from spot_price.core.chart.tree import Area, Group, Leaf, Line, Picture, Point, Typesetter, Words
from spot_price.core.forecast import HOUR, Floats
from spot_price.core.records import Seconds
from spot_price.core.steps import Steps

BACK: Final = 24 * HOUR
"""Seconds of the past that are shown."""
_BANDS: Final = ((0, -1, 0.16), (1, -2, 0.2), (2, -3, 0.26))
"""Which quantiles each band lies between, and how much it covers what is under it; they add up."""
_TYPE: Final = 12
_TICK_ROOM: Final = 44
_ROOM: Final = 0.08
"""Of the span of prices, left free above and below."""


def fan(
    steps: Steps,
    quantiles: Floats,
    now: Seconds,
    *,
    size: tuple[int, int],
    theme: Theme,
    setter: Typesetter,
    words: tuple[str, str],
    hue: int = 0,
) -> Picture:
    """Place everything: the last day on the left, the hours ahead on the right, as wide as they are long.

    Args:
        steps: the price.
        quantiles: US dollars an hour at the end of each hour ahead, (hours, shares).
        now: where both meet.
        size: width and height in pixels.
        theme: in which colours.
        setter: measures text.
        words: what the place where both meet is called; what all of it shows.
        hue: which of the theme's, so that it is that of the pool's line elsewhere.
    """
    width, height = size
    past = steps.window(now - BACK, now)
    known = past.price[~np.isnan(past.price)]
    value = past.value(past.end - 1)
    first = quantiles[:1] if np.isnan(value) else np.full((1, quantiles.shape[1]), value)
    usual = float(np.quantile(known, 0.95)) if len(known) else 0.0  # a spike of the past is cut off
    low, high = float(min(quantiles.min(), first.min(), known.min(initial=np.inf))), float(quantiles.max())
    high = max(high, usual, float(first.max()))
    room = (high - low or high) * _ROOM
    top, bottom = 20, height - 32
    price = PriceScale(max(0.0, low - room), high + room, top, bottom)
    ticks = price.ticks(max(2, int((bottom - top) / _TICK_ROOM)))
    left = 20 + int(max((setter.width(tick.label, _TYPE) for tick in ticks), default=0.0))
    time = TimeScale(now - BACK, now + len(quantiles) * HOUR, left, width - 12)
    colour = theme.hues[hue]
    x = round(float(time.x(np.array([now]))[0]), 1)
    xs = time.x(now + HOUR * np.arange(len(quantiles) + 1, dtype=np.int64))
    leaves: list[Leaf] = [*_bands(xs, price.y(np.vstack((first, quantiles))), colour)]
    leaves += [Line(points, colour, 1.8) for points in polylines(past, time, price) if len(points) > 1]
    leaves += [Line(((x, top), (x, bottom)), theme.soft, 1, (2, 3)), Words(x + 5, top + 8, words[0], _TYPE, theme.soft)]
    groups = (Group("axis", tuple(axes(price, time, ticks, theme))), Group("fan", tuple(leaves)))
    return Picture(width, height, theme.paper, words[1], Group("chart", groups))


def _bands(xs: Floats, ys: Floats, hue: str) -> Iterator[Leaf]:
    """Bands that open from the price of now, and the middle of them."""
    for lower, upper, share in _BANDS:
        yield Area((*_points(xs, ys[:, upper]), *reversed(_points(xs, ys[:, lower]))), hue, share)
    middle = ys[:, ys.shape[1] // 2]
    # Across and up, as lines here are: the middle of each hour holds for it.
    points = [(x, y) for left, right, y in zip(xs, xs[1:], middle[1:], strict=False) for x in (left, right)]
    yield Line(tuple(_points(*np.array(points).T)), hue, 1.4, (4, 3))


def _points(xs: Floats, ys: Floats) -> list[Point]:
    return [(round(float(x), 1), round(float(y), 1)) for x, y in zip(xs, ys, strict=True)]
