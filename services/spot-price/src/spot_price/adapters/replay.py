"""Prices that are not asked of anybody: recordings that are played again, and a market that is made up.

A recording is played end to end, again and again, from the beginning of time: whenever one looks, now is inside of it.
Its times are moved by whole lengths of it, so that the clock on the wall is the replay's clock too, or one that runs N
times as fast from the moment that it was started.
"""

import time
from collections.abc import AsyncGenerator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import numpy as np

from spot_price.core.files import PriceFileError, read_prices
from spot_price.core.generator import Synthetic
from spot_price.core.records import Pool, Records, Seconds
from spot_price.ports import Clock, Query, SourceError

SEAM: Final = 300
"""Seconds from the last record of a recording to where it begins again."""


class ReplayClock:
    """A clock that runs faster than those on walls, from a moment on at which it showed the same.

    Args:
        speed: how many times as fast.
        wall: Unix seconds on the wall at which it begins; None: now.
        shown: Unix seconds that it shows then; None: the same.
    """

    def __init__(self, speed: float = 1.0, *, wall: float | None = None, shown: float | None = None) -> None:
        self.speed = speed
        self.wall = time.time() if wall is None else wall
        self.shown = self.wall if shown is None else shown

    def set(self, *, wall: float, shown: float) -> None:
        """Go from elsewhere on: it showed `shown` when the wall's clock showed `wall`."""
        self.wall, self.shown = wall, shown

    def now(self) -> Seconds:
        """Now, where the replay is."""
        return int(self.shown + (time.time() - self.wall) * self.speed)


class SyntheticSource:
    """A `PriceSource` of prices that are made up from a seed.

    Args:
        seed: the same one gives the same prices at the same times.
        clock: what time it is there.
    """

    def __init__(self, seed: int, clock: Clock) -> None:
        self._market = Synthetic(seed)
        self._clock = clock

    @property
    def name(self) -> str:
        """Says that it is made up, and the seed."""
        return f"synthetic (seed {self._market.seed})"

    @property
    def synthetic(self) -> bool:
        """They are made up."""
        return True

    @property
    def clock(self) -> Clock:
        """What time it is there."""
        return self._clock

    async def regions(self) -> Sequence[str]:
        """Every region of EC2."""
        return self._market.regions

    async def prices(self, region: str, query: Query) -> AsyncGenerator[Records, None]:
        """Every record of a region in the window, as one page; a week of a region is 4,000 of them in 4 ms."""
        if region not in self._market.regions:
            raise SourceError(f"there is no region {region}", code="refused")
        found = self._market.records(
            region, query.start, min(query.end, self._clock.now() + 1), types=query.types, products=query.products
        )
        if len(found):
            yield found

    async def close(self) -> None:
        """Nothing is open."""


class _Part:
    """Records of one region that hold equally long, in order of time."""

    def __init__(self, pools: Sequence[Pool], rows: Records) -> None:
        order = np.argsort(rows.at, kind="stable")
        self.pools = tuple(pools)
        self.which, self.at, self.micros = rows.which[order], rows.at[order], rows.micros[order]
        self.holds = rows.holds

    def records(self, first: Seconds, length: int, query: Query) -> Records:
        """What the part says in a window when its recording is played again and again."""
        chosen = [
            (not query.types or any(fnmatchcase(pool.instance_type, name) for name in query.types))
            and (not query.products or pool.product in query.products)
            for pool in self.pools
        ]
        wanted = np.array(chosen, bool)[self.which]
        which, at, micros = self.which[wanted], self.at[wanted], self.micros[wanted]
        # The lap before the one that the window begins in has a record of every pool before the window.
        laps = range((query.start - first) // length - 1, (query.end - 1 - first) // length + 1)
        moved = np.concatenate([at + lap * length for lap in laps])
        every, prices = np.tile(which, len(laps)), np.tile(micros, len(laps))
        kept = moved < query.end
        before = np.flatnonzero(moved <= query.start)
        in_force = np.full(len(self.pools), -1, np.intp)
        in_force[every[before]] = before
        kept[before] = False
        kept[in_force[in_force >= 0]] = True
        return Records(self.pools, every[kept], moved[kept], prices[kept], self.holds)


class ReplaySource:
    """A `PriceSource` of recordings.

    Args:
        recorded: what they say.
        clock: what time it is there.
        name: what it is, for people.

    Raises:
        ValueError: there is nothing in them.
    """

    def __init__(self, recorded: Sequence[Records], clock: Clock, *, name: str = "replay") -> None:
        parts = [records for records in recorded if len(records)]
        if not parts:
            raise ValueError("there are no prices in it")
        self._name = name
        self._clock = clock
        self._first = min(int(records.at.min()) for records in parts)
        self._length = max(int(records.at.max()) for records in parts) - self._first + SEAM
        self._parts: dict[str, list[_Part]] = {}
        for records in parts:
            regions = np.array([pool.region for pool in records.pools])
            for region in sorted(set(regions.tolist())):
                rows = regions[records.which] == region
                part = Records(
                    records.pools, records.which[rows], records.at[rows], records.micros[rows], records.holds
                )
                self._parts.setdefault(region, []).append(_compact(part))

    @property
    def name(self) -> str:
        """`replay of` the files' names."""
        return self._name

    @property
    def synthetic(self) -> bool:
        """They were real once."""
        return False

    @property
    def clock(self) -> Clock:
        """What time it is there."""
        return self._clock

    async def regions(self) -> Sequence[str]:
        """Regions that there are records of."""
        return sorted(self._parts)

    async def prices(self, region: str, query: Query) -> AsyncGenerator[Records, None]:
        """Every record of a region in the window, those that hold equally long as one page."""
        if region not in self._parts:
            raise SourceError(f"there is nothing of {region} in the recording", code="refused")
        until = min(query.end, self._clock.now() + 1)
        if until <= query.start:
            return
        asked = Query(query.types, query.products, query.start, until)
        for part in self._parts[region]:
            found = part.records(self._first, self._length, asked)
            if len(found):
                yield found

    async def close(self) -> None:
        """Nothing is open."""


def read_recordings(files: Sequence[Path]) -> list[Records]:
    """Every record of some files.

    Raises:
        PriceFileError: one cannot be read: which, where in it and why.
    """
    found: list[Records] = []
    for file in files:
        try:
            found += read_prices(file.read_bytes())
        except OSError as error:
            raise PriceFileError(f"{file}: {error.strerror}") from None
        except PriceFileError as error:
            raise PriceFileError(f"{file}: {error}") from None
    return found


def _compact(records: Records) -> _Part:
    """With those pools alone that there are records of."""
    used, which = np.unique(records.which, return_inverse=True)
    pools = [records.pools[number] for number in used.tolist()]
    rows = Records(tuple(pools), which.astype(np.int32), records.at, records.micros, records.holds)
    return _Part(pools, rows)
