"""Which pools there are, what they cost now, and what they cost before."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from genba_servicekit.logging import get_logger
from spot_price.core.instances import InstanceType
from spot_price.core.offers import Measure, rank
from spot_price.core.records import PRODUCTS, Pool, Seconds, key_text
from spot_price.core.regions import UnknownNameError, expand_regions, near
from spot_price.core.selection import Selection
from spot_price.core.steps import Steps
from spot_price.ports import Catalogue, Change, Clock, Last, PriceStore, RegionState

MANY: Final = 1_000
"""Pools whose list is made beside the event loop: 3 ms and more; 20,000 take 50 ms."""
_VPC: Final = " (amazon vpc)"

log = get_logger(__name__)


Listener: TypeAlias = Callable[[Sequence[Change]], Awaitable[None]]
"""Is told what has changed, once it has; what it raises is logged and hinders nobody else."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a pool costs now.

    Attributes:
        pool: which.
        price: US dollars an hour; None where it is not known.
        since: since when.
        observed_until: when the region's source last answered.
        on_demand: US dollars an hour; None where it is not known.
        instance: what the type has; None where it is not known.
        on_demand_dated: of what date `on_demand` is, ISO 8601; None where it is not known.
    """

    pool: Pool
    price: float | None
    since: Seconds
    observed_until: Seconds | None
    on_demand: float | None
    instance: InstanceType | None
    on_demand_dated: str | None = None


@dataclass(frozen=True, slots=True)
class KnownType:
    """An instance type by name.

    Attributes:
        name: such as `g5.2xlarge`.
        instance: what it has; None where the catalogue does not know it.
        has_prices: whether there is a Spot price of it.
    """

    name: str
    instance: InstanceType | None
    has_prices: bool


class Market:
    """Prices as they are known here. What is now is held in memory; what was is in the store."""

    def __init__(self, store: PriceStore, catalogue: Catalogue, clock: Clock, *, source: str, synthetic: bool) -> None:
        self._store = store
        self.catalogue = catalogue
        self.clock = clock
        self.source = source
        self.synthetic = synthetic
        self._last: dict[Pool, Last] = {}
        self._by_type: dict[str, dict[Pool, None]] = {}
        self._states: dict[str, RegionState] = {}
        self._asked: frozenset[str] = frozenset()
        self._priced: set[str] = set()
        self._listeners: list[Listener] = []

    async def load(self) -> None:
        """Read what is now from the store; at start, and to catch up with other processes."""
        await self.hear(await self._store.last())
        self._states = await self._store.states()

    def listen(self, listener: Listener) -> None:
        """Have a listener told of every change from now on, in order; it waits for nothing that takes long."""
        self._listeners.append(listener)

    async def hear(self, records: Iterable[Last]) -> list[Change]:
        """Take new records, and tell every listener what they changed; gives that."""
        changes = self.take(records)
        if changes:
            for listener in self._listeners:
                try:
                    await listener(changes)
                except Exception:  # one that fails must not hinder the others, nor the polls
                    log.exception("a listener to prices fails")
        return changes

    def take(self, records: Iterable[Last]) -> list[Change]:
        """Take new records and tell nobody; gives those that are newer than what was known."""
        changes = self.changes(records)
        for now, before in ((change.now, change.before) for change in changes):
            if before and before.pool.zone_name and not now.pool.zone_name:
                now = replace(now, pool=before.pool)  # noqa: PLW2901  (its source does not say the name)
            elif before and before.pool.zone_name != now.pool.zone_name:
                for known in (self._last, self._by_type[now.pool.instance_type]):
                    known.pop(before.pool, None)  # what stands as a key keeps its old name
            self._last[now.pool] = now
            self._priced.add(now.pool.region)
            self._by_type.setdefault(now.pool.instance_type, {})[now.pool] = None
        return changes

    def changes(self, records: Iterable[Last]) -> list[Change]:
        """What these records, one of each pool, would change; nothing is taken."""
        known = ((record, self._last.get(record.pool)) for record in records)
        return [Change(record, before) for record, before in known if before is None or before.at < record.at]

    def lasts(self) -> list[Last]:
        """The newest record of every pool."""
        return list(self._last.values())

    def last(self, pool: Pool) -> Last | None:
        """The newest record of a pool; None: there is none."""
        return self._last.get(pool)

    def ask(self, regions: Iterable[str]) -> None:
        """Say which regions are asked for prices: their names are good before the first answer."""
        self._asked = frozenset(regions)

    def take_state(self, state: RegionState) -> None:
        """Hear how a region's poll went."""
        self._states[state.region] = state

    @property
    def states(self) -> Mapping[str, RegionState]:
        """How the last poll of every region went."""
        return self._states

    @property
    def types(self) -> list[str]:
        """Every instance type that there is a price of."""
        return sorted(self._by_type)

    @property
    def regions(self) -> Sequence[str]:
        """Every region that there is a price in, or that was asked."""
        return sorted(self._priced | self._states.keys() | self._asked)

    def regions_of(self, asked: Sequence[str]) -> tuple[str, ...]:
        """The regions that names, prefixes and aliases mean; nothing asked: all.

        Raises:
            UnknownNameError: one of them means none.
        """
        return expand_regions(asked, self.regions)

    def known_types(self, asked: Sequence[str], *, gpus: int = 0) -> list[KnownType]:
        """Types by name, of which there are prices or which the catalogue knows.

        Args:
            asked: names or patterns; empty: all.
            gpus: with at least so many GPUs.

        Raises:
            UnknownNameError: one of them means none.
        """
        catalogue = self.catalogue.types()
        every = sorted(catalogue.keys() | self._by_type.keys())
        found: set[str] = set() if asked else set(every)
        for pattern in asked:
            wanted = pattern.strip().lower()
            meant = [name for name in every if fnmatchcase(name, wanted)]
            if not meant:
                raise UnknownNameError("instance type", pattern, near(wanted, every))
            found.update(meant)
        known = (KnownType(name, catalogue.get(name), name in self._by_type) for name in every if name in found)
        return [one for one in known if not gpus or (one.instance is not None and one.instance.gpus >= gpus)]

    def pools(self, selection: Selection) -> list[Pool]:
        """Every pool that is asked for and known.

        Raises:
            UnknownNameError: a region, a type, a zone or a product that there is none of.
        """
        regions = set(expand_regions(selection.regions, self.regions)) if selection.regions else None
        products = {product_of(name) for name in selection.products}
        zones = set(selection.zones)
        found = [
            pool
            for name in self._types_of(selection.types)
            for pool in self._by_type[name]
            if (regions is None or pool.region in regions)
            and (not products or pool.product in products)
            and (not zones or pool.zone_id in zones or pool.zone_name in zones)
        ]
        if others := zones.difference(*((pool.zone_id, pool.zone_name) for pool in found)):
            self._check_zones(others)
        return found

    def pool(self, key: str) -> Pool:
        """The pool that is called so, as `key_text` has it.

        Raises:
            UnknownNameError: there is none.
        """
        name = key.split("|")[-2] if "|" in key else key
        for pool in self.pools(Selection(types=(name,), products=())):
            if key_text(pool) == key:
                return pool
        raise UnknownNameError("pool", key, [])

    def current(self, selection: Selection) -> list[Quote]:
        """What pools cost now, the cheapest first, those of unknown price last."""
        return self._listed(self.pools(selection))

    async def listed(self, selection: Selection) -> list[Quote]:
        """The same, beside the event loop where it takes long."""
        pools = self.pools(selection)
        return self._listed(pools) if len(pools) < MANY else await asyncio.to_thread(self._listed, pools)

    def _listed(self, pools: Sequence[Pool]) -> list[Quote]:
        quotes = self.quotes(pools)
        unknown = [quote for quote in quotes if quote.price is None]
        return [*rank(quotes, Measure.PRICE), *sorted(unknown, key=lambda quote: quote.pool.key)]

    def quote(self, pool: Pool) -> Quote:
        """What a pool costs now."""
        return self.quotes([pool])[0]

    def quotes(self, pools: Iterable[Pool]) -> list[Quote]:
        """What these pools cost now. It may be called from another thread."""
        now, types, on_demand = self.clock.now(), self.catalogue.types(), self.catalogue.on_demand
        found = []
        for pool in pools:
            last, state = self._last[pool], self._states.get(pool.region)
            whole = on_demand(pool.region, pool.instance_type, pool.product)
            found.append(
                Quote(
                    pool=pool,
                    price=last.price(now),
                    since=last.at,
                    observed_until=state.observed_until if state else None,
                    on_demand=whole,
                    instance=types.get(pool.instance_type),
                    on_demand_dated=None if whole is None else self.catalogue.dated(pool.instance_type),
                )
            )
        return found

    def prices(self, pools: Iterable[Pool]) -> Iterator[tuple[Pool, float]]:
        """What those of these pools cost now whose price is known. It may be called from another thread."""
        now = self.clock.now()
        lasts = map(self._last.__getitem__, pools)
        return ((last.pool, price) for last in lasts if (price := last.price(now)) is not None)

    async def steps(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> dict[Pool, Steps]:
        """What pools cost in a window, in steps."""
        until = {
            region: state.observed_until for region, state in self._states.items() if state.observed_until is not None
        }
        return await self._store.steps(pools, start, end, until=until)

    async def count(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> int:
        """How many records these pools have in a window."""
        return await self._store.count(pools, start, end)

    def _types_of(self, asked: Sequence[str]) -> list[str]:
        if not asked:
            return self.types
        found: dict[str, None] = {}
        for pattern in asked:
            wanted = pattern.strip().lower()
            meant = [name for name in self._by_type if fnmatchcase(name, wanted)]
            if not meant and wanted not in self.catalogue.types():
                raise UnknownNameError(
                    "instance type", pattern, near(wanted, [*self._by_type, *self.catalogue.types()])
                )
            found.update(dict.fromkeys(sorted(meant)))
        return list(found)

    def _check_zones(self, zones: Iterable[str]) -> None:
        every = {name for pool in self._last for name in (pool.zone_id, pool.zone_name) if name}
        for zone in zones:
            if zone not in every:
                raise UnknownNameError("zone", zone, near(zone, every))


def product_of(name: str) -> str:
    """The product that a description means: any case, with or without ` (Amazon VPC)`, or RHEL, SUSE, Linux.

    Raises:
        UnknownNameError: no product is called so.
    """
    bare = name.strip().casefold().removesuffix(_VPC).strip()
    short = {"linux": 0, "rhel": 1, "red hat": 1, "suse": 2}
    if bare in short:
        return PRODUCTS[short[bare]]
    for product in PRODUCTS:
        if product.casefold() == bare:
            return product
    raise UnknownNameError("product description", name, near(name, PRODUCTS) or list(PRODUCTS))


def dollars(price: float | None) -> float | None:
    """A price for JSON, in which there is no NaN."""
    return None if price is None or math.isnan(price) else price
