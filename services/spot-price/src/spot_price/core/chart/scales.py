"""Scales: where prices and times are on a chart, and the round values that its axes name."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import Seconds

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_TIME_STEPS: Final = (
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28)),
)
_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_NARROW: Final = 3.0
"""Times the lowest price below which a scale of ratios is nearly even."""
_LEAST_PRICE: Final = 1e-6
"""The finest price that the API says."""
_MONDAY: Final = 4 * _DAY
"""1970-01-05 was a Monday: weeks are counted from there."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A value that an axis names."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class PriceScale:
    """From prices to y, which grows downwards.

    Attributes:
        low, high: prices at the bottom and at the top.
        top, bottom: their y.
        log: whether equal ratios, not equal differences, are equally far apart.
    """

    low: float
    high: float
    top: float
    bottom: float
    log: bool = False

    def y(self, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where prices are; NaN where a price is."""
        low, high = self._line(self.low), self._line(self.high)
        if self.log:
            price = np.log(np.maximum(price, _LEAST_PRICE))
        share = (price - low) / (high - low)
        return np.asarray(self.bottom + share * (self.top - self.bottom))

    def ticks(self, most: int) -> list[Tick]:
        """Round prices within the scale, `most` at most."""
        return log_ticks(self.low, self.high, most) if self.log else price_ticks(self.low, self.high, most)

    def _line(self, price: float) -> float:
        return math.log(max(price, _LEAST_PRICE)) if self.log else price


@dataclass(frozen=True, slots=True)
class TimeScale:
    """From times to x."""

    start: Seconds
    end: Seconds
    left: float
    right: float

    def x(self, at: NDArray[np.int64]) -> NDArray[np.float64]:
        """Where times are."""
        share = (at - self.start) / (self.end - self.start)
        return np.asarray(self.left + share * (self.right - self.left))

    def ticks(self, most: int) -> list[Tick]:
        """Round times within the scale, `most` at most."""
        return time_ticks(self.start, self.end, most)


def nice_step(span: float, most: int) -> float:
    """The least of 1, 2, 2.5 and 5 times a power of ten that divides a span into no more than `most` parts."""
    rough = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in (*_NICE, 20.0) if nice * power >= rough * (1 - 1e-9))


def price_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Round prices between two, `most` at most, all with the same decimals."""
    for parts in (most, most - 1):  # as many parts have one more end, where the band begins and ends at round prices
        step = max(nice_step(high - low, parts), _LEAST_PRICE)
        numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
        if len(numbers) <= most:
            break
    decimals = _decimals(step)
    return [Tick(number * step, f"${number * step:.{decimals}f}") for number in numbers[:most]]


def log_ticks(low: float, high: float, most: int) -> list[Tick]:
    """Round prices between two for a scale of equal ratios: 1, 2 and 5 of each power of ten, or what fits of them.

    Where there are few of these, the prices are those of an even scale.
    """
    low = max(low, _LEAST_PRICE)
    if high < _NARROW * low:
        return price_ticks(low, high, most)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        found = [(digit, power) for power in powers for digit in digits if low <= digit * 10.0**power <= high]
        if len(found) <= most:
            break
    if len(found) < 2:  # noqa: PLR2004 - one value names no scale
        return price_ticks(low, high, most)
    return [
        Tick(digit * 10.0**power, f"${digit * 10.0**power:.{_decimals(digit * 10.0**power)}f}")
        for digit, power in found[:most]
    ]


def time_ticks(start: Seconds, end: Seconds, most: int) -> list[Tick]:
    """Round times between two (UTC), `most` at most: minutes, hours, midnights, Mondays."""
    step = next((step for step in _TIME_STEPS if (end - start) / step <= most), None)
    if step is None:
        return list(_months(start, end, most))
    phase = _MONDAY if step >= 7 * _DAY else 0
    first = -((phase - start) // step) * step + phase
    return [Tick(at, _time_label(at, step)) for at in range(first, end + 1, step)][:most]


def _months(start: Seconds, end: Seconds, most: int) -> Iterator[Tick]:
    months = math.ceil((end - start) / (28 * _DAY) / most)
    at = datetime.fromtimestamp(start, UTC).replace(day=1, hour=0, minute=0, second=0)
    while at.timestamp() <= end:
        if at.timestamp() >= start and (at.year * 12 + at.month - 1) % months == 0:
            yield Tick(at.timestamp(), f"{at:%Y-%m}")
        at = (at + timedelta(days=31)).replace(day=1)


def _time_label(at: Seconds, step: int) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return f"{when:%m-%d}" if step >= _DAY or at % _DAY == 0 else f"{when:%H:%M}"


def _decimals(step: float) -> int:
    """As many decimals as a step needs to be said exactly; two at least, as money has."""
    return next((digits for digits in range(2, 7) if abs(round(step, digits) - step) < step * 1e-6), 6)
