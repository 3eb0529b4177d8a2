"""Steps as lines on a chart: cut where nothing is known, cut at the frame, and no finer than pixels."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.chart.scales import PriceScale, TimeScale
from spot_price.core.chart.tree import Point
from spot_price.core.steps import Steps

_FINE: Final = 2
"""Steps a pixel from which on a column is drawn as what it spans: more steps are not seen."""


def polylines(steps: Steps, time: TimeScale, price: PriceScale) -> list[tuple[Point, ...]]:
    """The lines that a step function makes within the frame.

    Where the price is not known there is no line, neither across nor up. What is above or below the frame is left out;
    a line that leaves it goes up to the frame, where the eye can follow it.
    """
    found: list[tuple[Point, ...]] = []
    inside = steps.window(time.start, time.end)
    for at, prices, end in _known(inside):
        x, y = time.x(np.append(at, end)), price.y(prices)
        if len(y) > _FINE * (time.right - time.left):
            x, y = _thinned(x, y)
        found.extend(_within(np.round(x, 1), np.round(y, 1), price.top, price.bottom))
    return found


def coarse(steps: Steps, most: int) -> Steps:
    """Much the same in about `most` steps: of each stretch its first, lowest, highest and last, and all gaps."""
    if len(steps) <= most:
        return steps
    edges = np.linspace(float(steps.at[0]), float(steps.end), max(1, most // 4) + 1)
    first = np.unique(np.searchsorted(steps.at, edges[:-1]))
    first = first[first < len(steps)]
    bounds = np.append(first, len(steps))
    kept = [*first.tolist(), *(bounds[1:] - 1).tolist()]
    for start, end in pairwise(bounds.tolist()):
        part = steps.price[start:end]
        if not np.isnan(part).all():
            kept += (start + int(np.nanargmin(part)), start + int(np.nanargmax(part)))
    gaps = np.flatnonzero(np.isnan(steps.price))
    places = np.unique(np.concatenate((np.array(kept, np.int64), gaps, gaps[gaps + 1 < len(steps)] + 1)))
    return Steps(steps.at[places], steps.price[places], steps.end)


def _known(steps: Steps) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64], int]]:
    """Stretches in which the price is known: where each begins, its prices, and where the stretch ends."""
    for first, last in _stretches(~np.isnan(steps.price)):
        end = int(steps.at[last]) if last < len(steps) else steps.end
        if end > steps.at[first]:
            yield steps.at[first:last], steps.price[first:last], end


def _stretches(holds: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """From and to (the first after it) of each stretch in which something holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], holds, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most four steps a column of pixels: the first, the least, the greatest and the last."""
    columns = np.floor(x[:-1])
    first = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    last = np.append(first[1:], len(y)) - 1
    kept = np.stack((y[first], np.minimum.reduceat(y, first), np.maximum.reduceat(y, first), y[last]), axis=1)
    return np.append(np.repeat(columns[first], 4), x[-1]), kept.ravel()


def _within(x: NDArray[np.float64], y: NDArray[np.float64], top: float, bottom: float) -> Iterator[tuple[Point, ...]]:
    """Lines of steps from `x[i]` to `x[i + 1]` at `y[i]`, cut at the frame."""
    held = np.clip(y, top, bottom)
    for first, last in _stretches((y >= top) & (y <= bottom)):
        across = np.repeat(x[first : last + 1], 2)[1:-1]
        points = np.stack((across, np.repeat(y[first:last], 2)), axis=1)
        before = [(x[first], held[first - 1])] if first > 0 else []
        after = [(x[last], held[last])] if last < len(y) else []
        yield _joined([*before, *points.tolist(), *after])


def _joined(points: list[tuple[float, float]]) -> tuple[Point, ...]:
    """The same line without points in the middle of straight ones."""
    kept: list[Point] = []
    for x, y in points:
        point = (float(x), float(y))
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and kept[-1][1] == kept[-2][1] == point[1]:
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept)
