"""The stream of changes over a real socket, and the client that follows it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from contract.refusals import problem_of
from contract.spot.spot_world import G5, G5_EU, NOW, World, served, spot_world
from genba_client import SpotClient, UnprocessableError

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with spot_world(tmp_path) as made:
        yield made


async def test_a_client_hears_of_changes_and_of_those_that_it_missed(world: World) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        url = await first.enter_async_context(served(world.app))
        spot = await stack.enter_async_context(SpotClient(url))
        changes = await stack.enter_async_context(aclosing(spot.watch(["g5.*"], current=True)))
        assert [(await anext(changes)).price for _ in range(3)] == [0.3977, 0.4361, 0.52]
        await world.cost(G5, NOW, 0.45)
        change = await anext(changes)
        assert (change.zone, change.price, change.source) == ("use1-az1", 0.45, "synthetic (seed 7)")
        assert change.synthetic
        await first.aclose()
        await world.cost(G5_EU, NOW + 1, 0.41)
        await stack.enter_async_context(served(world.app, port=int(url.rpartition(":")[2])))
        assert (await anext(changes)).price == 0.41


async def test_a_name_that_nothing_has_is_refused_before_the_stream_begins(world: World) -> None:
    problem_of(await world.http.get("/v1/changes/stream?region=mars"), 422)
    with pytest.raises(UnprocessableError):
        await anext(world.client.watch(zones=["use1-az9"]))
