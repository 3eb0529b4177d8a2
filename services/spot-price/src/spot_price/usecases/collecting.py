"""Asking the source for prices, again and again, and keeping what it says.

Every region is asked by itself: one that fails keeps its own reason on its own row and hinders no other. What was asked
before is asked again with an overlap, since a source may tell late; what is known already costs nothing.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genba_servicekit.logging import get_logger
from spot_price.core.records import Pool, Records, Seconds
from spot_price.core.regions import REGIONS, expand_regions
from spot_price.ports import Last, PriceSource, PriceStore, Query, RegionState, SourceError
from spot_price.usecases.market import Market

IN_FLIGHT: Final = 8
"""Regions that are asked at once: EC2 throttles by account and region, and the machine has other things to do."""
KEEP_STATES_EVERY: Final = 15.0
"""Seconds between writes of how polls went when they go as before: a write is a commit."""

_Told: TypeAlias = set[tuple[Pool, Seconds]]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for.

    Attributes:
        regions: names, prefixes or aliases; empty: all.
        types: instance types, or patterns, that are polled; empty: only the sweeps ask.
        products: product descriptions; empty: all.
        history: seconds that the first poll of a region goes back.
        sweep_history: the same of a sweep.
        overlap: seconds that a poll goes back behind the end of the last one.
        deadline: seconds after which a region has not answered.
    """

    regions: Sequence[str] = ()
    types: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    history: int = 7 * 86_400
    sweep_history: int = 7 * 86_400
    overlap: int = 600
    deadline: float = 300.0


@dataclass(slots=True)
class _Round:
    """One kind of asking: of watched types, or of all.

    Attributes:
        types: what is asked for.
        history: how far the first one goes back.
        ends: by region: until when the last one was answered.
        told: by region: what the last one told and the next one will tell again.
    """

    types: tuple[str, ...]
    history: int
    ends: dict[str, Seconds] = field(default_factory=dict)
    told: dict[str, _Told] = field(default_factory=dict)


class Collecting:
    """Asks a source and feeds the store and the market.

    Args:
        source: where prices come from.
        store: where they are kept.
        market: what is told of them.
        plan: what is asked for.
    """

    def __init__(self, source: PriceSource, store: PriceStore, market: Market, plan: Plan) -> None:
        self._source = source
        self._store = store
        self._market = market
        self._plan = plan
        self._regions: tuple[str, ...] = ()
        self._gate = asyncio.Semaphore(IN_FLIGHT)
        self._polls = _Round(plan.types, plan.history)
        self._sweeps = _Round((), plan.sweep_history)
        self._failing: set[str] = set()
        self._kept_at = float("-inf")

    async def begin(self) -> None:
        """Learn which regions there are.

        Raises:
            SourceError: the source cannot be asked at all.
            UnknownNameError: the plan names a region that there is none of.
        """
        enabled = await self._source.regions()
        meant = expand_regions(self._plan.regions, sorted({*REGIONS, *enabled}))
        # One that is named and not enabled is asked: its row says why it gives nothing.
        named = {name.strip().lower() for name in self._plan.regions}
        self._regions = tuple(region for region in meant if region in enabled or region in named)
        self._market.ask(self._regions)

    async def poll(self) -> None:
        """Ask every region for the watched types."""
        await self._round(self._polls)

    async def sweep(self) -> None:
        """Ask every region for everything."""
        await self._round(self._sweeps)

    async def _round(self, kind: _Round) -> None:
        if not self._regions:
            await self.begin()
        async with asyncio.TaskGroup() as group:
            for region in self._regions:
                group.create_task(self._ask(region, kind))
        await self._keep_states()

    async def _ask(self, region: str, kind: _Round) -> None:
        async with self._gate:
            now = self._market.clock.now()
            before = self._market.states.get(region) or RegionState(region)
            try:
                async with asyncio.timeout(self._plan.deadline):
                    await self._collect(region, kind, self._start(region, kind, now), now)
            except SourceError as error:
                state = _failed(before, now, str(error), error.code)
            except TimeoutError:
                state = _failed(before, now, f"no answer within {self._plan.deadline:g} s", "no-answer")
            else:
                kind.ends[region] = now
                observed = max(now, before.observed_until or now)
                state = RegionState(region, observed_until=observed, tried_at=now)
            self._market.take_state(state)

    def _start(self, region: str, kind: _Round, now: Seconds) -> Seconds:
        if region in kind.ends:
            return kind.ends[region] - self._plan.overlap
        state = self._market.states.get(region)
        observed = state.observed_until if state else None
        return max(now - kind.history, observed - self._plan.overlap) if observed else now - kind.history

    async def _collect(self, region: str, kind: _Round, start: Seconds, end: Seconds) -> None:
        told: _Told = set()
        query = Query(kind.types, self._plan.products, start, end)
        async with aclosing(self._source.prices(region, query)) as pages:
            async for page in pages:
                await self._take(_unseen(page, kind.told.get(region, set()), told, end - self._plan.overlap))
        kind.told[region] = told

    async def _take(self, records: Records) -> None:
        if len(records):
            await self._store.ingest(records)
            await self._market.hear(newest(records))

    async def _keep_states(self) -> None:
        """Write how it went: at once where it went otherwise than before, else now and then."""
        clock = asyncio.get_running_loop().time
        states = [self._market.states[region] for region in self._regions if region in self._market.states]
        failing = {state.region for state in states if state.failing_since is not None}
        self._tell(failing)
        if failing != self._failing or clock() - self._kept_at > KEEP_STATES_EVERY:
            await self._store.set_states(states)
            self._failing, self._kept_at = failing, clock()

    def _tell(self, failing: set[str]) -> None:
        for region in sorted(failing - self._failing):
            state = self._market.states[region]
            log.warning("a region gives no prices", region=region, code=state.code, reason=state.reason)
        for region in sorted(self._failing - failing):
            log.info("a region gives prices again", region=region)


def newest(records: Records) -> list[Last]:
    """The newest record of each pool."""
    order = np.lexsort((records.at, records.which))
    which = records.which[order]
    last = order[np.append(which[1:] != which[:-1], True)] if len(order) else order
    columns = (records.which[last].tolist(), records.at[last].tolist(), records.micros[last].tolist())
    return [Last(records.pools[index], at, micros, records.holds) for index, at, micros in zip(*columns, strict=True)]


def _unseen(records: Records, before: _Told, told: _Told, since: Seconds) -> Records:
    """Those that the last poll did not tell; what the next one will tell again is noted in `told`."""
    early = records.at <= since
    for record in newest(_only(records, early)):
        told.add((record.pool, record.at))
    late = np.flatnonzero(~early)
    told.update(_rows(records, late))
    if not before:
        return records
    return _only(records, np.array([row not in before for row in _rows(records, slice(None))], bool))


def _rows(records: Records, rows: NDArray[np.intp] | slice) -> Iterator[tuple[Pool, Seconds]]:
    columns = (records.which[rows].tolist(), records.at[rows].tolist())
    return ((records.pools[index], at) for index, at in zip(*columns, strict=True))


def _only(records: Records, rows: NDArray[np.bool_]) -> Records:
    return Records(records.pools, records.which[rows], records.at[rows], records.micros[rows], records.holds)


def _failed(before: RegionState, now: Seconds, reason: str, code: str) -> RegionState:
    since = now if before.failing_since is None else before.failing_since
    return replace(before, tried_at=now, failing_since=since, reason=reason, code=code)
