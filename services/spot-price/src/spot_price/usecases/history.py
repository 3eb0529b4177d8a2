"""What pools cost over a window: in steps, in buckets, and in figures.

Every answer is bounded: points that go out, and records that are read for it. Records are read some pools at a time,
so that a long window of many pools takes no more memory than a short one.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from genba_servicekit.errors import UnprocessableContent
from spot_price.core.records import Pool, Seconds
from spot_price.core.selection import Selection
from spot_price.core.statistics import Buckets, Summary, buckets, points, share_under, summary
from spot_price.core.steps import Steps
from spot_price.usecases.market import Market

MOST_POINTS: Final = 100_000
"""Points in an answer: some megabytes of JSON, which take a second to write."""
MOST_RECORDS: Final = 1_000_000
"""Records that are read for an answer: some seconds."""
AT_ONCE: Final = 50_000
"""Records that are read together: about 15 MB while they are."""
FINEST: Final = 60
"""Seconds: the finest bucket, as often as prices are asked for."""
COARSEST: Final = 86_400
"""Seconds: the coarsest bucket."""
MOST_POOLS: Final = 2_000
"""Pools that are told in figures at once: 600 kB of JSON, as much as a page of prices."""
T = TypeVar("T")


class ReversedWindow(UnprocessableContent):
    """The window ends before it begins."""

    title = "The window ends before it begins"
    example = "It begins at 2026-04-18T09:30:00Z and ends at 2026-04-18T09:00:00Z."


class ResolutionOutOfRange(UnprocessableContent):
    """A bucket is shorter than a minute, or longer than a day."""

    title = "A bucket is from 1 minute to 1 day long"
    example = "not 172800 s"


class TooManyPoints(UnprocessableContent):
    """The answer would have more points than may be asked for."""

    title = "That would be too many points"
    example = "604,800 points; 100,000 is the most. Take a shorter window, fewer pools, or buckets of 420 s or longer."


class TooManyRecords(UnprocessableContent):
    """More records would have to be read than may be."""

    title = "Too many prices would have to be read for that"
    example = "3,400,000 prices; 1,000,000 is the most. Take a shorter window or fewer pools."


@dataclass(frozen=True, slots=True)
class Line:
    """A pool's price in steps."""

    pool: Pool
    steps: Steps


@dataclass(frozen=True, slots=True)
class BucketLine:
    """A pool's price in buckets."""

    pool: Pool
    buckets: Buckets


@dataclass(frozen=True, slots=True)
class Figures:
    """A pool's price in figures.

    Attributes:
        pool: which.
        summary: mean, quantiles, volatility.
        under: the share of the known time at or under the price asked about; NaN: none was known, or none asked about.
    """

    pool: Pool
    summary: Summary
    under: float


class History:
    """What pools cost over a window. A window reaches until now at the latest; what is to come is not known."""

    def __init__(
        self,
        market: Market,
        *,
        most_points: int = MOST_POINTS,
        most_records: int = MOST_RECORDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._market = market
        self._most_points = most_points
        self._most_records = most_records
        self._at_once = at_once

    async def steps(self, selection: Selection, start: Seconds, end: Seconds) -> list[Line]:
        """Prices as they were recorded, in the order of `Market.pools`.

        Raises:
            UnknownNameError: a region, a type, a zone or a product that there is none of.
            ReversedWindow: `end` is before `start`.
            TooManyPoints: there are more steps than that in the window.
        """
        pools, end = self._asked(selection, start, end)
        count = await self._market.count(pools, start, end) + len(pools)
        if count > self._most_points:
            raise TooManyPoints(
                f"{count:,} points; {self._most_points:,} is the most."
                " Take a shorter window, fewer pools, or a resolution.",
                points=count,
                most=self._most_points,
            )
        found = await self._market.steps(pools, start, end)
        return [Line(pool, found[pool]) for pool in pools]

    async def buckets(self, selection: Selection, start: Seconds, end: Seconds, resolution: int) -> list[BucketLine]:
        """Prices in buckets, in the order of `Market.pools`.

        Args:
            selection: which pools.
            start: from then.
            end: until then, or until now.
            resolution: seconds a bucket, from `FINEST` to `COARSEST`.

        Raises:
            UnknownNameError: a region, a type, a zone or a product that there is none of.
            ReversedWindow: `end` is before `start`.
            ResolutionOutOfRange: the resolution is.
            TooManyPoints: there are more buckets than that.
            TooManyRecords: there are more records than that in the window.
        """
        if not FINEST <= resolution <= COARSEST:
            raise ResolutionOutOfRange(f"not {resolution} s")
        pools, end = self._asked(selection, start, end)
        count = len(pools) * points(start, end, resolution)
        if count > self._most_points:
            raise TooManyPoints(self._hint(count, resolution), points=count, most=self._most_points)
        return await self._each(
            pools, start, end, lambda pool, steps: BucketLine(pool, buckets(steps, start, end, resolution))
        )

    async def figures(
        self, selection: Selection, start: Seconds, end: Seconds, *, under: float | None = None
    ) -> list[Figures]:
        """Mean, quantiles, volatility; the cheapest on the mean first, those of unknown price last.

        Args:
            selection: which pools.
            start: from then.
            end: until then, or until now.
            under: the price to tell the share of time at or under it; US dollars an hour.

        Raises:
            UnknownNameError: a region, a type, a zone or a product that there is none of.
            ReversedWindow: `end` is before `start`.
            TooManyPoints: there are more pools than `MOST_POOLS`.
            TooManyRecords: there are more records than that in the window.
        """
        pools, end = self._asked(selection, start, end)
        if len(pools) > MOST_POOLS:
            raise TooManyPoints(
                f"{len(pools):,} pools; {MOST_POOLS:,} is the most. Take fewer types, regions or products.",
                points=len(pools),
                most=MOST_POOLS,
            )

        def told(pool: Pool, steps: Steps) -> Figures:
            return Figures(pool, summary(steps, start, end), math.nan if under is None else share_under(steps, under))

        return sorted(await self._each(pools, start, end, told), key=_by_mean)

    async def _each(
        self, pools: Sequence[Pool], start: Seconds, end: Seconds, make: Callable[[Pool, Steps], T]
    ) -> list[T]:
        """What is made of each pool's steps, beside the event loop; they are read some pools at a time.

        Raises:
            TooManyRecords: there are more than may be read.
        """
        count = await self._market.count(pools, start, end)
        if count > self._most_records:
            raise TooManyRecords(
                f"{count:,} prices; {self._most_records:,} is the most. Take a shorter window or fewer pools.",
                records=count,
                most=self._most_records,
            )
        together = max(1, len(pools) * self._at_once // max(count, self._at_once))
        made: list[T] = []
        for first in range(0, len(pools), together):
            some = pools[first : first + together]
            found = await self._market.steps(some, start, end)
            made += await asyncio.to_thread(lambda: [make(pool, found[pool]) for pool in some])  # noqa: B023  (it is awaited here)
        return made

    def _asked(self, selection: Selection, start: Seconds, end: Seconds) -> tuple[list[Pool], Seconds]:
        if end <= start:
            raise ReversedWindow(f"from {start} until {end}")
        return self._market.pools(selection), max(start, min(end, self._market.clock.now()))

    def _hint(self, count: int, resolution: int) -> str:
        fits = -(-resolution * count // self._most_points // 60) * 60
        longer = f", or buckets of {fits} s or longer" if fits <= COARSEST else ""
        return f"{count:,} points; {self._most_points:,} is the most. Take a shorter window, fewer pools{longer}."


def _by_mean(figures: Figures) -> tuple[bool, float, str, str, str, str]:
    mean = figures.summary.mean
    return (math.isnan(mean), 0.0 if math.isnan(mean) else mean, figures.pool.region, *figures.pool.key)
