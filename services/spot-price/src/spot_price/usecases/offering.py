"""Where a dollar buys most: what every pool costs now for what it has, ranked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from spot_price.core.offers import Measure, rank, settled
from spot_price.core.records import Pool
from spot_price.core.selection import Selection
from spot_price.ports import PlacementError, PlacementScores
from spot_price.usecases.market import MANY, Market, Quote

SCORED_REGIONS: Final = 10
"""Regions that EC2 scores at once."""
SCORED_TYPES: Final = 20
"""Types that are scored together: more would be a job that runs on anything."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        selection: which pools.
        measure: what they are ranked by.
        gpus: with at least so many GPUs.
        max_price: at most so dear, US dollars an hour; None: however dear.
        held: the key of the offer that was first; None: none was.
        hysteresis: the share by which another must be better to be first in its place; None: as the service is set.
    """

    selection: Selection
    measure: Measure = Measure.PRICE
    gpus: int = 0
    max_price: float | None = None
    held: str | None = None
    hysteresis: float | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is.

    Attributes:
        items: the best first.
        unranked: pools of known price, with all that is asked for, that have no such figure.
        hysteresis: that was applied.
    """

    items: Sequence[Quote]
    unranked: int
    hysteresis: float


@dataclass(frozen=True, slots=True)
class Scores:
    """How likely EC2 says that capacity is.

    Attributes:
        of: from 1 to 10 by zone id.
        types: which were scored together.
        fault: why there are none; empty: nothing went wrong.
    """

    of: Mapping[str, int]
    types: Sequence[str]
    fault: str = ""


class Offering:
    """Ranks what a market has.

    Args:
        market: where prices are.
        hysteresis: the share by which another offer must be better to take the place of the first.
        placement: asks EC2 for its scores; None: nobody can.
    """

    def __init__(self, market: Market, *, hysteresis: float = 0.0, placement: PlacementScores | None = None) -> None:
        self._market = market
        self._hysteresis = hysteresis
        self._placement = placement

    async def offers(self, wanted: Wanted) -> Offers:
        """What there is of what is asked for.

        Raises:
            UnknownNameError: a region, a type, a zone, a product or a pool that there is none of.
        """
        hysteresis = self._hysteresis if wanted.hysteresis is None else wanted.hysteresis
        held = None if wanted.held is None else self._market.pool(wanted.held)
        pools = self._market.pools(wanted.selection)
        if len(pools) < MANY:
            return self._ranked(pools, wanted, held, hysteresis)
        return await asyncio.to_thread(self._ranked, pools, wanted, held, hysteresis)

    def _ranked(self, pools: Sequence[Pool], wanted: Wanted, held: Pool | None, hysteresis: float) -> Offers:
        types = self._market.catalogue.types()
        fit = {name for name, has in types.items() if has.gpus >= wanted.gpus} if wanted.gpus else None
        found = [
            quote
            for quote in self._market.quotes(pool for pool in pools if fit is None or pool.instance_type in fit)
            if quote.price is not None and (wanted.max_price is None or quote.price <= wanted.max_price)
        ]
        ranking = rank(found, wanted.measure)
        unranked = len(found) - len(ranking)
        return Offers(settled(ranking, wanted.measure, held, hysteresis), unranked, hysteresis)

    async def scores(self, quotes: Sequence[Quote]) -> Scores:
        """EC2's scores of the zones of these, for all their types together: of the first regions and types alone."""
        types = tuple(islice(dict.fromkeys(quote.pool.instance_type for quote in quotes), SCORED_TYPES))
        regions = tuple(islice(dict.fromkeys(quote.pool.region for quote in quotes), SCORED_REGIONS))
        if self._placement is None:
            return Scores({}, (), "Only EC2 has placement scores, and these prices are not from there.")
        if not types:
            return Scores({}, ())
        try:
            return Scores(await self._placement.scores(types, regions), types)
        except PlacementError as error:
            return Scores({}, (), str(error))
