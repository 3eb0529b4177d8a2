"""What counts as the cheapest changes when another is cheaper by a share, and each such change is told once."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from genba_contracts.events import SpotOfferCheapest
from genba_servicekit.bus import EventBus
from spot_price import events
from spot_price.core.offers import gives_way
from spot_price.core.records import Pool
from spot_price.ports import Change, Last
from spot_price.usecases.cheapest import Cheapest

POOLS = [Pool("us-east-1", f"use1-az{number}", None, "g5.xlarge") for number in range(4)]
BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=3, unique_by=lambda row: row[0]),
    min_size=1,
    max_size=25,
)


def changes(rows: list[tuple[int, int]], at: int, prices: dict[Pool, Last]) -> list[Change]:
    made = [Last(POOLS[number], at, price * 10_000, None) for number, price in rows]
    return [Change(one, prices.get(one.pool)) for one in made]


@given(BATCHES, st.sampled_from([0.0, 0.05, 0.2, 0.5]))
def test_the_first_is_never_dearer_than_the_cheapest_by_more_than_the_share(
    batches: list[list[tuple[int, int]]], share: float
) -> None:
    cheapest = Cheapest(["g5.*"], share)
    prices: dict[Pool, Last] = {}
    first: Pool | None = None
    for at, rows in enumerate(batches, 1):
        news = changes(rows, at, prices)
        told = cheapest.after(news, at)
        assert told == cheapest.after(news, at), "asking changes nothing"
        cheapest.take(news, at)
        prices |= {change.now.pool: change.now for change in news}
        known = [last for last in prices.values() if last.micros]
        for change, before in told:
            assert before == (None if first is None else prices[first])
            assert change.now == prices[change.now.pool]
            first = change.now.pool
        if known and first is not None and prices[first].micros:
            low = min(last.micros for last in known)
            assert not gives_way(prices[first].micros, low, share)
            assert share or prices[first].micros == low
        assert not known or (first is not None and prices[first].micros)


def test_an_equal_price_takes_nobody_s_place() -> None:
    cheapest = Cheapest(["g5.*"])
    cheapest.take(changes([(1, 5)], 1, {}), 1)
    assert cheapest.after(changes([(0, 5)], 2, {}), 2) == []


def test_with_a_share_fewer_changes_are_told() -> None:
    told = {}
    for share in (0.0, 0.1):
        cheapest = Cheapest(["g5.*"], share)
        told[share] = 0
        for at in range(20):
            news = changes([(0, 100), (1, 98 if at % 2 else 102)], at, {})
            told[share] += len(cheapest.after(news, at))
            cheapest.take(news, at)
    assert told == {0.0: 20, 0.1: 1}


def test_who_is_told_which_one_counts_goes_on_from_there() -> None:
    cheapest = Cheapest(["g5.*"], 0.1)
    cheapest.settle(Pool("us-east-1", "use1-az1", None, "c7i.large"))
    cheapest.settle(POOLS[1])
    cheapest.take(changes([(0, 97), (1, 100)], 1, {}), 1)
    ((change, before),) = cheapest.after(changes([(0, 90)], 2, {}), 2)
    assert change.now.pool == POOLS[0]
    assert before is not None
    assert before.pool == POOLS[1]


async def test_another_process_s_event_is_heard() -> None:
    settled: asyncio.Queue[Pool] = asyncio.Queue()

    class Following:
        async def hear(self, records: object) -> None:
            raise AssertionError

        async def load(self) -> None:
            """Nothing was there before."""

        def settle(self, pool: Pool) -> None:
            settled.put_nowait(pool)

    bus = EventBus(None, "a test")
    events.follow_other_processes(bus, Following())
    await bus.start()
    last = Last(POOLS[2], 100, 400_000, None)
    event = events.cheapest(Change(last, None), None)
    assert isinstance(event, SpotOfferCheapest)
    await bus.publish(event)
    assert await settled.get() == POOLS[2]
    await bus.stop()
