"""A line the size of a word: how a price went, without axes (E. Tufte, Beautiful Evidence, 2006)."""

from typing import Final

import numpy as np

from spot_price.core.band import first_band
from spot_price.core.chart.lines import polylines
from spot_price.core.chart.looks import Look, Marker, Theme
from spot_price.core.chart.scales import PriceScale, TimeScale
from spot_price.core.chart.tree import Group, Leaf, Line, Mark, Picture
from spot_price.core.records import Seconds
from spot_price.core.steps import Steps

_ROOM: Final = 1.01
_EDGE: Final = 3
"""Pixels left free on each side, for the dot at the end."""


def sparkline(
    steps: Steps, *, start: Seconds, end: Seconds, size: tuple[int, int], look: Look | None, theme: Theme, title: str
) -> Picture:
    """A price over a window in `size` (width, height) pixels: from its lowest to where it usually is, and is now.

    What is above that is cut off at the top edge; a gap is a gap. Without a look it has the colour of notes.
    """
    width, height = size
    inside = steps.window(start, end)
    low, high = first_band([inside])
    now = inside.value(inside.end - 1)
    high = max(high, now * _ROOM) if now > high else high
    time = TimeScale(start, end, 1, width - _EDGE)
    price = PriceScale(low, high, _EDGE, height - _EDGE)
    colour = theme.hues[look.hue] if look else theme.soft
    leaves: list[Leaf] = [Line(points, colour, 1.4) for points in polylines(inside, time, price) if len(points) > 1]
    y = float(price.y(np.array([now]))[0])
    if price.top <= y <= price.bottom:
        x = float(time.x(np.array([inside.end]))[0])
        leaves.append(Mark(round(x, 1), round(y, 1), Marker.CIRCLE, colour, 5))
    return Picture(width, height, theme.paper, title, Group("sparkline", tuple(leaves)))
