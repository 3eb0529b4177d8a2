"""What a price was like over a stretch of time: every figure weighted with how long it was so.

A plain mean over records misleads: a price that is restated every minute while it swings counts a thousand times, one
that stays for a week counts once. In us-east-1b, from March to August 2015, the records' mean is $0.16 where an hour of
g2.2xlarge cost $0.59.

Where a price is not known it counts for nothing: neither in a mean nor in the time that a share is a share of.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import Seconds
from spot_price.core.steps import Steps

DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Summary:
    """What a price was like. Prices are in US dollars an hour; NaN where none was known.

    Attributes:
        span: seconds that were looked at.
        known: seconds of these in which the price was known.
        mean: the time-weighted mean: what an hour cost.
        low: the lowest price.
        high: the highest price.
        p50: at or under this price for half of the known time.
        p95: at or under this price for 95 % of the known time.
        last: the last known price.
        volatility: how much the price moves in a day: the root of the sum of its squared relative (log) changes, per
            root of a known day. 0.1 is about a tenth of the price. NaN where less than two prices were known.
        changes: how often the price changed.
    """

    span: int
    known: int
    mean: float
    low: float
    high: float
    p50: float
    p95: float
    last: float
    volatility: float
    changes: int


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """A price over equal stretches of time, in columns. Where it was not known at all, all but `known` is NaN.

    Attributes:
        resolution: seconds a bucket.
        at: where each bucket begins, `Seconds`, int64: whole multiples of the resolution since 1970.
        mean: time-weighted mean, float64.
        low: lowest price, float64.
        high: highest price, float64.
        last: the last known price, float64.
        known: seconds in which the price was known, int64.
    """

    resolution: int
    at: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    last: NDArray[np.float64]
    known: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)


def summary(steps: Steps, start: Seconds, end: Seconds) -> Summary:
    """What a price was like from `start` until `end`."""
    window = steps.window(start, end)
    lengths = window.lengths()
    known = ~np.isnan(window.price)
    price, weight = window.price[known], lengths[known]
    nan = float("nan")
    if not len(price):
        return Summary(max(0, end - start), 0, nan, nan, nan, nan, nan, nan, nan, 0)
    half, most = quantiles(window, (0.5, 0.95))
    moved = changes(window)
    time = int(weight.sum())
    return Summary(
        span=end - start,
        known=time,
        mean=float(price @ weight) / time,
        low=float(price.min()),
        high=float(price.max()),
        p50=half,
        p95=most,
        last=float(price[-1]),
        volatility=float(np.sqrt((moved @ moved) * DAY / time)) if len(price) > 1 else nan,
        changes=int(np.count_nonzero(moved)),
    )


def mean(steps: Steps) -> float:
    """The time-weighted mean; NaN where no price is known."""
    known = ~np.isnan(steps.price)
    weight = steps.lengths()[known]
    time = weight.sum()
    return float(steps.price[known] @ weight / time) if time else float("nan")


def quantiles(steps: Steps, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The least prices that it is at or under for these shares of the known time; NaN where none is known."""
    known = ~np.isnan(steps.price)
    price, weight = steps.price[known], steps.lengths()[known]
    if not weight.sum():
        return tuple(float("nan") for _ in shares)
    order = np.argsort(price, kind="stable")
    time = np.cumsum(weight[order])
    return tuple(float(price[order[np.searchsorted(time, share * time[-1])]]) for share in shares)


def share_under(steps: Steps, cap: float) -> float:
    """The share of the known time in which the price is at or under `cap`: an instance with that cap would run.

    NaN where no price is known.
    """
    known = ~np.isnan(steps.price)
    weight = steps.lengths()[known]
    time = weight.sum()
    return float(weight[steps.price[known] <= cap].sum() / time) if time else float("nan")


def changes(steps: Steps) -> NDArray[np.float64]:
    """Relative (log) changes between neighbouring known prices, 0 where one is restated; none across a gap."""
    moved: NDArray[np.float64] = np.diff(np.log(steps.price))
    return moved[~np.isnan(moved)]


def points(start: Seconds, end: Seconds, resolution: int) -> int:
    """How many buckets there are from `start` until `end`."""
    return -(-end // resolution) - start // resolution if end > start else 0


def buckets(steps: Steps, start: Seconds, end: Seconds, resolution: int) -> Buckets:
    """A price from `start` until `end` in buckets.

    Buckets begin at whole multiples of the resolution, so that they stay the same while a window moves; of the first
    and the last only what is inside the window counts. A bucket in which nothing is known is there, as NaN. The time
    is that of one merge of the steps' edges with the buckets'.

    Args:
        steps: the price.
        start: from then.
        end: until then.
        resolution: seconds a bucket, at least 1.
    """
    first = start // resolution
    count = points(start, end, resolution)
    at = (first + np.arange(count, dtype=np.int64)) * resolution
    window = steps.window(start, end)
    if not count or not len(window):
        nothing = np.full(count, np.nan)
        return Buckets(resolution, at, nothing, nothing, nothing, nothing, np.zeros(count, np.int64))
    # Pieces between neighbouring edges of either kind: in one piece there is one price, and it is in one bucket.
    edges = np.union1d(np.maximum(at, start), np.append(window.at, window.end))
    lengths = np.diff(edges, append=np.int64(end))
    step = np.searchsorted(window.at, edges, side="right") - 1
    inside = (step >= 0) & (edges < window.end)
    price = np.where(inside, window.price[step], np.nan)
    begins = np.searchsorted(edges, np.maximum(at, start))
    is_known = ~np.isnan(price)
    weight = np.where(is_known, lengths, 0)
    known = np.add.reduceat(weight, begins)
    total = np.add.reduceat(np.where(is_known, price, 0.0) * weight, begins)
    newest = np.maximum.reduceat(np.where(is_known, np.arange(len(edges)), -1), begins)
    low, high = np.fmin.reduceat(price, begins), np.fmax.reduceat(price, begins)
    average = np.divide(total, known, out=np.full(count, np.nan), where=known > 0)
    # A mean of equal prices may leave them by a rounding: it is never outside of what the price was.
    average = np.clip(average, low, high)
    return Buckets(resolution, at, average, low, high, np.where(newest >= 0, price[newest], np.nan), known)
