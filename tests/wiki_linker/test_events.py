"""What other processes tell on the bus: a hint that there is something to read."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from genba_contracts.events import WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.bus import EventBus
from genba_servicekit.testing import until
from wiki_linker.core.entities import Change
from wiki_linker.events import event_of, follow_other_processes


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


def test_a_renamed_entry_is_told_with_its_name_before() -> None:
    change = Change(3, "rename", 0, 5, "encore", ("again",), 2, "ann", live=True, note="again")
    event = event_of(change)
    assert isinstance(event, WikiEntrySaved)
    assert (event.seq, event.keyword, event.aliases, event.revision) == (3, "encore", ("again",), 2)
    assert (event.author, event.operation, event.previous_keyword) == ("ann", "rename", "again")


def test_a_saved_entrys_summary_is_no_name() -> None:
    event = event_of(Change(3, "save", 0, 5, "encore", (), 2, "ann", live=True, note="said better"))
    assert isinstance(event, WikiEntrySaved)
    assert event.previous_keyword is None


async def test_everything_that_is_published_is_followed(bus: EventBus) -> None:
    freshness = await start(bus)
    made = Change(1, "save", 0, 5, "encore", (), 1, "ann", live=True)
    gone = Change(2, "delete", 0, 5, "encore", (), 2, "ann", live=False)
    for number, change in enumerate((made, gone), 1):
        await bus.publish(event_of(change))
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
