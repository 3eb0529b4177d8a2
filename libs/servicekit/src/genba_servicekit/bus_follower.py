"""One handler's way through one type's stream."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from genba_contracts.events import parse_event
from genba_servicekit.bus_log import Entry, EventLog, Page, Position
from genba_servicekit.logging import get_logger

POLL_EVERY: Final = 0.25  # seconds: how stale a subscriber may be while the channel says nothing
BATCH: Final = 64  # entries a read: the only buffer there is; what a slow handler has not read stays in the stream
RECENT: Final = 2_048  # event ids remembered to drop repeated events: publishers repeat a batch of 256 at most

Handler = Callable[[Any], Awaitable[None]]
Resync = Callable[[str], Awaitable[None]]

log = get_logger(__name__)


class Follower:
    """Reads a type's stream from where it left off and hands each event to a handler, one at a time, in order.

    It has its own position, so that a slow handler holds nobody else up and needs no buffer: the stream is its buffer.
    """

    def __init__(self, events: EventLog, event_type: str, handler: Handler, resync: Resync) -> None:
        self.type = event_type
        self.tried = asyncio.Event()
        self.delivered = self.duplicates = self.failures = self.resyncs = 0
        self._log = events
        self._handler = handler
        self._resync = resync
        self._position: Position | None = None
        self._lost = True
        self._recent: dict[str, None] = {}
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to read."""
        self._wake.set()

    def doubt(self) -> None:
        """Events may have been lost."""
        self._lost = True
        self._wake.set()

    async def step(self) -> None:
        """Read what there is, hand it over, and wait for more if that was all.

        Raises:
            EventBusUnavailable: the stream cannot be read now.
        """
        self._wake.clear()
        try:
            page = await self._log.read(self.type, self._position, BATCH)
        finally:
            self.tried.set()
        self._check(page)
        await self._start_over_if_lost()
        for entry in page.entries:
            await self._hand_over(entry)
            self._position = entry.position
            await self._start_over_if_lost()
        if len(page.entries) < BATCH:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_EVERY):
                    await self._wake.wait()

    def _check(self, page: Page) -> None:
        """Take note if events after our position are not there any more."""
        if self._position is None:
            self._position = page.end
        elif page.entries:
            first = page.entries[0].position
            if first.epoch != self._position.epoch or first.count != self._position.count + 1:
                self._lost = True
        elif (page.end.epoch, page.end.count) != (self._position.epoch, self._position.count):
            self._lost = True
            self._position = page.end

    async def _start_over_if_lost(self) -> None:
        if self._lost:
            self._lost = False
            try:
                await self._resync(self.type)
            except BaseException:
                self._lost = True
                raise
            self.resyncs += 1

    async def _hand_over(self, entry: Entry) -> None:
        if entry.id in self._recent:
            self.duplicates += 1
            return
        try:
            await self._handler(parse_event(self.type, entry.json))
        except Exception:
            log.exception("an event's handler failed: starting over", type=self.type, event_id=entry.id)
            self.failures += 1
            self._lost = True
        else:
            self.delivered += 1
        self._recent[entry.id] = None
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]
