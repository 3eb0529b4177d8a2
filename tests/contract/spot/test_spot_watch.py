"""The monitor against the real price service: the same as it would see at the source."""

from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest

from contract.spot.spot_world import G5, G5_B, NOW, World, at, spot_world
from genba_client import SpotClient
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.watch.feed import FeedError
from spot_price.watch.server import ServerFeed
from spot_price.watch.view import View

pytestmark = pytest.mark.anyio
TYPE = Selection(types=("g5.2xlarge",))
HOUR = 3600


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as world:
        yield world


async def test_prices_and_their_past_come_as_they_are(world: World) -> None:
    seen = await ServerFeed(world.client).look(TYPE, View(window=4 * HOUR))
    assert (seen.source, seen.synthetic, seen.now) == ("synthetic (seed 7)", True, NOW)
    assert (seen.start, seen.end) == (NOW - 4 * HOUR, NOW)
    assert [(quote.pool.zone, quote.price) for quote in seen.quotes] == [
        ("euw1-az3", 0.3977),
        ("use1-az1", 0.4361),
        ("use1-az2", 0.52),
    ]
    assert seen.quotes[1].pool == G5
    assert seen.quotes[1].on_demand == 1.212
    assert seen.quotes[1].observed_until == NOW
    assert seen.quotes[1].instance is not None
    assert seen.quotes[1].instance.gpu_name == "A10G"
    steps = seen.steps[G5_B]
    np.testing.assert_equal(steps.price, [0.51, np.nan, 0.52])
    assert steps.at.tolist()[1:] == [at("07:00:00"), at("07:30:00")]
    assert steps.end == NOW


async def test_an_earlier_window_ends_where_it_is_to_end(world: World) -> None:
    seen = await ServerFeed(world.client).look(TYPE, View(window=HOUR, end=at("07:15:00")))
    assert (seen.start, seen.end, seen.now) == (at("06:15:00"), at("07:15:00"), NOW)
    assert np.isnan(seen.steps[G5_B].value(at("07:10:00")))


async def test_without_a_window_there_is_no_past(world: World) -> None:
    seen = await ServerFeed(world.client).look(TYPE)
    assert len(seen.quotes) == 3
    assert seen.steps == {}


async def test_regions_that_fail_are_told_where_they_are_asked_for(world: World) -> None:
    feed = ServerFeed(world.client)
    seen = await feed.look(Selection(types=("g5.2xlarge", "g4dn.xlarge")))
    assert [(state.region, state.reason) for state in seen.failing] == [("us-west-2", "no answer within 10 s")]
    assert not (await feed.look(Selection(types=("g5.2xlarge",), regions=("eu",)))).failing


async def test_names_that_nothing_has_are_told_as_at_the_source(world: World) -> None:
    with pytest.raises(UnknownNameError) as caught:
        await ServerFeed(world.client).look(Selection(types=("g5.3xlarge",)))
    assert (caught.value.kind, caught.value.name) == ("instance type", "g5.3xlarge")
    assert "g5.2xlarge" in caught.value.near


async def test_types_are_those_that_there_are_prices_of(world: World) -> None:
    assert await ServerFeed(world.client).types() == ["g4dn.xlarge", "g5.2xlarge"]


async def test_a_service_that_is_not_there_is_told_in_one_short_line() -> None:
    async with SpotClient("http://127.0.0.1:9", max_retries=0) as client:
        with pytest.raises(FeedError, match=r"^http://127\.0\.0\.1:9 does not answer$"):
            await ServerFeed(client).look(TYPE)


async def test_another_program_at_that_address_is_told() -> None:
    answers = httpx.MockTransport(lambda _: httpx.Response(404, text="nothing here"))
    async with httpx.AsyncClient(transport=answers, base_url="http://other.test") as http:
        feed = ServerFeed(SpotClient("http://other.test", http_client=http))
        with pytest.raises(FeedError, match=r"^http://other\.test answers 404 Not Found$"):
            await feed.look(TYPE)
