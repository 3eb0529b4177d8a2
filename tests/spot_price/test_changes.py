"""Who follows prices hears of every change, from where they left off."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from contract.spot.spot_world import G5, G5_B, G5_EU, NOW, StandingClock, filled_market
from spot_price.core.records import MICROS, Pool, Seconds
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.ports import Last
from spot_price.usecases.market import Market
from spot_price.usecases.telling import Telling, Told

pytestmark = pytest.mark.anyio

ALL = Selection()
NEW = Pool("us-east-1", "use1-az4", "us-east-1d", "g5.2xlarge")


async def cost(market: Market, pool: Pool, since: Seconds, price: float) -> None:
    await market.hear([Last(pool, since, round(price * MICROS), None)])


def said(told: Told) -> tuple[str, float | None]:
    assert told.quote is not None
    return told.quote.pool.zone, told.quote.price


async def ready(stream: AsyncIterator[Told]) -> str:
    told = await anext(stream)
    assert told.quote is None
    assert told.id is not None
    return told.id


async def test_a_change_is_told_to_who_asked_for_its_pool() -> None:
    market = await filled_market(StandingClock())
    telling = Telling(market)
    east = telling.follow(Selection(regions=("us-east",)), None)
    await ready(east)
    await cost(market, G5_EU, NOW, 0.3)
    await cost(market, G5, NOW, 0.45)
    await cost(market, NEW, NOW, 0.2)
    assert [said(await anext(east)), said(await anext(east))] == [("use1-az1", 0.45), ("use1-az4", 0.2)]
    waiting = asyncio.ensure_future(anext(east))
    await asyncio.sleep(0)
    await cost(market, G5_B, NOW, 0.0)
    assert said(await waiting) == ("use1-az2", None)


async def test_a_price_that_is_told_again_is_no_change() -> None:
    market = await filled_market(StandingClock())
    stream = Telling(market).follow(ALL, None)
    await ready(stream)
    await cost(market, G5, NOW - 1, 0.4361)
    await cost(market, G5_B, NOW, 0.4)
    assert said(await anext(stream)) == ("use1-az2", 0.4)


async def test_a_slow_reader_hears_the_newest_price_of_each_pool_once() -> None:
    market = await filled_market(StandingClock())
    stream = Telling(market).follow(ALL, None)
    await ready(stream)
    for step in range(1_000):
        await cost(market, G5, NOW + step, 0.4 + step / 1000)
    await cost(market, G5_EU, NOW, 0.3)
    assert [said(await anext(stream)), said(await anext(stream))] == [("use1-az1", 1.399), ("euw1-az3", 0.3)]


async def test_who_comes_back_hears_what_changed_meanwhile() -> None:
    market = await filled_market(StandingClock())
    telling = Telling(market)
    first = telling.follow(ALL, None)
    await ready(first)
    await cost(market, G5, NOW, 0.45)
    last = (await anext(first)).id
    await cost(market, G5_EU, NOW, 0.3)
    again = telling.follow(ALL, last)
    assert await ready(again) == last
    assert said(await anext(again)) == ("euw1-az3", 0.3)


@pytest.mark.parametrize("known", [None, "00000000-7", "nonsense", "-", "00000000-x"])
async def test_who_asks_or_comes_from_another_process_hears_what_everything_costs_now(known: str | None) -> None:
    market = await filled_market(StandingClock())
    telling = Telling(market)
    stream = telling.follow(Selection(types=("g5.*",)), known, current=known is None)
    assert [said(await anext(stream))[0] for _ in range(3)] == ["euw1-az3", "use1-az1", "use1-az2"]
    await ready(stream)


async def test_what_nothing_is_called_is_refused() -> None:
    market = await filled_market(StandingClock())
    with pytest.raises(UnknownNameError):
        await anext(Telling(market).follow(Selection(regions=("mars",)), None))
