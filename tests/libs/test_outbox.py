"""What the outbox promises: no event without its change, no change without its event, in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_contracts.events import WikiEntryDeleted, parse_event
from genba_servicekit.bus import EventBus, EventBusUnavailable
from genba_servicekit.bus_log import Envelope
from genba_servicekit.database import Database
from genba_servicekit.outbox import BATCH, OutboxRelay, add, outbox_table
from genba_servicekit.testing import EventRecorder, until

metadata = sa.MetaData()
outbox = outbox_table(metadata)


class Publisher:
    """Keeps what it is given, and refuses as often as it is told to."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refusals = 0

    async def forward(self, envelopes: Sequence[Envelope]) -> None:
        await asyncio.sleep(0)
        if self.refusals:
            self.refusals -= 1
            self.taken += envelopes[: len(envelopes) // 2]  # some were taken before the line was cut
            raise EventBusUnavailable("away")
        self.taken += envelopes

    @property
    def seqs(self) -> list[int]:
        """In the order of first delivery, each once."""
        events = [parse_event(envelope.type, envelope.json) for envelope in self.taken]
        return list(dict.fromkeys(event.seq for event in events if isinstance(event, WikiEntryDeleted)))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/outbox.db", migrations=None)
    await database.start()
    await database.write(metadata.create_all)
    yield database
    await database.stop()


async def put(database: Database, *seqs: int) -> None:
    events = [WikiEntryDeleted(source="test", seq=seq, keyword="北") for seq in seqs]

    await database.write(lambda connection: add(connection, outbox, *events))


async def left_in(database: Database) -> int:
    return await database.read(
        lambda connection: connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
    )


async def test_an_event_is_published_after_its_commit_and_leaves_the_table(database: Database) -> None:
    publisher = Publisher()
    relay = OutboxRelay(database, outbox, publisher)
    await relay.start()
    await put(database, 1, 2, 3)
    await until(lambda: publisher.seqs == [1, 2, 3])
    await relay.stop()
    assert await left_in(database) == 0
    assert len(publisher.taken) == 3


async def test_an_event_whose_transaction_failed_is_never_published(database: Database) -> None:
    publisher = Publisher()
    relay = OutboxRelay(database, outbox, publisher)
    await relay.start()

    def change_then_fail(connection: sa.Connection) -> None:
        add(connection, outbox, WikiEntryDeleted(source="test", seq=1, keyword="北"))
        raise ValueError("no such entry")

    with pytest.raises(ValueError, match="no such entry"):
        await database.write(change_then_fail)
    await put(database, 2)
    await until(lambda: publisher.seqs == [2])
    await relay.stop()


async def test_a_refusing_bus_loses_nothing_and_keeps_the_order(database: Database) -> None:
    publisher = Publisher()
    publisher.refusals = 4
    relay = OutboxRelay(database, outbox, publisher)
    await relay.start()
    for seq in range(20):
        await put(database, seq)
    await until(lambda: publisher.seqs == list(range(20)))
    await relay.stop()
    assert not relay.status().waiting


async def test_what_a_killed_process_left_is_published_by_the_next(database: Database) -> None:
    await put(database, *range(BATCH * 2 + 10))
    publisher = Publisher()
    relay = OutboxRelay(database, outbox, publisher)
    await relay.start()
    await until(lambda: publisher.seqs == list(range(BATCH * 2 + 10)))
    await relay.stop()
    assert relay.status().published == BATCH * 2 + 10
    assert await left_in(database) == 0


async def test_what_another_process_left_is_published_without_a_commit_here(database: Database, tmp_path: Path) -> None:
    publisher = Publisher()
    relay = OutboxRelay(database, outbox, publisher)
    await relay.start()
    other = Database(f"sqlite:///{tmp_path}/outbox.db", migrations=None)
    await other.start()
    await put(other, 1)
    await other.stop()
    await until(lambda: publisher.seqs == [1])
    await relay.stop()


async def test_relays_of_several_processes_lose_nothing_and_keep_the_order(database: Database, tmp_path: Path) -> None:
    publisher = Publisher()
    others = [Database(f"sqlite:///{tmp_path}/outbox.db", migrations=None) for _ in range(2)]
    for other in others:
        await other.start()
    relays = [OutboxRelay(each, outbox, publisher) for each in (database, *others)]
    for relay in relays:
        await relay.start()
    publisher.refusals = 5
    for seq in range(60):
        await put((database, *others)[seq % 3], seq)
    await until(lambda: len(publisher.seqs) == 60)
    for relay in relays:
        await relay.stop()
    assert publisher.seqs == list(range(60))
    assert await left_in(database) == 0
    for other in others:
        await other.stop()


async def test_a_stopped_relay_leaves_the_rest_in_the_table(database: Database) -> None:
    publisher = Publisher()
    publisher.refusals = 1_000_000
    relay = OutboxRelay(database, outbox, publisher)
    await relay.start()
    await put(database, 1, 2)
    await until(lambda: relay.status().waiting)
    await relay.stop()
    await relay.stop()
    assert await left_in(database) == 2


async def test_through_a_bus_an_event_from_the_outbox_is_heard_as_it_was_added(database: Database) -> None:
    bus, recorder = EventBus(None, "test"), EventRecorder()
    bus.subscribe([WikiEntryDeleted], recorder, recorder.resync)
    await bus.start()
    relay = OutboxRelay(database, outbox, bus)
    await relay.start()
    event = WikiEntryDeleted(source="test", seq=1, keyword="𠮷")
    await database.write(lambda connection: add(connection, outbox, event))
    assert await recorder.wait_for(events=1) == [event]
    await relay.stop()
    await bus.stop()
