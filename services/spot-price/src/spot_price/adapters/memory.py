"""Prices kept in memory: for a command that looks once, and for tests."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import Pool, Records, Seconds
from spot_price.core.steps import Steps, steps_of
from spot_price.ports import Events, Last, RegionState

Key = tuple[str, str, str, str]


def key_of(pool: Pool) -> Key:
    """What tells pools apart: region, zone, type, product."""
    return pool.region, *pool.key


class MemoryStore:
    """A `PriceStore` that keeps nothing longer than itself. Pools are told apart as in the database."""

    def __init__(self) -> None:
        self._pools: dict[Key, Pool] = {}
        self._rows: dict[Key, dict[Seconds, tuple[int, int]]] = {}
        self._columns: dict[Key, NDArray[np.int64]] = {}
        self._states: dict[str, RegionState] = {}

    async def ingest(self, records: Records, *, events: Events | None = None) -> int:  # noqa: ARG002  (nobody to tell)
        """Keep what is new of these; gives how many were. Nothing is published."""
        new = 0
        holds = records.holds or 0
        keys = [self._enrol(pool) for pool in records.pools]
        for index, at, micros in zip(records.which.tolist(), records.at.tolist(), records.micros.tolist(), strict=True):
            key = keys[index]
            rows = self._rows[key]
            if at not in rows:
                rows[at] = (micros, holds)
                self._columns.pop(key, None)
                new += 1
        return new

    async def last(self) -> Sequence[Last]:
        """The newest record of every pool."""
        found = []
        for key, rows in self._rows.items():
            if rows:
                at = max(rows)
                micros, holds = rows[at]
                found.append(Last(self._pools[key], at, micros, holds or None))
        return found

    async def steps(
        self, pools: Sequence[Pool], start: Seconds, end: Seconds, *, until: Mapping[str, Seconds] | None = None
    ) -> dict[Pool, Steps]:
        """Prices of these pools in a window."""
        found = {}
        for pool in pools:
            at, micros, holds = self._table(key_of(pool))
            known = min(end, (until or {}).get(pool.region, end))
            found[pool] = steps_of(at, micros, holds, until=known).window(start, end)
        return found

    async def count(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> int:
        """How many records these pools have in a window."""
        return sum(sum(start <= at < end for at in self._rows.get(key, ())) for key in set(map(key_of, pools)))

    async def imports(self) -> int:
        """There is nobody else who could import."""
        return 0

    async def states(self) -> dict[str, RegionState]:
        """How the last poll of every region went."""
        return dict(self._states)

    async def set_state(self, state: RegionState) -> None:
        """Keep how a poll went."""
        self._states[state.region] = state

    async def set_states(self, states: Sequence[RegionState]) -> None:
        """Keep how several polls went."""
        self._states.update((state.region, state) for state in states)

    async def forget(self, before: Seconds) -> int:
        """Drop records that were over before then; gives how many."""
        dropped = 0
        for key, rows in self._rows.items():
            in_force = max((at for at in rows if at <= before), default=before)
            old = [at for at in rows if at < in_force]
            for at in old:
                del rows[at]
            dropped += len(old)
            if old:
                self._columns.pop(key, None)
        return dropped

    def _enrol(self, pool: Pool) -> Key:
        key = key_of(pool)
        known = self._pools.setdefault(key, pool)
        if pool.zone_name and pool.zone_name != known.zone_name:
            self._pools[key] = pool
        self._rows.setdefault(key, {})
        return key

    def _table(self, key: Key) -> NDArray[np.int64]:
        if key not in self._columns:
            rows = sorted(self._rows.get(key, {}).items())
            columns = [[at, micros, holds] for at, (micros, holds) in rows]
            self._columns[key] = np.array(columns, np.int64).reshape(-1, 3).T
        return self._columns[key]
