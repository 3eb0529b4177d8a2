"""What one process of the timetable service has of fetching and keeping, put together as the application does."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from genba_contracts.events import TimetableFestivalDeleted, TimetableFestivalUpdated
from genba_servicekit.addresses import parse_networks
from genba_servicekit.bus import EventBus
from genba_servicekit.database import Database
from genba_servicekit.outbox import OutboxRelay
from genba_servicekit.testing import EventRecorder
from genba_servicekit.upstream import Upstream
from timetable_renderer.adapters.schema import outbox
from timetable_renderer.adapters.sources import Sources
from timetable_renderer.adapters.store import Store
from timetable_renderer.events import SOURCE, follow_other_processes
from timetable_renderer.usecases.festivals import Festivals
from timetable_renderer.usecases.refreshing import Refreshing


@dataclass(frozen=True)
class Process:
    """One of several that share a database and perhaps a Redis."""

    store: Store
    festivals: Festivals
    refreshing: Refreshing
    told: EventRecorder

    def titles(self, festival_id: str = "fes") -> list[str]:
        """What it serves from memory, as `1030 朝焼けカフェ`."""
        festival = self.festivals.peek(festival_id)
        return [] if festival is None else [f"{slot.start:%H%M} {slot.title}" for slot in festival.slots]


@asynccontextmanager
async def process(
    database_url: str, redis_url: str | None = None, *, patience: float = 5.0, limit: int = 1_000_000
) -> AsyncIterator[Process]:
    """A process that may fetch from this machine; it refreshes when the test says so."""
    async with AsyncExitStack() as stack:
        database = Database(database_url, migrations="timetable_renderer.migrations")
        await database.start()
        stack.push_async_callback(database.stop)
        upstream = Upstream(allow=parse_networks(["127.0.0.0/8"]), timeout=patience, limit=limit, attempts=1)
        stack.push_async_callback(upstream.close)
        store = Store(database)
        festivals = Festivals(store)
        refreshing = Refreshing(store, Sources(upstream), festivals)
        stack.push_async_callback(refreshing.stop)
        await festivals.load()
        bus, told = EventBus(redis_url, SOURCE), EventRecorder()
        follow_other_processes(bus, festivals)
        bus.subscribe([TimetableFestivalUpdated, TimetableFestivalDeleted], told, told.resync)
        await bus.start()
        stack.push_async_callback(bus.stop)
        relay = OutboxRelay(database, outbox, bus)
        await relay.start()
        stack.push_async_callback(relay.stop)
        yield Process(store, festivals, refreshing, told)
