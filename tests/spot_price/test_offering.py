"""Offers of many pools are ranked beside the event loop, and as those of few are."""

import asyncio

from spot_price.adapters.catalogue import TableCatalogue
from spot_price.adapters.memory import MemoryStore
from spot_price.core.instances import InstanceType
from spot_price.core.offers import Measure
from spot_price.core.records import Pool
from spot_price.core.selection import Selection
from spot_price.ports import Last
from spot_price.usecases.market import Market
from spot_price.usecases.offering import Offering, Wanted

NAMES = [f"g5.{number}xlarge" for number in range(1, 61)]
SIZES = {name: InstanceType(name, 4 * number, 16, number % 3) for number, name in enumerate(NAMES, 1)}


class StoppedClock:
    """It is always the same time."""

    def now(self) -> int:
        return 1_000


async def test_many_offers_are_ranked_while_others_are_answered() -> None:
    market = Market(MemoryStore(), TableCatalogue("2026-11-26", SIZES, {}), StoppedClock(), source="a", synthetic=True)
    pools = [Pool("us-east-1", f"use1-az{zone}", None, name) for name in SIZES for zone in range(40)]
    market.take(Last(pool, 5, 100_000 + number * 7_919 % 900_000, None) for number, pool in enumerate(pools))
    offering = Offering(market)
    ranking = asyncio.ensure_future(offering.offers(Wanted(Selection(), Measure.GPU, gpus=1)))
    others = 0
    while not ranking.done():
        others += 1
        await asyncio.sleep(0)
    assert others > 1
    found = await ranking
    assert len(found.items) == 40 * 40
    assert found.unranked == 0
    for name in ("g5.1xlarge", "g5.60xlarge"):
        few = await offering.offers(Wanted(Selection(types=(name,)), Measure.GPU, gpus=1))
        assert list(few.items) == [quote for quote in found.items if quote.pool.instance_type == name]
    unranked = await offering.offers(Wanted(Selection(), Measure.GPU))
    assert (len(unranked.items), unranked.unranked) == (40 * 40, 20 * 40)
