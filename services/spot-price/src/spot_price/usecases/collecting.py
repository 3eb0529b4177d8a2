"""Asking the source for prices, again and again, and keeping what it says.

Every region is asked by itself: one that fails keeps its own reason on its own row and hinders no other. What was asked
before is asked again with an overlap, since a source may tell late; what is known already costs nothing. Of several
processes on one database one asks, and the others follow it.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from genba_contracts.events import Event
from genba_servicekit.logging import get_logger
from spot_price import events
from spot_price.core.records import UNKNOWN, Pool, Records, Seconds
from spot_price.core.regions import REGIONS, expand_regions
from spot_price.ports import Change, Last, Lead, PriceSource, PriceStore, Query, RegionState, SourceError
from spot_price.usecases.cheapest import Cheapest
from spot_price.usecases.market import Market

IN_FLIGHT: Final = 32
"""Regions that are asked at once: EC2 throttles each by itself, and all of them answer in the time of one (0083)."""
SWEEPING: Final = 6
"""Of these, those that a sweep takes at most: it lasts minutes, and polls of watched types go on beside it."""
KEEP_STATES_EVERY: Final = 15.0
"""Seconds between writes of how polls went when they go as before: a write is a commit."""

_Told: TypeAlias = set[tuple[Pool, Seconds]]

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for.

    Attributes:
        regions: names, prefixes or aliases; empty: all.
        types: instance types, or patterns, that are polled and watched.
        products: product descriptions; empty: all.
        hysteresis: the share by which another pool must be cheaper to count as the cheapest of a watched type.
        history: seconds that the first poll of a region goes back, and that one goes back after a long pause.
        sweep_first: seconds that the very first sweep of a region goes back.
        sweep_history: seconds that a sweep goes back after a long pause.
        sweep_every: seconds between sweeps; None: there are no polls beside the sweeps.
        overlap: seconds that a poll goes back behind the end of the last one.
        deadline: seconds after which a region has not answered a poll.
        sweep_deadline: the same of a sweep.
        at_once: regions that are asked at once.
    """

    regions: Sequence[str] = ()
    types: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    hysteresis: float = 0.0
    history: int = 7 * 86_400
    sweep_first: int = 7 * 86_400
    sweep_history: int = 7 * 86_400
    sweep_every: int | None = None
    overlap: int = 600
    deadline: float = 50.0
    sweep_deadline: float = 600.0
    at_once: int = IN_FLIGHT


@dataclass(frozen=True, slots=True)
class _Failure:
    since: Seconds
    reason: str
    code: str


@dataclass(slots=True)
class _Round:
    """One kind of asking: of watched types, or of all.

    Attributes:
        types: what is asked for.
        deadline: seconds for one region.
        gate: how many regions at once.
        ends: by region: until when the last one was answered.
        told: by region: what the last one told and the next one will tell again.
        failures: by region: why the last one was not answered.
    """

    types: tuple[str, ...]
    deadline: float
    gate: asyncio.Semaphore
    ends: dict[str, Seconds] = field(default_factory=dict)
    told: dict[str, _Told] = field(default_factory=dict)
    failures: dict[str, _Failure] = field(default_factory=dict)


class Collecting:
    """Asks a source and feeds the store and the market.

    Args:
        source: where prices come from.
        store: where they are kept.
        market: what is told of them.
        plan: what is asked for.
        lead: says whether this process is the one that asks; None: it is alone.
    """

    def __init__(
        self, source: PriceSource, store: PriceStore, market: Market, plan: Plan, lead: Lead | None = None
    ) -> None:
        self._source = source
        self._store = store
        self._market = market
        self._plan = plan
        self._lead = lead
        self._leads = lead is None
        self._regions: tuple[str, ...] = ()
        self._known: dict[str, RegionState] = {}
        self._gate = asyncio.Semaphore(plan.at_once)
        self._taking = asyncio.Lock()
        self._cheapest = Cheapest(plan.types, plan.hysteresis)
        self._polls = _Round(plan.types, plan.deadline, asyncio.Semaphore(plan.at_once))
        self._sweeps = _Round(
            (), plan.sweep_deadline, asyncio.Semaphore(SWEEPING if plan.sweep_every else plan.at_once)
        )
        self._failing: frozenset[str] = frozenset()
        self._kept_at = float("-inf")
        self._imports: int | None = None
        market.listen(self._listen)

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

    @property
    def leads(self) -> bool:
        """Whether this process is the one that asks."""
        return self._leads

    async def lead(self) -> None:
        """Become the process that asks, if no other is, or stay it. One that has just become it reads all anew."""
        if self._lead is None:
            return
        leads = await self._lead.hold()
        if leads and not self._leads:
            await self._market.load()
            self._known = dict(self._market.states)
            for kind in (self._polls, self._sweeps):
                kind.ends.clear()
                kind.told.clear()
                kind.failures.clear()
            log.info("this process asks for prices")
        self._leads = leads

    async def release(self) -> None:
        """Let another process ask."""
        if self._lead is not None and self._leads:
            self._leads = False
            await self._lead.release()

    async def follow(self) -> None:
        """Know what was imported from files and, where another process asks, what it was told, and how it went."""
        imports = await self._store.imports()
        if self._imports not in {None, imports}:
            await self._market.load()
        self._imports = imports
        if self._leads:
            return
        if not self._regions:
            await self.begin()
        states = await self._store.states()
        if states != self._market.states:
            await self._market.load()

    async def hear(self, records: Iterable[Last]) -> None:
        """Another process tells what it was told; what this one publishes comes back to it, and is no news."""
        if not self._leads:
            await self._market.hear(records)

    def settle(self, pool: Pool) -> None:
        """Another process tells which pool counts as the cheapest."""
        if not self._leads:
            self._cheapest.settle(pool)

    async def load(self) -> None:
        """Another process was told more than it tells."""
        if not self._leads:
            await self._market.load()

    async def poll(self) -> None:
        """Ask every region for the watched types."""
        await self._round(self._polls)

    async def sweep(self) -> None:
        """Ask every region for everything."""
        await self._round(self._sweeps)

    async def _round(self, kind: _Round) -> None:
        if not self._leads:
            return
        if not self._regions:
            await self.begin()
            self._known = self._known or dict(self._market.states)
        asking = [self._ask(region, kind) for region in self._regions]
        broken = [error for error in await asyncio.gather(*asking, return_exceptions=True) if error is not None]
        if broken:
            raise broken[0]  # the database does not answer, or we are wrong: a source's own failures are not raised
        await self._keep_states()

    async def _ask(self, region: str, kind: _Round) -> None:
        async with kind.gate, self._gate:
            now = self._market.clock.now()
            since = kind.failures[region].since if region in kind.failures else now
            try:
                async with asyncio.timeout(kind.deadline):
                    await self._collect(region, kind, self._start(region, kind, now), now)
            except SourceError as error:
                kind.failures[region] = _Failure(since, str(error), error.code)
            except TimeoutError:
                kind.failures[region] = _Failure(since, f"no answer within {kind.deadline:g} s", "no-answer")
            else:
                kind.ends[region] = now
                kind.failures.pop(region, None)
            self._market.take_state(self._state(region, now))

    def _state(self, region: str, now: Seconds) -> RegionState:
        """How a region is: nothing is known for longer than the slower of the two ways of asking allows.

        Until each has ended once, it is as it was: who asks after us, should we be killed, begins where that ended.
        """
        before = self._market.states.get(region)
        observed = before.observed_until if before else None
        kinds = (self._polls, self._sweeps)
        ends = [kind.ends[region] for kind in kinds if region in kind.ends]
        both = len(ends) == len(kinds) and self._sweeps.ends[region] >= now - self._late
        if ends and (both or self._plan.sweep_every is None):
            observed = max(*ends, observed or 0)
        failures = [kind.failures[region] for kind in (self._polls, self._sweeps) if region in kind.failures]
        if not failures:
            return RegionState(region, observed, now)
        first = min(failures, key=lambda failure: failure.since)
        since = before.failing_since if before and before.failing_since is not None else first.since
        return RegionState(region, observed, now, since, first.reason, first.code)

    @property
    def _late(self) -> Seconds:
        return 2 * (self._plan.sweep_every or 0)

    def _start(self, region: str, kind: _Round, now: Seconds) -> Seconds:
        if region in kind.ends:
            return kind.ends[region] - self._plan.overlap
        sweeping = kind is self._sweeps
        state = self._known.get(region)
        if state is None or state.observed_until is None:
            return now - (self._plan.sweep_first if sweeping else self._plan.history)
        furthest = now - (self._plan.sweep_history if sweeping else self._plan.history)
        # What polls have told said nothing of the types that only sweeps ask for.
        return max(furthest, state.observed_until - self._plan.overlap - (self._late if sweeping else 0))

    async def _collect(self, region: str, kind: _Round, start: Seconds, end: Seconds) -> None:
        over = self._known[region].observed_until if region in self._known and region not in kind.ends else None
        silent = self._known_before(region, over) if over is not None and over < start else []
        told: _Told = set()
        query = Query(kind.types, self._plan.products, start, end)
        async with aclosing(self._source.prices(region, query)) as pages:
            async for page in pages:
                before = kind.told.get(region, set())
                await self._take(_unseen(page, before, told, end - self._plan.overlap))
        kind.told[region] = told
        if over is not None and silent:
            await self._mark_hole(silent, over)

    def _known_before(self, region: str, over: Seconds) -> list[Pool]:
        lasts = (last for last in self._market.lasts() if last.pool.region == region)
        return [last.pool for last in lasts if last.at <= over and last.micros != UNKNOWN]

    async def _mark_hole(self, pools: Sequence[Pool], over: Seconds) -> None:
        """After so long a pause that the source was not asked for all of it: say from when on nothing is known.

        Where the record in force is still the one from before the pause, the source has said that nothing happened.
        """
        lasts = (last for pool in pools if (last := self._market.last(pool)) is not None)
        holes = [(last.pool, over + 1, 0.0) for last in lasts if last.at > over + 1]
        await self._take(Records.of(holes))

    async def _take(self, records: Records) -> None:
        """Keep records; what is newer among them is told with the same commit."""
        if not len(records):
            return
        async with self._taking:  # so that what is cheapest is told in the order in which it was
            changes = self._market.changes(newest(records))
            cheaper = self._cheapest.after(changes, self._market.clock.now())

            def publish(newer: Records) -> Sequence[Event]:
                news = [Change(last, self._market.last(last.pool)) for last in newest(newer)]
                return [events.changed(news), *(events.cheapest(change, before) for change, before in cheaper)]

            await self._store.ingest(records, events=publish)
            await self._market.hear(newest(records))

    async def _listen(self, changes: Sequence[Change]) -> None:
        self._cheapest.take(changes, self._market.clock.now())

    async def _keep_states(self) -> None:
        """Write how it went: at once where it went otherwise than before, else now and then."""
        clock = asyncio.get_running_loop().time
        states = [self._market.states[region] for region in self._regions if region in self._market.states]
        failing = frozenset(state.region for state in states if state.failing_since is not None)
        self._tell(failing)
        if failing != self._failing or clock() - self._kept_at > KEEP_STATES_EVERY:
            await self._store.set_states(states)
            self._failing, self._kept_at = failing, clock()

    def _tell(self, failing: frozenset[str]) -> None:
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
