"""One process of the event bus's ordeal: `event_bus_worker.py publish|subscribe URL LOG [DELAY]`.

Both write a line per event to LOG, `type seq seconds` by the machine's monotonic clock: the publisher when the event's
transaction is committed, a subscriber when its handler is done. SIGTERM ends them; the publisher first stops making
events, and ends when its outbox is empty.
"""

import asyncio
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa

from genba_contracts.events import Event, WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.bus import EventBus
from genba_servicekit.database import Database
from genba_servicekit.outbox import OutboxRelay, add, outbox_table

PAUSE = 0.01  # seconds between events


def _add(outbox: sa.Table, event: Event, connection: sa.Connection) -> None:
    add(connection, outbox, event)


async def publish(url: str, log: TextIO, folder: Path, stopped: asyncio.Event) -> None:
    """Commit events of two types in turn, each with its row in the outbox, for the relay to publish."""
    metadata = sa.MetaData()
    outbox = outbox_table(metadata)
    database = Database(f"sqlite:///{folder}/outbox.db", migrations=None)
    bus = EventBus(url, "ordeal-publisher")
    relay = OutboxRelay(database, outbox, bus)
    await database.start()
    await database.write(metadata.create_all)
    await bus.start()
    await relay.start()
    seq = 0
    while not stopped.is_set():
        seq += 1
        event = (
            WikiEntryDeleted(source="ordeal", seq=seq, keyword="北")
            if seq % 2
            else WikiEntrySaved(source="ordeal", seq=seq, keyword="北", revision=1, author="a", operation="save")
        )
        await database.write(partial(_add, outbox, event))
        log.write(f"{event.type} {seq} {time.monotonic()}\n")
        await asyncio.sleep(PAUSE)
    count = sa.select(sa.func.count()).select_from(outbox)
    while await database.read(lambda connection: connection.execute(count).scalar_one()):  # noqa: ASYNC110  (a table)
        await asyncio.sleep(PAUSE)
    await relay.stop()
    await bus.stop()
    await database.stop()


async def subscribe(url: str, log: TextIO, delay: float, stopped: asyncio.Event) -> None:
    """Handle events of both types; those of saved entries take `delay` seconds each."""

    async def handle(event: WikiEntrySaved | WikiEntryDeleted) -> None:
        if isinstance(event, WikiEntrySaved):
            await asyncio.sleep(delay)
        log.write(f"{event.type} {event.seq} {time.monotonic()}\n")

    async def resync(event_type: str) -> None:
        log.write(f"resync-{event_type} 0 {time.monotonic()}\n")

    bus = EventBus(url, "ordeal-subscriber")
    bus.subscribe([WikiEntrySaved, WikiEntryDeleted], handle, resync)
    await bus.start()
    await stopped.wait()
    print(bus.status(), file=sys.stderr)  # noqa: T201  (for whoever reads why a test failed)
    await bus.stop()


async def main(role: str, url: str, path: Path, delay: float) -> None:
    """Play one role until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    with path.open("a", buffering=1) as log:
        if role == "publish":
            await publish(url, log, path.parent, stopped)
        else:
            await subscribe(url, log, delay, stopped)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4])))
