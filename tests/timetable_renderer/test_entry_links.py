"""Performers' names link to their entries in a real wiki: soon, from memory, and never an error."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from genba_client import WikiClient
from genba_contracts.events import WikiEntryDeleted, WikiEntrySaved
from timetable_renderer.adapters.entry_links import COOL_DOWN, LIFETIME, WikiEntryLinks
from wiki_site import Site, wiki_site

pytestmark = pytest.mark.anyio

BASE = "http://wiki.test"


@dataclass
class Clock:
    """Seconds, moved by hand."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Counted(httpx.AsyncBaseTransport):
    """Counts requests on their way; answers none while it is away, and waits at the gate while that is shut."""

    inner: httpx.AsyncBaseTransport
    requests: int = 0
    away: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        await self.gate.wait()
        if self.away:
            raise httpx.ConnectError("nobody is there", request=request)
        return await self.inner.handle_async_request(request)


@dataclass
class Bench:
    """A wiki, and links that ask it."""

    site: Site
    wire: Counted
    links: WikiEntryLinks
    clock: Clock


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("夜更かしDJ", "Plays at night.")
        await site.save("The Amplifiers", "Loud.")
        wire = Counted(httpx.ASGITransport(site.app))
        wire.gate.set()
        clock = Clock()
        async with WikiClient(BASE, transport=wire) as client:
            links = WikiEntryLinks(client, f"{BASE}/", clock=clock)
            yield Bench(site, wire, links, clock)
            await links.stop()


def saved(keyword: str, **more: str) -> WikiEntrySaved:
    return WikiEntrySaved(
        source="wiki-linker", seq=9, keyword=keyword, revision=1, author="hanako", operation="save", **more
    )


async def test_only_whole_names_that_are_entries_are_linked_all_asked_for_at_once(bench: Bench) -> None:
    names = [
        "夜更かしDJ",
        "The Amplifiers",
        "The Amplifiers and Friends",
        "DJ",
        "",
        "a\nb",
        "\x00",
        "\ud800",
        "x" * 300,
    ]
    assert await bench.links.links(names) == {
        "夜更かしDJ": f"{BASE}/keyword/%E5%A4%9C%E6%9B%B4%E3%81%8B%E3%81%97DJ",
        "The Amplifiers": f"{BASE}/keyword/The%20Amplifiers",
    }
    assert bench.wire.requests == 1
    await bench.links.links(names)
    assert bench.wire.requests == 1


async def test_a_new_entry_is_linked_when_the_wiki_tells_of_it(bench: Bench) -> None:
    assert await bench.links.links(["うめぼしロック"]) == {}
    await bench.site.save("うめぼしロック", "Sour.")
    assert await bench.links.links(["うめぼしロック"]) == {}
    await bench.links.on_event(saved("うめぼしロック"))
    assert set(await bench.links.links(["うめぼしロック"])) == {"うめぼしロック"}
    await bench.site.client.post("/keyword/%E3%81%86%E3%82%81%E3%81%BC%E3%81%97%E3%83%AD%E3%83%83%E3%82%AF", data={})
    await bench.links.on_event(WikiEntryDeleted(source="wiki-linker", seq=10, keyword="うめぼしロック"))
    requests = bench.wire.requests
    await bench.links.links(["うめぼしロック"])
    assert bench.wire.requests == requests + 1


async def test_what_is_known_is_asked_for_again_after_a_while_or_a_gap(bench: Bench) -> None:
    await bench.links.links(["夜更かしDJ"])
    await bench.links.on_gap("wiki.entry.saved")
    assert await bench.links.links(["夜更かしDJ"])
    assert bench.wire.requests == 2
    bench.clock.now += LIFETIME + 1
    assert await bench.links.links(["夜更かしDJ"])
    assert bench.wire.requests == 3


async def test_a_wiki_that_is_away_is_no_error_and_is_left_alone_for_a_while(bench: Bench) -> None:
    bench.wire.away = True
    assert await bench.links.links(["夜更かしDJ"]) == {}
    assert await bench.links.links(["夜更かしDJ", "The Amplifiers"]) == {}
    assert bench.wire.requests == 1
    bench.wire.away = False
    bench.clock.now += COOL_DOWN + 1
    assert set(await bench.links.links(["夜更かしDJ"])) == {"夜更かしDJ"}


async def test_a_wiki_that_is_slow_is_waited_for_elsewhere(bench: Bench) -> None:
    bench.wire.gate.clear()
    assert await bench.links.links(["夜更かしDJ"]) == {}  # comes back although nothing was answered
    bench.wire.gate.set()
    while not await bench.links.links(["夜更かしDJ"]):
        pass
    assert bench.wire.requests == 1


async def test_what_was_asked_before_a_change_is_not_kept(bench: Bench) -> None:
    bench.wire.gate.clear()
    assert await bench.links.links(["夜更かしDJ"]) == {}
    await bench.links.on_event(saved("another"))
    bench.wire.gate.set()
    while not await bench.links.links(["夜更かしDJ"]):
        pass
    assert bench.wire.requests == 2
