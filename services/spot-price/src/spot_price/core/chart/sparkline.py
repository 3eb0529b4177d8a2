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

_EDGE: Final = 3
"""Pixels left free on each side, for the dot at the end."""


def sparkline(
    steps: Steps, *, start: Seconds, end: Seconds, size: tuple[int, int], look: Look, theme: Theme, title: str
) -> Picture:
    """A price over a window in `size` (width, height) pixels: from its lowest to where it usually is.

    What is above that is cut off at the top edge; a gap is a gap.
    """
    width, height = size
    low, high = first_band([steps.window(start, end)])
    time = TimeScale(start, end, 1, width - _EDGE)
    price = PriceScale(low, high, _EDGE, height - _EDGE)
    last = min(end, steps.end)
    colour = theme.hues[look.hue]
    leaves: list[Leaf] = [Line(points, colour, 1.4) for points in polylines(steps, time, price) if len(points) > 1]
    y = float(price.y(np.array([steps.value(last - 1)]))[0])
    if price.top <= y <= price.bottom:
        x = float(time.x(np.array([last]))[0])
        leaves.append(Mark(round(x, 1), round(y, 1), Marker.CIRCLE, colour, 5))
    return Picture(width, height, theme.paper, title, Group("sparkline", tuple(leaves)))
