"""The monitor's prices from a source itself: what is asked for, and what happens when a region fails."""

import math

import pytest

from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.ports import SourceError
from spot_price.watch.direct import OVERLAP, DirectFeed
from spot_price.watch.feed import FeedError
from spot_price.watch.view import View
from spot_watching import CATALOGUE, HOUR, NOW, FakeSource

TYPE = Selection(types=("g5.2xlarge",))
VIEW = View(window=3 * HOUR)


async def test_a_look_gives_every_zone_the_cheapest_first_with_its_past() -> None:
    seen = await DirectFeed(FakeSource(), CATALOGUE).look(TYPE, VIEW)
    assert [quote.pool.zone for quote in seen.quotes] == ["use1-az1", "use1-az2", "use1-az3", "euw1-az1", "euw1-az2"]
    assert seen.synthetic
    assert (seen.start, seen.end, seen.now) == (NOW - 3 * HOUR, NOW, NOW)
    for quote in seen.quotes:
        steps = seen.steps[quote.pool]
        assert steps.at[0] == seen.start
        assert steps.value(NOW - 1) == quote.price
    assert seen.quotes[0].on_demand == 1.212
    assert seen.quotes[0].observed_until == NOW


async def test_a_region_is_asked_for_its_past_once_and_then_for_what_is_new() -> None:
    source = FakeSource(zones={"us-east-1": 1})
    feed = DirectFeed(source, CATALOGUE)
    await feed.look(TYPE, VIEW)
    await feed.look(TYPE, VIEW, fresh=False)
    assert len(source.asked) == 1
    source.clock.moment = NOW + 60
    await feed.look(TYPE, VIEW)
    await feed.look(TYPE, View(window=6 * HOUR), fresh=False)
    await feed.look(TYPE, View(window=HOUR), fresh=False)
    assert [(query.start, query.end) for _, query in source.asked] == [
        (NOW - 3 * HOUR, NOW),
        (NOW - OVERLAP, NOW + 60),
        (NOW + 60 - 6 * HOUR, NOW - 3 * HOUR),
    ]


async def test_a_region_that_fails_is_told_and_hides_no_other() -> None:
    source = FakeSource(failing={"us-west-2": SourceError("EC2 throttles", code="throttled")})
    feed = DirectFeed(source, CATALOGUE)
    seen = await feed.look(TYPE, VIEW)
    assert [(state.region, state.reason, state.code) for state in seen.failing] == [
        ("us-west-2", "EC2 throttles", "throttled")
    ]
    assert len(seen.quotes) == 5
    source.clock.moment = NOW + 60
    source.failing["us-east-1"] = source.failing.pop("us-west-2")
    source.zones["us-west-2"] = 1
    seen = await feed.look(TYPE, VIEW)
    assert [(state.region, state.failing_since) for state in seen.failing] == [("us-east-1", NOW + 60)]
    assert len(seen.quotes) == 6
    lost = seen.steps[next(quote.pool for quote in seen.quotes if quote.pool.zone == "use1-az1")]
    assert lost.end == NOW
    assert math.isnan(lost.value(NOW + 30))


async def test_names_that_nothing_has_are_refused_with_the_near_ones() -> None:
    feed = DirectFeed(FakeSource(), CATALOGUE)
    with pytest.raises(UnknownNameError, match=r"There is no region “us-eest-1”\. Did you mean .*us-east-1"):
        await feed.look(Selection(types=("g5.2xlarge",), regions=("us-eest-1",)))
    with pytest.raises(UnknownNameError, match=r"There is no instance type “g5\.3xlarge”\. Did you mean g5.xlarge"):
        await feed.look(Selection(types=("g5.3xlarge",)))


async def test_where_every_region_fails_an_unknown_type_may_well_be_one() -> None:
    source = FakeSource(zones={}, failing={"us-west-2": SourceError("no answer", code="no-answer")})
    seen = await DirectFeed(source, CATALOGUE).look(Selection(types=("p9.large",)), VIEW)
    assert not seen.quotes
    assert len(seen.failing) == 1


async def test_a_source_that_cannot_be_asked_at_all_is_told_in_one_line() -> None:
    source = FakeSource(failing={"all": SourceError("the credentials have expired", code="credentials")})
    with pytest.raises(FeedError, match=r"synthetic .of a test.: the credentials have expired"):
        await DirectFeed(source, CATALOGUE).look(TYPE)


async def test_types_are_those_seen_and_those_of_the_table() -> None:
    source = FakeSource(types=("g5.2xlarge", "p3.2xlarge"))
    feed = DirectFeed(source, CATALOGUE)
    await feed.look(Selection(types=("p3.*",)))
    assert await feed.types() == ["g5.2xlarge", "g5.xlarge", "p3.2xlarge"]
    await feed.close()
    assert source.closed
