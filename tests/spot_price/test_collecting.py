"""Polls: what is new is kept once, and a region that fails hinders no other."""

from collections.abc import Sequence

import pytest

from spot_asked import EAST, WEST, FakeSource
from spot_price.adapters.catalogue import TableCatalogue
from spot_price.adapters.memory import MemoryStore
from spot_price.core.records import Records
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.ports import Change
from spot_price.usecases.collecting import Collecting, Plan
from spot_price.usecases.market import Market


class CountingStore(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.ingested = 0

    async def ingest(self, records: Records, **options: object) -> int:
        self.ingested += len(records)
        return await super().ingest(records)


def collecting(source: FakeSource, **plan: object) -> tuple[Collecting, Market, CountingStore]:
    store = CountingStore()
    market = Market(
        store, TableCatalogue("2026-11-26", {}, {}), source.clock, source=source.name, synthetic=source.synthetic
    )
    return Collecting(source, store, market, Plan(**plan)), market, store  # type: ignore[arg-type]


async def test_what_is_told_twice_is_kept_and_told_once() -> None:
    source = FakeSource([(EAST, 9_000, 0.4), (WEST, 9_100, 0.3)])
    polls, market, store = collecting(source)
    told: list[Change] = []

    async def listener(changes: Sequence[Change]) -> None:
        told.extend(changes)

    market.listen(listener)
    await polls.sweep()
    await polls.sweep()
    assert (store.ingested, len(told)) == (2, 2)
    source.rows.append((EAST, 9_990, 0.5))
    await polls.sweep()
    assert (store.ingested, len(told)) == (3, 3)
    assert [quote.price for quote in market.current(Selection())] == [0.3, 0.5]


async def test_a_region_that_fails_keeps_its_reason_and_hinders_no_other() -> None:
    source = FakeSource([(EAST, 9_000, 0.4), (WEST, 9_100, 0.3)], failing={"us-west-2": "throttled"})
    polls, market, store = collecting(source)
    await polls.sweep()
    west, east = market.states["us-west-2"], market.states["us-east-1"]
    assert (west.code, west.reason, west.failing_since) == ("throttled", "us-west-2 does not want to", 10_000)
    assert (west.observed_until, east.observed_until, east.reason) == (None, 10_000, None)
    assert len(market.current(Selection())) == 2, "what came before it failed is good"
    assert await store.states() == dict(market.states)
    source.moment = 10_060
    await polls.sweep()
    assert market.states["us-west-2"].failing_since == 10_000
    source.failing.clear()
    source.moment = 10_120
    await polls.sweep()
    state = market.states["us-west-2"]
    assert (state.failing_since, state.reason, state.code, state.observed_until) == (None, None, None, 10_120)
    assert (await store.states())["us-west-2"] == state


async def test_each_poll_goes_back_behind_the_end_of_the_last_that_was_answered() -> None:
    source = FakeSource(moment=1_000_000, failing={"us-west-2": "no-answer"})
    polls, _, _ = collecting(source, history=86_400, types=("g5.*",), overlap=600)
    await polls.poll()
    source.moment += 60
    await polls.poll()
    starts = [(region, query.start) for region, query in source.asked]
    assert starts == [
        ("us-east-1", 1_000_000 - 86_400),
        ("us-west-2", 1_000_000 - 86_400),
        ("us-east-1", 1_000_000 - 600),
        ("us-west-2", 1_000_060 - 86_400),
    ]
    assert {query.types for _, query in source.asked} == {("g5.*",)}


async def test_one_that_follows_another_that_was_killed_in_its_first_poll_asks_for_all_of_that_again() -> None:
    source = FakeSource([(EAST, 999_000, 0.4)], moment=1_000_000)
    plan: dict[str, object] = {"history": 86_400, "sweep_first": 0, "sweep_every": 900, "overlap": 600}
    killed, market, store = collecting(source, regions=("us-east",), **plan)
    await killed.sweep()
    assert market.states["us-east-1"].observed_until is None
    follower = Collecting(source, store, market, Plan(("us-east",), **plan))  # type: ignore[arg-type]
    await follower.poll()
    assert source.asked[-1][1].start == 1_000_000 - 86_400
    await follower.sweep()
    assert market.states["us-east-1"].observed_until == 1_000_000


async def test_regions_that_are_named_are_asked_even_where_they_are_not_enabled() -> None:
    source = FakeSource()
    polls, market, _ = collecting(source, regions=("us-east", "af-south-1"))
    await polls.begin()
    assert list(market.regions) == ["af-south-1", "us-east-1"]
    bad, _, _ = collecting(source, regions=("us-eest-1",))
    with pytest.raises(UnknownNameError, match="us-east-1"):
        await bad.begin()
