"""What other processes tell on the bus: a hint that there is something to read."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from genba_contracts.events import Event, WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.bus import EventBus
from genba_servicekit.testing import until
from wiki_linker.events import PUBLISHED, follow_other_processes


class FakeFreshness:
    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.failing = 0

    def is_current(self) -> bool:
        return True

    async def catch_up(self, token: int = 0) -> None:
        self.tokens.append(token)
        if self.failing:
            self.failing -= 1
            raise ConnectionError("the database is away")

    async def announce(self) -> None: ...


def saved(seq: int) -> WikiEntrySaved:
    return WikiEntrySaved(
        source="wiki-linker", seq=seq, keyword="encore", aliases=(), revision=1, author="ann", operation="save"
    )


@pytest.fixture
async def bus() -> AsyncIterator[EventBus]:
    bus = EventBus(None, "wiki-linker")
    yield bus
    await bus.stop()


async def start(bus: EventBus) -> FakeFreshness:
    freshness = FakeFreshness()
    follow_other_processes(bus, freshness)
    await bus.start()
    # A start is a gap: each of the two types is compared with the log once.
    await until(lambda: freshness.tokens == [0, 0])
    freshness.tokens.clear()
    return freshness


async def test_a_change_elsewhere_is_caught_up_with_by_its_seq(bus: EventBus) -> None:
    freshness = await start(bus)
    await bus.publish(saved(7), WikiEntryDeleted(source="wiki-linker", seq=9, keyword="encore"))
    await until(lambda: sorted(freshness.tokens) == [7, 9])


async def test_everything_that_is_published_is_followed(bus: EventBus) -> None:
    freshness = await start(bus)
    events: list[Event] = [saved(1), WikiEntryDeleted(source="wiki-linker", seq=2, keyword="encore")]
    assert tuple(map(type, events)) == PUBLISHED
    for number, event in enumerate(events, 1):
        await bus.publish(event)
        await until(lambda number=number: len(freshness.tokens) == number)  # type: ignore[misc]
    assert freshness.tokens == [1, 2]


async def test_a_change_that_could_not_be_caught_up_with_is_tried_again(bus: EventBus) -> None:
    freshness = await start(bus)
    freshness.failing = 1
    await bus.publish(saved(7))
    await until(lambda: freshness.tokens[:1] == [7] and 0 in freshness.tokens[1:])
    await bus.publish(saved(8))
    await until(lambda: freshness.tokens[-1] == 8)
    await asyncio.sleep(0)
    assert bus.status().failures == 1
