"""Prices kept in memory: for a command that looks once, and for tests."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import Pool, Records, Seconds
from spot_price.core.steps import Steps, steps_of
from spot_price.ports import Events, Last, RegionState


class MemoryStore:
    """A `PriceStore` that keeps nothing longer than itself. Pools are told apart as in the database."""

    def __init__(self) -> None:
        self._pools: dict[Pool, Pool] = {}
        """Each with the newest name of its zone."""
        self._rows: dict[Pool, dict[Seconds, tuple[int, int]]] = {}
        self._columns: dict[Pool, NDArray[np.int64]] = {}
        self._states: dict[str, RegionState] = {}

    async def ingest(self, records: Records, *, events: Events | None = None) -> int:  # noqa: ARG002  (nobody to tell)
        """Keep what is new of these; gives how many were. Nothing is published."""
        new = 0
        holds = records.holds or 0
        for pool in records.pools:
            self._enrol(pool)
        for index, at, micros in zip(records.which.tolist(), records.at.tolist(), records.micros.tolist(), strict=True):
            pool = records.pools[index]
            rows = self._rows[pool]
            if at not in rows:
                rows[at] = (micros, holds)
                self._columns.pop(pool, None)
                new += 1
        return new

    async def last(self) -> Sequence[Last]:
        """The newest record of every pool."""
        found = []
        for pool, rows in self._rows.items():
            if rows:
                at = max(rows)
                micros, holds = rows[at]
                found.append(Last(self._pools[pool], at, micros, holds or None))
        return found

    async def steps(
        self, pools: Sequence[Pool], start: Seconds, end: Seconds, *, until: Mapping[str, Seconds] | None = None
    ) -> dict[Pool, Steps]:
        """Prices of these pools in a window."""
        found = {}
        for pool in pools:
            at, micros, holds = self._table(pool)
            known = min(end, (until or {}).get(pool.region, end))
            found[pool] = steps_of(at, micros, holds, until=known).window(start, end)
        return found

    async def count(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> int:
        """How many records these pools have in a window."""
        return sum(sum(start <= at < end for at in self._rows.get(pool, ())) for pool in set(pools))

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
        for pool, rows in self._rows.items():
            in_force = max((at for at in rows if at <= before), default=before)
            old = [at for at in rows if at < in_force]
            for at in old:
                del rows[at]
            dropped += len(old)
            if old:
                self._columns.pop(pool, None)
        return dropped

    def _enrol(self, pool: Pool) -> None:
        known = self._pools.get(pool)
        if known is None or (pool.zone_name and pool.zone_name != known.zone_name):
            self._pools[pool] = pool
        self._rows.setdefault(pool, {})

    def _table(self, pool: Pool) -> NDArray[np.int64]:
        if pool not in self._columns:
            rows = sorted(self._rows.get(pool, {}).items())
            columns = [[at, micros, holds] for at, (micros, holds) in rows]
            self._columns[pool] = np.array(columns, np.int64).reshape(-1, 3).T
        return self._columns[pool]
