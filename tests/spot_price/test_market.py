"""What the market knows, and whom it tells."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from spot_price.adapters.catalogue import TableCatalogue
from spot_price.adapters.clock import WallClock
from spot_price.adapters.memory import MemoryStore
from spot_price.core.records import Pool
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.ports import Change, Last
from spot_price.usecases.market import Market

POOL = Pool("us-east-1", "use1-az1", "us-east-1a", "g5.xlarge")


def market() -> Market:
    return Market(MemoryStore(), TableCatalogue("2026-11-26", {}, {}), WallClock(), source="a test", synthetic=True)


async def test_listeners_are_told_what_is_newer_with_what_was_before() -> None:
    known = market()
    told: list[Change] = []

    async def listener(changes: Sequence[Change]) -> None:
        told.extend(changes)

    known.listen(listener)
    first, second = Last(POOL, 100, 400_000, None), Last(POOL, 200, 500_000, None)
    await known.hear([first])
    await known.hear([second, first])
    assert told == [Change(first, None), Change(second, first)]
    assert known.last(POOL) == second


async def test_a_pool_whose_zone_has_another_name_is_the_same_pool() -> None:
    """An account has its own names of zones, and a recording may say their ids alone."""
    known = market()
    names = []
    for at, name in ((100, None), (200, "us-east-1a"), (300, None), (400, "us-east-1c")):
        await known.hear([Last(replace(POOL, zone_name=name), at, 400_000 + at, None)])
        (quote,) = known.current(Selection())
        assert quote.since == at
        names.append(quote.pool.zone_name)
    assert names == [None, "us-east-1a", "us-east-1a", "us-east-1c"]
    assert known.pools(Selection(zones=("us-east-1c",))) == [POOL]
    with pytest.raises(UnknownNameError):
        known.pools(Selection(zones=("us-east-1a",)))


async def test_a_listener_that_fails_hinders_no_other() -> None:
    known = market()
    told: list[Change] = []

    async def fails(_changes: Sequence[Change]) -> None:
        raise ValueError("no")

    async def listener(changes: Sequence[Change]) -> None:
        told.extend(changes)

    known.listen(fails)
    known.listen(listener)
    await known.hear([Last(POOL, 100, 400_000, None)])
    assert len(told) == 1


def test_regions_that_are_asked_are_known_before_they_answer() -> None:
    known = market()
    known.ask(["eu-west-1", "us-east-1"])
    assert list(known.regions) == ["eu-west-1", "us-east-1"]
