"""Who follows prices hears of each pool that costs something else, from where they left off.

Nothing waits in a queue for anybody: a reader who is slow, or was away, is told the newest price of each pool that has
changed since, once. What has changed is known by numbers that count up while this process lives; a reader who comes
with the number of another process, or of one that is gone, is told what every pool costs now.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from spot_price.core.records import Pool
from spot_price.core.regions import expand_regions
from spot_price.core.selection import Selection
from spot_price.ports import Change
from spot_price.usecases.market import Market, Quote, product_of


@dataclass(frozen=True, slots=True)
class Told:
    """What a reader hears.

    Attributes:
        quote: what a pool costs now; None: only where the reader stands.
        id: says to go on behind this; None where it is too early for that: the rest of what is now follows.
    """

    quote: Quote | None
    id: str | None


class Telling:
    """Tells readers what changes in a market from now on."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._epoch = secrets.token_hex(4)
        self._seq = 0
        self._changed: dict[Pool, int] = {}  # the newest change last
        self._news = asyncio.Event()
        market.listen(self._hear)

    async def follow(
        self, selection: Selection, known: str | None, *, current: bool = False
    ) -> AsyncGenerator[Told, None]:
        """What the chosen pools cost, as it changes; first where the reader stands. It never ends.

        Args:
            selection: which pools; ones that appear later are among them.
            known: the last id that the reader has had.
            current: whether a reader without an id is told first what every pool costs now.

        Raises:
            UnknownNameError: a name that nothing has.
        """
        quotes = self._market.current(selection)
        chosen = chooser(selection, self._market.regions)
        seq = self._number_of(known)
        if seq is None:
            seq = self._seq
            if known is not None or current:
                for quote in quotes:
                    yield Told(quote, None)
        yield Told(None, f"{self._epoch}-{seq}")
        while True:
            news = self._news
            for pool, number in self._since(seq):
                seq = number
                if chosen(pool):
                    yield Told(self._market.quote(pool), f"{self._epoch}-{number}")
            await news.wait()

    def _since(self, seq: int) -> Sequence[tuple[Pool, int]]:
        found = []
        for pool in reversed(self._changed):
            number = self._changed[pool]
            if number <= seq:
                break
            found.append((pool, number))
        return found[::-1]

    def _number_of(self, known: str | None) -> int | None:
        epoch, _, number = (known or "").partition("-")
        if epoch != self._epoch or not (number.isascii() and number.isdigit()) or int(number) > self._seq:
            return None
        return int(number)

    async def _hear(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.before is None or change.before.micros != change.now.micros:
                self._seq += 1
                self._changed.pop(change.now.pool, None)
                self._changed[change.now.pool] = self._seq
        news, self._news = self._news, asyncio.Event()
        news.set()


def chooser(selection: Selection, regions: Sequence[str]) -> Callable[[Pool], bool]:
    """Tells of a pool whether it is asked for.

    Raises:
        UnknownNameError: a region or a product that there is none of.
    """
    chosen = frozenset(expand_regions(selection.regions, regions)) if selection.regions else None
    patterns = tuple(pattern.strip().lower() for pattern in selection.types)
    products = frozenset(product_of(name) for name in selection.products)
    zones = frozenset(selection.zones)
    types: dict[str, bool] = {}

    def fits(pool: Pool) -> bool:
        if patterns and pool.instance_type not in types:
            types[pool.instance_type] = any(fnmatchcase(pool.instance_type, pattern) for pattern in patterns)
        return (
            (chosen is None or pool.region in chosen)
            and (not patterns or types[pool.instance_type])
            and (not products or pool.product in products)
            and (not zones or pool.zone_id in zones or pool.zone_name in zones)
        )

    return fits
