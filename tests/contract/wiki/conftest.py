"""A wiki over ASGI, one for each file of tests, and a client whose tests have to leave it as it was."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from contract.wiki.wiki_world import World, wiki_world


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A wiki with two entries: `stage`, also called `boards`, and `wings`, which mentions it."""
    async with wiki_world(tmp_path_factory.mktemp("wiki")) as made:
        wiki = made.client(made.admin)
        await wiki.save_entry("stage", description="Where it happens.", aliases=["boards"])
        await wiki.save_entry("wings", description="Beside the stage.")
        yield made


async def _state_of(world: World) -> tuple[Any, Any]:
    """Everything that a write could have changed."""
    return (await world.http.get("/v1/stats")).json(), (await world.http.get("/v1/changes?limit=500")).json()


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an administrator; what is stored is the same before and after its test."""
    before = await _state_of(world)
    transport = httpx.ASGITransport(world.app)
    credentials = {"Authorization": f"Bearer {world.admin}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://wiki.test", headers=credentials) as client:
        yield client
    assert await _state_of(world) == before
