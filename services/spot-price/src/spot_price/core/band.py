"""The band of prices that a chart shows first: near the lowest, where what is worth choosing lies.

A Spot price spikes to ten times what it is most of the time. An axis that reaches the spikes presses every line that
is worth choosing onto the floor.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.steps import Steps

CHEAPEST: Final = 6
"""Heights that the band is made for: as many as are told apart at a glance."""
_ALIKE: Final = 1.02
"""Lines whose prices are no further apart than this ratio lie on one height: three zones often cost the same."""
USUALLY: Final = 0.75
"""Share of the time that a line is to be inside the band."""
FARTHEST: Final = 3.0
"""Times the lowest price beyond which a line is left out, the cheapest excepted, however few there are."""
MARGIN: Final = 0.05
"""Share of the band left free on each side: a line at its minimum is seen as a line, not as the frame."""
FLAT: Final = 0.1
"""Height of the band, as a share of the price, where every price is the same."""
NOTHING: Final = (0.0, 1.0)
"""The band where no price is known."""


def first_band(series: Sequence[Steps]) -> tuple[float, float]:
    """The y range that a chart of these begins with, in US dollars an hour.

    It goes from just under the lowest price of all up to where the cheapest lines are most of the time: `CHEAPEST`
    heights of them, for `USUALLY` of their known time each, as far as that is within `FARTHEST` times the lowest price.
    The cheapest line is always inside for that share of its time.

    Args:
        series: one line each; where a price is not known it counts for nothing.

    Returns:
        Bottom and top; bottom is at least 0 and less than top.
    """
    usual, lowest = [], []
    for steps in series:
        known = ~np.isnan(steps.price) & (steps.lengths() > 0)
        if known.any():
            price = steps.price[known]
            usual.append(_usually_under(price, steps.lengths()[known]))
            lowest.append(float(price.min()))
    if not lowest:
        return NOTHING
    low = min(lowest)
    heights: list[float] = []
    for each in sorted(usual):
        if not heights or each > heights[-1] * _ALIKE:
            heights.append(each)
    high = max([heights[0], *(each for each in heights[:CHEAPEST] if each <= FARTHEST * low)])
    if high <= low:
        high = low * (1 + FLAT)
        low *= 1 - FLAT
    margin = (high - low) * MARGIN
    return max(0.0, low - margin), high + margin


def _usually_under(price: NDArray[np.float64], lengths: NDArray[np.int64]) -> float:
    """The least price that a line is at or under for `USUALLY` of the time."""
    order = np.argsort(price)
    time = np.cumsum(lengths[order])
    return float(price[order[np.searchsorted(time, USUALLY * time[-1])]])
