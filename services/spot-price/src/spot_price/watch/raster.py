"""Step functions as dots of braille: 2 × 4 dots in each cell of the terminal, all lines in one go of numpy.

Unicode 2800 to 28FF: bit 0 to 7 of the character are the dots 1 to 8, of which 1, 2, 3, 7 stand in the left column and
4, 5, 6, 8 in the right one, from the top.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import Seconds
from spot_price.core.steps import Steps

ACROSS: Final = 2
DOWN: Final = 4
BLANK: Final = 0x2800
NOBODY: Final = -1
DASHES: Final = ((1, 0), (6, 3), (2, 2), (8, 2, 2, 2))
"""How a line is drawn where it is level, in dots: so many on, so many off, in turn. The first is without gaps.

Where the price changes nothing is left out: a spike may be one dot wide.
"""
_DOTS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.uint8)


@dataclass(frozen=True, slots=True)
class Frame:
    """What part of time and price the cells show.

    Attributes:
        start, end: time, from the left edge to the right one.
        low, high: US dollars an hour, at the lowest dot and at the highest one.
        columns, rows: cells.
        log: whether equal ratios of prices are equally high. `low` is above 0 then.
    """

    start: Seconds
    end: Seconds
    low: float
    high: float
    columns: int
    rows: int
    log: bool = False

    @property
    def width(self) -> int:
        """Dots across."""
        return self.columns * ACROSS

    @property
    def height(self) -> int:
        """Dots from the lowest to the highest."""
        return self.rows * DOWN

    def heights(self, prices: NDArray[np.float64]) -> NDArray[np.float64]:
        """Dots above the lowest one, not rounded; below 0 and above `height - 1` it is outside. NaN stays NaN."""
        low, high = self.low, self.high
        if self.log:
            prices = np.log(np.maximum(prices, 1e-9))
            low, high = np.log(low), np.log(high)
        return np.asarray((prices - low) / (high - low) * (self.height - 1), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """What is in each cell, rows from the top.

    Attributes:
        codes: the dots as bits, uint8, [rows, columns]; 0 is an empty cell.
        owner: whose colour the cell has: the index of the first line in it, int16, [rows, columns]; -1: empty.
    """

    codes: NDArray[np.uint8]
    owner: NDArray[np.int16]

    def runs(self) -> list[list[tuple[str, int]]]:
        """Every row's characters in runs of one owner, with that owner; empty cells go with what is before them."""
        rows, columns = self.owner.shape
        if not columns:
            return [[] for _ in range(rows)]
        text = (self.codes.astype("<u4") + BLANK).tobytes().decode("utf-32-le")
        before = np.maximum.accumulate(np.where(self.owner != NOBODY, np.arange(columns), 0), axis=1)
        owner = np.take_along_axis(self.owner, before, axis=1).reshape(-1)
        changes = np.append(True, owner[1:] != owner[:-1])
        changes[::columns] = True
        begins = np.flatnonzero(changes)
        runs = [
            (text[begin:end], whose)
            for begin, end, whose in zip(
                begins.tolist(), [*begins[1:].tolist(), len(text)], owner[begins].tolist(), strict=True
            )
        ]
        firsts = np.searchsorted(begins, np.arange(rows + 1) * columns).tolist()
        return [runs[first:last] for first, last in pairwise(firsts)]


def raster(lines: Sequence[Steps], frame: Frame, dashes: Sequence[int] = ()) -> Raster:
    """Draw lines as steps: level at a price, upright where it changes.

    What is outside the frame is left out; an upright that crosses its edge ends there. Where nothing was known between
    two prices of a line, at least one column of dots has nothing of that line, however short the hole was. Two lines in
    one cell have the colour of the one that comes first.

    Args:
        lines: the most important first.
        frame: what the cells show.
        dashes: index into `DASHES` for each line; none: all without gaps.
    """
    height, width = frame.height, frame.width
    codes = np.zeros((frame.rows, frame.columns), np.uint8)
    owner = np.full((frame.rows, frame.columns), NOBODY, np.int16)
    bounds = _bounds(lines, frame)
    if bounds is None:
        return Raster(codes, owner)
    lowest, highest = np.rint(frame.heights(bounds))
    with np.errstate(invalid="ignore"):  # NaN is neither
        seen = (highest >= 0) & (lowest < height)
        if dashes:
            seen &= _PATTERNS[np.asarray(dashes)][:, np.arange(width) % _PERIOD] | (highest > lowest)
    which, column = np.nonzero(seen)
    # Rows of dots from the top; what goes on outside the frame ends at its edge.
    under = height - 1 - np.maximum(lowest[seen], 0).astype(np.int64)
    over = height - 1 - np.minimum(highest[seen], height - 1).astype(np.int64)

    # An upright is +1 where it begins and -1 after its end; the sums down each column say where there are dots.
    size = (height + 1) * width
    edges = np.bincount(over * width + column, minlength=size) - np.bincount(
        (under + 1) * width + column, minlength=size
    )
    dots = edges.reshape(height + 1, width).cumsum(axis=0)[:height] > 0
    cells = dots.reshape(frame.rows, DOWN, frame.columns, ACROSS)
    codes = (cells * _DOTS[:, None, :]).sum(axis=(1, 3), dtype=np.uint8)

    # Of two assignments to a cell numpy keeps the last, so the first line goes last.
    top, bottom, across = (values[::-1] for values in (over // DOWN, under // DOWN, column // ACROSS))
    tall = bottom - top + 1
    begins = np.cumsum(tall) - tall
    row = np.repeat(top - begins, tall) + np.arange(tall.sum())
    owner[row, np.repeat(across, tall)] = np.repeat(which[::-1], tall)
    return Raster(codes, owner)


def _bounds(lines: Sequence[Steps], frame: Frame) -> NDArray[np.float64] | None:
    """The lowest and the highest price of each line in each column of dots: float64, [2, lines, width]; NaN: nothing.

    All lines lie in one array. Counting how many of a line's steps begin in each column tells, for all columns of all
    lines at once, which steps are in force in it; whole numbers alone, so that a change on an edge is exactly there.
    """
    width, span = frame.width, frame.end - frame.start
    if not any(len(steps) for steps in lines) or span <= 0 or not width or not frame.rows:
        return None
    # Around each line's steps an unknown one before the frame and one after its end: some step is always in force.
    left = np.array([frame.start - 1])
    at = np.concatenate([part for steps in lines for part in (left, steps.at, np.array([steps.end]))])
    price = np.concatenate([part for steps in lines for part in (_NAN, steps.price, _NAN)])
    own = np.array([len(steps) + 2 for steps in lines])
    ends = np.cumsum(own)
    line = np.repeat(np.arange(len(lines)), own)

    column, rest = np.divmod((at - frame.start) * width, span)
    place = line * (width + 2) + np.clip(column, -1, width) + 1
    size = len(lines) * (width + 2)
    begun = np.cumsum(np.bincount(place, minlength=size)).reshape(len(lines), width + 2)
    exact = np.bincount(place[rest == 0], minlength=size).reshape(len(lines), width + 2)
    # The step before a change that falls on a column's left edge belongs to it too: there the upright stands, unless
    # nothing is known from exactly there on.
    before, last = begun[:, :width] - 1, begun[:, 1 : width + 1]
    first = before + exact[:, 1 : width + 1]
    between = np.empty((len(lines), width, 2), np.int64)
    between[..., 0] = np.where(np.isnan(price[first]), first, before)
    between[..., 1] = last
    padded = np.append(price, np.nan)  # reduceat takes no index past the end
    lowest, highest = (
        reduce.reduceat(padded, between.reshape(-1))[::2].reshape(len(lines), width) for reduce in (np.fmin, np.fmax)
    )
    unknown = np.isnan(price)
    if unknown.sum() > 2 * len(lines):
        known = np.cumsum(~unknown)
        base, total = known[ends - own], known[ends - 1]
        hole = unknown & (known > base[line]) & (known < total[line])
        counted = np.concatenate(([0], np.cumsum(hole)))
        crossed = counted[last] > counted[first]
        lowest[crossed] = highest[crossed] = np.nan
    return np.stack((lowest, highest))


def _pattern(dash: Sequence[int], period: int) -> NDArray[np.bool_]:
    once = np.concatenate([np.full(length, not index % 2) for index, length in enumerate(dash)])
    return np.tile(once, period // len(once))


_PERIOD: Final = int(np.lcm.reduce([sum(dash) for dash in DASHES]))
_PATTERNS: Final = np.stack([_pattern(dash, _PERIOD) for dash in DASHES])
_NAN: Final = np.array([np.nan])
