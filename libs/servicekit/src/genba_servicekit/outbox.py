"""Events that must not be lost: written beside the change that they tell of, published after its commit.

    outbox = outbox_table(metadata)
    ...
    add(connection, outbox, WikiEntrySaved(…))            # in the transaction of the change
    ...
    relay = OutboxRelay(database, outbox, bus)
    await relay.start()                                   # after the database and the bus

A row leaves the table once Redis has taken its event, so an event is published at least once, whatever dies in between.
Several processes on one database each run a relay: they may publish an event twice, but never a later one of its type
before an earlier one, because each goes through the table from its start, in order.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import sqlalchemy as sa

from genba_contracts.events import Event
from genba_servicekit.bus_log import Envelope
from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.tasks import run_beside, run_forever

T = TypeVar("T")

BATCH: Final = 256  # events a round trip to Redis
CLEAR_AFTER: Final = 0.1  # seconds: one delete for many events, since each is a commit that later writers wait for
STOP_WAIT: Final = 2.0  # seconds: a stop does not wait for a database that does not answer
LOOK_EVERY: Final = 1.0  # seconds: for what a process that died has left in the table


class WriteDatabase(Protocol):
    """What the relay needs of `genba_servicekit.database.Database`."""

    async def read(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run a function in a reader thread."""

    async def write(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run a function in the writer thread, and return after its commit."""

    def on_commit(self, callback: Callable[[Sequence[object]], None]) -> None:
        """Call back in the writer thread after each commit."""


class Publisher(Protocol):
    """What the relay needs of `genba_servicekit.bus.EventBus`."""

    async def forward(self, envelopes: Sequence[Envelope]) -> None:
        """Publish events in order."""


def outbox_table(metadata: sa.MetaData, name: str = "outbox") -> sa.Table:
    """The table of events that wait for Redis. Ids grow in the order of commits, since writers take turns."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Table(
        name,
        metadata,
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False, comment="JSON"),
        sqlite_autoincrement=True,  # an id is not given again after a delete
    )


def add(connection: sa.Connection, outbox: sa.Table, *events: Event) -> None:
    """Have events published, in order, once the transaction that `connection` is in commits."""
    envelopes = map(Envelope.of, events)
    rows = [{"type": envelope.type, "event_id": envelope.id, "event": envelope.json} for envelope in envelopes]
    if rows:
        connection.execute(outbox.insert(), rows)


@dataclass(frozen=True, slots=True)
class RelayStatus:
    """How the relay is doing: events published since its start, and whether the last attempt failed."""

    published: int
    waiting: bool


class OutboxRelay:
    """Publishes what is in the outbox, soon after each commit.

    Args:
        database: where the table is.
        outbox: the table, from `outbox_table`.
        bus: what publishes.
    """

    def __init__(self, database: WriteDatabase, outbox: sa.Table, bus: Publisher) -> None:
        self._database = database
        self._outbox = outbox
        self._bus = bus
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running = AsyncExitStack()
        self._sent: list[int] = []  # rows that Redis has taken and that are still in the table, in order
        self._clear_at = 0.0
        self._published = 0
        self._waiting = False

    async def start(self) -> None:
        """Begin with what the last run has left."""
        self._loop = asyncio.get_running_loop()
        self._database.on_commit(self.notify)
        self._running.push_async_callback(self._last_clear)
        run_beside(self._running, run_forever(self._step, name="publish the outbox"))

    async def stop(self) -> None:
        """Stop, before the database does; what is not published stays in the table. A second call does nothing."""
        await self._running.aclose()

    async def _last_clear(self) -> None:
        if self._sent:
            with suppress(ServiceUnavailable, TimeoutError):  # they stay in the table, and are published again
                async with asyncio.timeout(STOP_WAIT):
                    await self._clear()

    def notify(self, _results: Sequence[object] = ()) -> None:
        """There may be something to publish. From any thread; called after every commit."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def status(self) -> RelayStatus:
        """How it is doing, from memory."""
        return RelayStatus(published=self._published, waiting=self._waiting)

    async def _step(self) -> None:
        loop = asyncio.get_running_loop()
        self._wake.clear()
        rows = await self._database.read(self._next_rows)
        if rows:
            self._waiting = True
            await self._bus.forward([Envelope(row.type, row.event_id, row.event) for row in rows])
            self._waiting = False
            self._published += len(rows)
            if not self._sent:
                self._clear_at = loop.time() + CLEAR_AFTER
            self._sent += [row.id for row in rows]
        if self._sent and (loop.time() >= self._clear_at or len(self._sent) >= BATCH):
            await self._clear()
        if len(rows) < BATCH:
            await self._rest(self._clear_at - loop.time() if self._sent else LOOK_EVERY)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _next_rows(self, connection: sa.Connection) -> Sequence[sa.Row[int, str, str, str]]:
        after = self._sent[-1] if self._sent else 0
        table = self._outbox
        asked = sa.select(table.c.id, table.c.type, table.c.event_id, table.c.event)
        return connection.execute(asked.where(table.c.id > after).order_by(table.c.id).limit(BATCH)).all()

    async def _clear(self) -> None:
        sent = list(self._sent)
        await self._database.write(lambda connection: self._delete(connection, sent))
        del self._sent[: len(sent)]

    def _delete(self, connection: sa.Connection, ids: Sequence[int]) -> None:
        """By id and not up to the last: a row that appeared late is published after all, at the next look."""
        connection.execute(self._outbox.delete().where(self._outbox.c.id.in_(ids)))
