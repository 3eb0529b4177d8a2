"""Forecasts through the typed client against the real service: quantiles, chances, how good they were, and silence."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.spot.spot_world import NOW, StandingClock, World, spot_world
from genba_client import UnprocessableError
from genba_contracts.spot import PriceForecasts
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.memory import MemoryStore
from spot_price.core.generator import Synthetic
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.ports import RegionState
from spot_price.usecases.forecasting import Forecasting, ForecastsBusy, Silence
from spot_price.usecases.market import Market
from spot_price.watch.feed import FeedError
from spot_price.watch.server import ServerFeed

pytestmark = pytest.mark.anyio
DAY = 86_400
REGION = "us-east-1"


async def market_of(days: int, types: list[str], store: MemoryStore | None = None) -> Market:
    """A made-up market that is known for so many days."""
    store = store or MemoryStore()
    await store.ingest(Synthetic(7).records(REGION, NOW - days * DAY, NOW, types=types))
    await store.set_state(RegionState(REGION, observed_until=NOW - 60, tried_at=NOW))
    market = Market(store, packaged(), StandingClock(), source="synthetic (seed 7)", synthetic=True)
    await market.load()
    return market


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as made:
        market = await market_of(45, ["g5.xlarge", "g5.2xlarge"])
        made.app.state.spot = replace(made.spot, market=market, forecasting=Forecasting(market, most_pools=8))
        yield made


async def forecasts(world: World, **asked: object) -> PriceForecasts:
    return await world.client.forecasts(["g5.xlarge"], **asked)  # type: ignore[arg-type]


async def test_what_is_offered_was_better_than_both_that_are_free(world: World) -> None:
    found = await forecasts(world, cap=1.0)
    assert (found.source, found.synthetic, found.cap) == ("synthetic (seed 7)", True, 1.0)
    offered = [one for one in found.items if one.offered]
    assert offered, "a made-up market can be forecast"
    for one in found.items:
        assert one.score is not None
        better = one.score.loss < min(one.score.staying, one.score.usual)
        assert (one.offered, one.reason) == (better, None if better else "not-better")
        assert len(one.hours) == (24 if one.offered else 0)
    for one in offered:
        chances = [hour.under for hour in one.hours if hour.under is not None]
        assert len(chances) == 24
        assert chances == sorted(chances, reverse=True), "who was over the cap once was over it"
        for hour in one.hours:
            quantiles = list(hour.price.model_dump().values())
            assert quantiles == sorted(quantiles)
    assert [one.price for one in found.items] == sorted(one.price or 0 for one in found.items)


async def test_fewer_hours_are_judged_by_as_many_and_no_cap_has_no_chance(world: World) -> None:
    day, hour = await forecasts(world), await forecasts(world, hours=1)
    for long, short in zip(day.items, hour.items, strict=True):
        assert long.score is not None
        assert short.score is not None
        assert short.score.staying < long.score.staying, "in an hour less happens than in a day"
        if long.offered and short.offered:
            assert short.hours == long.hours[:1]
            assert short.hours[0].under is None


async def test_a_cap_that_is_far_away_is_never_reached_and_one_that_is_passed_always(world: World) -> None:
    high, low = await forecasts(world, cap=99_999), await forecasts(world, cap=0.0001)
    assert {hour.under for one in high.items for hour in one.hours} == {1.0}
    assert {hour.under for one in low.items for hour in one.hours} == {0.0}


async def test_of_too_little_that_is_known_nothing_is_said() -> None:
    for days, reason in ((3, "too-little-known"), (8, "too-little-known")):
        market = await market_of(days, ["g5.xlarge"])
        found = await Forecasting(market).outlooks(_all(), hours=24)
        assert {one.silence for one in found} == {reason}
        assert all(one.forecast is None for one in found)


async def test_a_past_that_comes_later_is_seen_within_a_minute() -> None:
    store = MemoryStore()
    market = await market_of(3, ["g5.xlarge"], store)
    forecasting = Forecasting(market)
    assert {one.silence for one in await forecasting.outlooks(_all(), hours=24)} == {Silence.TOO_LITTLE_KNOWN}
    await store.ingest(Synthetic(7).records(REGION, NOW - 45 * DAY, NOW - 3 * DAY, types=["g5.xlarge"]))
    assert isinstance(market.clock, StandingClock)
    market.clock.time += 60
    assert all(one.fared for one in await forecasting.outlooks(_all(), hours=24))


async def test_an_unknown_price_has_no_forecast(tmp_path: Path) -> None:
    async with spot_world(tmp_path) as world:
        found = await world.client.forecasts(["g4dn.xlarge"])
        assert [(one.reason, one.price is None) for one in found.items] == [
            *(("too-little-known", False), ("no-price", True))
        ]


async def test_judgements_are_kept_for_some_hours(world: World) -> None:
    market = await market_of(45, ["g5.xlarge"])
    forecasting = Forecasting(market)
    first = await forecasting.outlooks(_all(), hours=24)
    assert isinstance(market.clock, StandingClock)
    market.clock.time += 3600
    again = await forecasting.outlooks(_all(), hours=24)
    assert [one.fared for one in again] == [one.fared for one in first]
    market.clock.time += 6 * 3600
    later = await forecasting.outlooks(_all(), hours=24)
    assert [one.fared for one in later] != [one.fared for one in first]


async def test_too_many_pools_and_unknown_names_are_refused(world: World) -> None:
    with pytest.raises(UnprocessableError, match="8 is the most") as caught:
        await world.client.forecasts(["g5.*"])
    assert caught.value.problem is not None
    assert caught.value.problem.type == "urn:genba:problem:too-many-forecasts"
    with pytest.raises(UnprocessableError, match="Did you mean"):
        await world.client.forecasts(["g5.xlrge"])
    for asked in ({"hours": 25}, {"hours": 0}, {"cap": 0}, {"cap": -1}):
        with pytest.raises(UnprocessableError):
            await forecasts(world, **asked)


async def test_when_many_ask_at_once_the_last_is_told_to_come_back_and_the_first_are_answered() -> None:
    market = await market_of(45, ["g5.xlarge"])
    forecasting = Forecasting(market, most_waiting=2)
    found = await asyncio.gather(*(forecasting.outlooks(_all(), hours=24) for _ in range(4)), return_exceptions=True)
    assert [type(each) for each in found] == [list, list, ForecastsBusy, ForecastsBusy]
    assert await forecasting.outlooks(_all(), hours=24)


async def test_the_terminal_is_told_by_a_service_what_the_service_knows(world: World) -> None:
    feed = ServerFeed(world.client)
    seen = await feed.outlooks(Selection(("g5.xlarge",)), hours=6, cap=1.0)
    own = await world.app.state.spot.forecasting.outlooks(Selection(("g5.xlarge",)), hours=6, cap=1.0)
    assert (seen.source, seen.synthetic, seen.now) == ("synthetic (seed 7)", True, NOW)
    assert [(one.pool, one.price, one.silence, one.now) for one in seen.items] == [
        (one.pool, one.price, one.silence, one.now) for one in own
    ]
    for mine, theirs in zip(seen.items, own, strict=True):
        assert mine.fared is not None
        assert mine.fared.beats_both == theirs.fared.beats_both
        assert mine.fared.ours == pytest.approx(theirs.fared.ours, abs=1e-6)
        if mine.forecast:
            np.testing.assert_allclose(mine.forecast.quantiles, theirs.forecast.quantiles, atol=1e-6)
            np.testing.assert_array_equal(mine.forecast.under, theirs.forecast.under)
    with pytest.raises(FeedError, match="422 That would be too many forecasts"):
        await feed.outlooks(Selection(("g5.*",)), hours=6)
    with pytest.raises(UnknownNameError):
        await feed.outlooks(Selection(("g5.xlrge",)), hours=6)


def _all() -> Selection:
    return Selection()
