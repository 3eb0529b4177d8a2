"""The bus's promises, in one process and over a log that fails as Redis may."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genba_contracts.events import Event, UnknownEventError, WikiEntryDeleted, WikiEntrySaved, parse_event
from genba_servicekit.bus import EventBus
from genba_servicekit.bus_follower import Follower
from genba_servicekit.bus_log import MEMORY_LENGTH, Entry, Envelope, EventBusUnavailable, MemoryLog, Page, Position
from genba_servicekit.tasks import run_beside, run_forever
from genba_servicekit.testing import EventRecorder


def deleted(seq: int) -> WikiEntryDeleted:
    return WikiEntryDeleted(source="test", seq=seq, keyword=f"言葉{seq}")


def saved(seq: int) -> WikiEntrySaved:
    return WikiEntrySaved(source="test", seq=seq, keyword=f"言葉{seq}", revision=1, author="a", operation="save")


def seqs(events: Sequence[Event]) -> list[int]:
    return [event.seq for event in events if isinstance(event, WikiEntrySaved | WikiEntryDeleted)]


@asynccontextmanager
async def started(bus: EventBus) -> AsyncIterator[EventBus]:
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def test_a_subscriber_hears_every_event_in_order() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    async with started(bus):
        for seq in range(200):
            await bus.publish(deleted(seq))
        assert seqs(await recorder.wait_for(events=200)) == list(range(200))
    assert bus.status().delivered == bus.status().published == 200


async def test_an_event_arrives_as_it_was_sent() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntrySaved], recorder, recorder.resync)
    event = WikiEntrySaved(
        source="test", seq=7, keyword="𠮷野家", aliases=("吉野家",), revision=2, author="é", operation="rename"
    )
    async with started(bus):
        await bus.publish(event)
        assert await recorder.wait_for(events=1) == [event]


async def test_a_handler_is_told_to_compare_with_the_truth_once_when_its_stream_is_reached() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntrySaved, WikiEntryDeleted], recorder, recorder.resync)
    async with started(bus):
        await bus.publish(deleted(1), saved(2))
        await recorder.wait_for(events=2, resyncs=2)
    assert sorted(recorder.resyncs) == ["wiki.entry.deleted", "wiki.entry.saved"]


async def test_what_nobody_has_asked_for_is_not_delivered() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    async with started(bus):
        await bus.publish(saved(1), deleted(2))
        assert seqs(await recorder.wait_for(events=1)) == [2]


async def test_a_handler_that_stands_still_holds_up_no_other_type() -> None:
    bus, recorder, go_on = EventBus(None, "test"), EventRecorder(), asyncio.Event()
    stuck = EventRecorder()

    async def wait_then_record(event: Event) -> None:
        await go_on.wait()
        await stuck(event)

    bus.subscribe([WikiEntrySaved], wait_then_record, stuck.resync)
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    async with started(bus):
        for seq in range(300):
            await bus.publish(saved(seq), deleted(seq))
        await recorder.wait_for(events=300)
        assert not stuck.events
        go_on.set()
        assert seqs(await stuck.wait_for(events=300)) == list(range(300))
    assert bus.status().resyncs == 2


async def test_a_handler_too_far_behind_is_told_to_start_over_and_goes_on_with_what_is_kept() -> None:
    bus, recorder, go_on = EventBus(None, "test"), EventRecorder(), asyncio.Event()

    async def wait_then_record(event: Event) -> None:
        await go_on.wait()
        await recorder(event)

    bus.subscribe([WikiEntryDeleted], wait_then_record, recorder.resync)
    async with started(bus):
        total = MEMORY_LENGTH + 500
        for seq in range(total):
            await bus.publish(deleted(seq))
            await asyncio.sleep(0)
        go_on.set()
        await recorder.wait_for(events=MEMORY_LENGTH, resyncs=2)
    assert seqs(recorder.events)[-MEMORY_LENGTH:] == list(range(500, total))


async def test_after_a_handler_failed_it_is_told_to_start_over_and_later_events_arrive() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()

    async def fail_at_three(event: WikiEntryDeleted) -> None:
        if event.seq == 3:
            raise ValueError("three")
        await recorder(event)

    bus.subscribe([WikiEntryDeleted], fail_at_three, recorder.resync)
    async with started(bus):
        await bus.publish(*(deleted(seq) for seq in range(6)))
        assert seqs(await recorder.wait_for(events=5, resyncs=2)) == [0, 1, 2, 4, 5]
    assert bus.status().failures == 1


async def test_a_resync_that_fails_is_repeated_until_it_works() -> None:
    bus, recorder, attempts = EventBus(None, "test"), EventRecorder(), 0

    async def fail_twice(event_type: str) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise OSError("the database is away")
        await recorder.resync(event_type)

    bus.subscribe([WikiEntryDeleted], recorder, fail_twice)
    async with started(bus):
        await bus.publish(deleted(1))
        await recorder.wait_for(events=1, resyncs=1)
    assert attempts == 3


async def test_a_repeated_event_is_handled_once() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    async with started(bus):
        first, second = deleted(1), deleted(2)
        await bus.publish(first, second, first, second, first)
        await bus.publish(deleted(3))
        assert seqs(await recorder.wait_for(events=3)) == [1, 2, 3]
    assert bus.status().duplicates == 3


async def test_an_event_that_cannot_be_read_costs_a_resync_and_nothing_else() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    async with started(bus):
        await bus.forward([Envelope(WikiEntryDeleted.type, "x", '{"seq": "not a number"}')])
        await bus.publish(deleted(1))
        await recorder.wait_for(events=1, resyncs=2)


async def test_a_handler_whose_own_task_was_cancelled_does_not_end_the_loop() -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()

    async def cancelled_at_first(event: WikiEntryDeleted) -> None:
        if event.seq == 1 and not recorder.events:
            inner = asyncio.ensure_future(asyncio.sleep(60))
            inner.cancel()
            asyncio.get_running_loop().call_soon(recorder.events.append, event)
            await inner
        await recorder(event)

    bus.subscribe([WikiEntryDeleted], cancelled_at_first, recorder.resync)
    async with started(bus):
        await bus.publish(deleted(1), deleted(2))
        await recorder.wait_for(events=2)


async def test_subscribing_to_a_started_bus_is_refused() -> None:
    recorder = EventRecorder()
    async with started(EventBus(None, "test")) as bus:
        with pytest.raises(RuntimeError, match="before"):
            bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)


async def test_a_stopped_bus_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    await bus.start()
    await bus.stop()
    await bus.stop()
    assert asyncio.all_tasks() == before


def test_an_event_of_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(UnknownEventError, match=r"wiki\.entry\.eaten"):
        parse_event("wiki.entry.eaten", "{}")


def test_members_that_a_newer_publisher_added_are_ignored() -> None:
    text = saved(1).model_dump_json()[:-1] + ', "mood": "good"}'
    assert seqs([parse_event(WikiEntrySaved.type, text)]) == [1]


def test_two_events_of_one_type_are_refused() -> None:
    with pytest.raises(TypeError, match="WikiEntrySaved"):
        type("Other", (Event,), {"type": "wiki.entry.saved", "__annotations__": {}, "__module__": __name__})


class FailingLog(MemoryLog):
    """A log that is sometimes away, loses the answer to an append, and loses everything that it had."""

    def __init__(self) -> None:
        super().__init__()
        self.reads_to_fail = 0

    async def read(self, event_type: str, after: Position | None, limit: int) -> Page:
        if self.reads_to_fail:
            self.reads_to_fail -= 1
            raise EventBusUnavailable("away")
        page = await super().read(event_type, after, limit)
        if after is None or after.epoch == page.end.epoch:
            return page
        everything: tuple[Entry, ...] = tuple(self._entries[event_type])
        return Page(page.end, everything[:limit])  # as Redis: a new stream's ids are all later

    def lose_everything(self) -> None:
        self._entries.clear()
        self._epoch += "x"


STEPS = st.lists(
    st.one_of(
        st.integers(1, 100).map(lambda count: ("publish", count)),
        st.integers(1, 2).map(lambda count: ("fail", count)),
        st.just(("lose", 0)),
        st.just(("pause", 0)),
    ),
    max_size=12,
)


@given(STEPS)
@example([("publish", 3), ("lose", 0), ("publish", 2)])
@example([("publish", 3), ("pause", 0), ("publish", 3), ("lose", 0)])
@settings(max_examples=20, deadline=None)
def test_whatever_fails_each_event_is_handled_in_order_or_followed_by_a_resync(steps: list[tuple[str, int]]) -> None:
    asyncio.run(_play(steps))


async def _play(steps: list[tuple[str, int]]) -> None:
    log, number = FailingLog(), 0
    known: set[int] = set()
    heard: list[int] = []

    async def handle(event: WikiEntryDeleted) -> None:
        heard.append(event.seq)
        known.add(event.seq)

    async def resync(_event_type: str) -> None:
        known.update(range(1, number + 1))

    follower = Follower(log, WikiEntryDeleted.type, handle, resync)
    running = AsyncExitStack()
    run_beside(running, run_forever(follower.step, name="test"))
    await follower.tried.wait()
    for action, count in steps:
        if action == "publish":
            for _ in range(count):
                number += 1
                await log.append([Envelope.of(deleted(number))])
            follower.wake()
        elif action == "fail":
            log.reads_to_fail += count
        elif action == "lose":
            log.lose_everything()
        else:
            await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while known != set(range(1, number + 1)) or log.reads_to_fail:
            follower.wake()
            await asyncio.sleep(0.001)
    await running.aclose()
    assert heard == sorted(set(heard))
