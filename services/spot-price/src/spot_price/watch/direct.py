"""The monitor's prices from the source itself, kept in memory for as long as it runs."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from spot_price.adapters.memory import MemoryStore
from spot_price.core.forecast import HOUR
from spot_price.core.forecast_scoring import HOURS
from spot_price.core.records import Seconds
from spot_price.core.regions import REGIONS, UnknownNameError, expand_regions
from spot_price.core.selection import Selection
from spot_price.ports import Catalogue, PriceSource, Query, RegionState, SourceError
from spot_price.usecases.collecting import IN_FLIGHT, newest
from spot_price.usecases.forecasting import MOST_POOLS, Forecasting
from spot_price.usecases.market import Market
from spot_price.watch.feed import FeedError, Foresight, Snapshot
from spot_price.watch.view import View

DEADLINE: Final = 60.0
"""Seconds after which a region has not answered."""
OVERLAP: Final = 600
"""Seconds that each look asks for again: EC2 lists a record some minutes after its time."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What stretch of time a region was asked for."""

    start: Seconds
    end: Seconds


class DirectFeed:
    """A `Feed` of a price source. Each region is asked once for the past, then for what is new."""

    def __init__(self, source: PriceSource, catalogue: Catalogue) -> None:
        self._source = source
        self._store = MemoryStore()
        self._market = Market(self._store, catalogue, source.clock, source=source.name, synthetic=source.synthetic)
        self._regions: Sequence[str] = ()
        self._known: dict[tuple[str, Selection], _Known] = {}
        self._slots = asyncio.Semaphore(IN_FLIGHT)

    async def look(self, selection: Selection, view: View | None = None, *, fresh: bool = True) -> Snapshot:
        """What is selected costs, and did in the view's window."""
        if not self._regions:
            try:
                self._regions = await self._source.regions()
            except SourceError as error:
                raise FeedError(f"{self._source.name}: {error}") from None
            self._market.ask(self._regions)
        asked = self._asked(selection.regions)
        now = self._source.clock.now()
        start, end = view.stretch(now) if view else (now - OVERLAP, now)
        what = Selection(types=selection.types, products=selection.products)
        async with asyncio.TaskGroup() as group:
            for region in asked:
                group.create_task(self._ask(region, what, start, now, fresh=fresh))
        failing = [state for region in asked if (state := self._market.states.get(region)) and state.failing_since]
        try:
            quotes = self._market.current(selection)
        except UnknownNameError:
            if not failing:
                raise
            quotes = []  # whoever did not answer may well have it
        pools = [quote.pool for quote in quotes]
        steps = await self._market.steps(pools, start, end) if view else {}
        market = self._market
        return Snapshot(market.source, market.synthetic, now, start, end, quotes, steps, failing)

    async def outlooks(self, selection: Selection, *, hours: int, cap: float | None = None) -> Foresight:
        """What the prices of pools may be in the next hours."""
        few = await self.look(selection)
        if len(few.quotes) > MOST_POOLS:  # before weeks of their prices are asked for
            raise FeedError(f"{len(few.quotes):,} pools; {MOST_POOLS} is the most. Name fewer types or regions.")
        seen = await self.look(selection, View(window=HOURS * HOUR), fresh=False)
        forecasting = Forecasting(self._market)
        items = await forecasting.outlooks(selection, hours=hours, cap=cap) if seen.quotes else []
        return Foresight(seen.source, seen.synthetic, seen.now, items, seen.failing)

    async def types(self) -> Sequence[str]:
        """Instance types that can be looked at, as far as they are known."""
        return sorted({*self._market.types, *self._market.catalogue.types()})

    async def close(self) -> None:
        """Let go of what is open."""
        await self._source.close()

    def _asked(self, names: Sequence[str]) -> list[str]:
        """Regions that are enabled; one that is named and is not is asked too, and says why it gives nothing."""
        meant = expand_regions(names, sorted({*REGIONS, *self._regions}))
        named = {name.strip().lower() for name in names}
        return [region for region in meant if region in self._regions or region in named]

    async def _ask(self, region: str, what: Selection, start: Seconds, now: Seconds, *, fresh: bool) -> None:
        known = self._known.get((region, what))
        wanted: list[tuple[Seconds, Seconds]] = []
        if known is None:
            wanted.append((start, now))
        else:
            if start < known.start:
                wanted.append((start, known.start))
            if fresh:
                wanted.append((known.end - OVERLAP, now))
        for since, until in wanted:
            query = Query(types=what.types, products=what.products, start=since, end=until)
            if not await self._collect(region, query, now):
                return
        if wanted:
            first = min(start, known.start) if known else start
            self._known[region, what] = _Known(first, now if fresh or known is None else known.end)

    async def _collect(self, region: str, query: Query, now: Seconds) -> bool:
        before = self._market.states.get(region) or RegionState(region)
        try:
            async with self._slots, asyncio.timeout(DEADLINE), aclosing(self._source.prices(region, query)) as pages:
                async for records in pages:
                    await self._store.ingest(records)
                    await self._market.hear(newest(records))
        except SourceError as error:
            failed, code = str(error), error.code
        except TimeoutError:
            failed, code = f"no answer within {DEADLINE:g} s", "no-answer"
        else:
            self._market.take_state(RegionState(region, max(before.observed_until or 0, query.end), now))
            return True
        since = before.failing_since or now
        self._market.take_state(RegionState(region, before.observed_until, now, since, failed, code))
        return False
