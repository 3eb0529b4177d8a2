"""What a pool's price may be in the next hours: quantiles, and the chance that it stays under a cap.

The model is its own past. Each past hour is as like to now as its price and its last six hours are (a Gaussian kernel),
and counts half as much two weeks later. What followed those hours, as relative changes, is laid on today's price.
Nothing is fitted, and hours from which a gap is reached are not counted: a hole in a recording is never bridged.

Source: Yakowitz, "Nearest-neighbour methods for time series analysis", Journal of Time Series Analysis 8, 1987.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import Seconds
from spot_price.core.statistics import buckets
from spot_price.core.steps import Steps

Floats = NDArray[np.float64]

SHARES: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""The quantiles that are told; from the second to the last but one is the 80 % band."""
BAND: Final = (1, -2)
AHEAD: Final = 24
"""Hours that are looked ahead."""
HOUR: Final = 3600
WINDOW: Final = 30 * 24
"""Hours of the past that one forecast looks at."""
LEAST: Final = 7 * 24
"""Known hours without which there is no forecast."""
_LEVEL: Final = 0.5  # kernel widths: of the price, in standard deviations of its logarithm,
_RANK: Final = 0.2  # and in ranks among the window's hours;
_MOVED: Final = 1.0  # of the change in the last `_BACK` hours, in its standard deviations
_BACK: Final = 6
_HALF_LIFE: Final = 14 * 24  # hours
_UNSEEN: Final = 4.0  # the squared distance of an hour before which a change is not known
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A price hour by hour, back from a moment, and what came of each hour.

    Attributes:
        level: log price at each hour; the last one is the moment's. NaN where it is not known.
        later: log price `h + 1` hours after each hour, (AHEAD, hours); NaN beyond the end, and across gaps.
        peak: the highest log price from each hour until then, of the same shape.
    """

    level: Floats
    later: Floats
    peak: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What a price may be, hour by hour from the next on.

    Attributes:
        quantiles: US dollars an hour at the end of each hour, (AHEAD, len(SHARES)).
        under: the chance that the price is never over the cap until then, (AHEAD,); None: no cap was asked about.
    """

    quantiles: Floats
    under: Floats | None


def past_of(steps: Steps, now: Seconds, hours: int) -> Past:
    """A pool's past, until `now`; what is after that is not looked at.

    Args:
        steps: the price.
        now: the last hour ends then.
        hours: how many are looked back.
    """
    moments = now - HOUR * np.arange(hours, -1, -1, dtype=np.int64)
    empty = np.full(AHEAD * (hours + 1), np.nan).reshape(AHEAD, -1)
    if not len(steps):
        return Past(empty[0], empty, empty)
    index = np.searchsorted(steps.at, moments, side="right") - 1
    known = (index >= 0) & (moments <= steps.end)
    level = np.log(np.where(known, steps.price[index], np.nan))
    # Buckets begin at whole hours: the price is moved to where `now` is one.
    shift = now % HOUR
    moved = Steps(steps.at - shift, steps.price, steps.end - shift)
    hourly = buckets(moved, now - shift - hours * HOUR, now - shift, HOUR)
    highest = np.maximum(np.log(np.where(hourly.known == HOUR, hourly.high, np.nan)), level[1:])
    later, peak = empty.copy(), empty.copy()
    running = level.copy()
    for ahead in range(1, min(AHEAD, hours) + 1):
        running = np.maximum(running[:-1], highest[ahead - 1 :])  # NaN stays NaN: a gap is not bridged
        peak[ahead - 1, : len(running)] = running
        later[ahead - 1, : len(running)] = np.where(np.isnan(running), np.nan, level[ahead:])
    return Past(level, later, peak)


def forecast(past: Past, *, at: int = -1, cap: float | None = None) -> Forecast | None:
    """A forecast as it would have been made at an hour of the past; None: too little was known.

    Args:
        past: the price.
        at: the hour's index; nothing that came after it is looked at.
        cap: US dollars an hour.
    """
    end = at % len(past.level) + 1
    begin = max(0, end - WINDOW)
    level = past.level[begin:end]
    if np.isnan(level[-1]) or np.count_nonzero(~np.isnan(level)) < LEAST:
        return None
    usable = _usable(past, begin, end)
    if not usable.any(axis=1).all():
        return None
    weight = _likeness(level, past.level[max(0, begin - _BACK) : begin]) * usable
    weight = np.where(weight.sum(axis=1, keepdims=True) > _TINY, weight, usable)
    now = level[-1]
    price = np.where(usable, now + past.later[:, begin:end] - level, np.inf)
    under = None
    if cap is not None:
        top = np.where(usable, now + past.peak[:, begin:end] - level, np.inf)
        # Of fewer hours it is known what followed the longer; a price that was over the cap still was an hour later.
        under = np.minimum.accumulate(np.sum(weight * (top <= np.log(cap) + _TINY), axis=1) / weight.sum(axis=1))
    return Forecast(np.exp(_quantiles(price, weight)), under)


def staying(past: Past, *, at: int = -1, cap: float | None = None) -> Forecast:
    """“It stays as it is”: every quantile is today's price."""
    now = float(past.level[at])
    quantiles = np.full((AHEAD, len(SHARES)), np.exp(now))
    return Forecast(quantiles, None if cap is None else np.full(AHEAD, float(now <= np.log(cap) + _TINY)))


def usual(past: Past, *, at: int = -1, cap: float | None = None) -> Forecast | None:
    """“As it mostly is”: quantiles, weighted with time, of the window that a forecast looks at; None: none is known."""
    end = at % len(past.level) + 1
    begin = max(0, end - WINDOW)
    known = past.level[begin:end]
    known = np.sort(known[~np.isnan(known)])
    usable = _usable(past, begin, end)
    if not usable.any(axis=1).all():
        return None
    quantiles = known[np.minimum((np.array(SHARES) * len(known)).astype(np.intp), len(known) - 1)]
    under = None
    if cap is not None:
        below = usable & (past.peak[:, begin:end] <= np.log(cap) + _TINY)
        under = np.minimum.accumulate(below.sum(axis=1) / usable.sum(axis=1))
    return Forecast(np.tile(np.exp(quantiles), (AHEAD, 1)), under)


def _usable(past: Past, begin: int, end: int) -> NDArray[np.bool_]:
    """Of which hours it is known what followed, before the window's end."""
    after = np.arange(begin, end) + np.arange(1, AHEAD + 1)[:, None]
    return (after < end) & ~np.isnan(past.later[:, begin:end])


def _likeness(level: Floats, before: Floats) -> Floats:
    """How like each hour is to the last one, and how near."""
    known = np.sort(level[~np.isnan(level)])
    far = ((level - level[-1]) / (known.std() + _TINY) / _LEVEL) ** 2
    rank = (np.searchsorted(known, level) + np.searchsorted(known, level, side="right")) / (2 * len(known))
    far += ((rank - rank[-1]) / _RANK) ** 2
    longer = np.concatenate((np.full(_BACK - len(before), np.nan), before, level))
    change = level - longer[:-_BACK]
    if np.count_nonzero(~np.isnan(change)):
        apart = ((change - change[-1]) / (np.nanstd(change) + _TINY) / _MOVED) ** 2
        far += np.where(np.isnan(apart), _UNSEEN, apart)
    age = np.arange(len(level) - 1, -1, -1)
    likeness: Floats = np.exp(-0.5 * np.where(np.isnan(far), np.inf, far)) * 0.5 ** (age / _HALF_LIFE)
    return likeness


def _quantiles(values: Floats, weight: Floats) -> Floats:
    """Weighted quantiles of each row, (rows, len(SHARES))."""
    order = np.argsort(values, axis=1)
    values, weight = np.take_along_axis(values, order, 1), np.take_along_axis(weight, order, 1)
    sums = np.cumsum(weight, axis=1)
    wanted = np.array(SHARES) * sums[:, -1:] * (1 - _TINY)
    places = np.array([np.searchsorted(row, goal) for row, goal in zip(sums, wanted, strict=True)])
    return np.take_along_axis(values, places, 1)
