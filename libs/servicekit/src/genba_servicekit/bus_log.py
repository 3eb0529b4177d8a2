"""Where events are kept between publisher and subscriber: what the bus needs of it, and one in memory."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, Protocol
from uuid import uuid4

from genba_contracts.events import Event

MEMORY_LENGTH: Final = 1_000
"""Events of each type that the log in memory keeps for handlers that are behind: half a megabyte."""


class EventBusUnavailable(Exception):
    """Redis did not take the events, or its answer was lost: they may be in the stream, and may be published again."""


class Envelope(NamedTuple):
    """An event as it travels: the name of its type, its own id, its JSON."""

    type: str
    id: str
    json: str

    @classmethod
    def of(cls, event: Event) -> "Envelope":
        """Pack an event."""
        return cls(event.type, event.id, event.model_dump_json())


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a type's stream, just after an event.

    Attributes:
        epoch: the stream's random name: a stream that was lost and begun anew has another.
        count: how many events were added up to here, since the stream began.
        last: id of the event's entry in the stream.
    """

    epoch: str
    count: int
    last: str


class Entry(NamedTuple):
    """An event in its stream: the position after it, its id and its JSON."""

    position: Position
    id: str
    json: str


@dataclass(frozen=True, slots=True)
class Page:
    """The end of a stream at one moment, and the first entries after the position asked for."""

    end: Position
    entries: Sequence[Entry]


class EventLog(Protocol):
    """A capped, ordered log of each type's events. Every method may raise EventBusUnavailable.

    Attributes:
        reason: why it was away when it was last asked; empty if it was not.
    """

    reason: str

    async def append(self, envelopes: Sequence[Envelope]) -> None:
        """Add events in this order; some may have been added when it fails."""

    async def read(self, event_type: str, after: Position | None, limit: int) -> Page:
        """The stream's end now, and up to `limit` entries after a position; no entries if there is none."""

    async def listen(self, types: Sequence[str], wake: Callable[[str], None], restarted: Callable[[], None]) -> None:
        """Call `wake(type)` for each event added, until this is cancelled or fails. With no types it may return.

        `restarted()` is called if what keeps the log has been started anew since the last call: events that it had
        not yet written to its disk may be lost.
        """

    async def ping(self) -> None:
        """See that it answers."""

    async def close(self) -> None:
        """Let go of what it holds."""


class MemoryLog:
    """The log of a process that stands alone: same promises, and nothing to fail."""

    def __init__(self) -> None:
        self.reason = ""
        self._epoch = uuid4().hex
        self._entries: defaultdict[str, deque[Entry]] = defaultdict(lambda: deque(maxlen=MEMORY_LENGTH))
        self._wakers: list[Callable[[str], None]] = []

    def _end(self, event_type: str) -> Position:
        entries = self._entries[event_type]
        return entries[-1].position if entries else Position(self._epoch, 0, "0")

    async def append(self, envelopes: Sequence[Envelope]) -> None:
        """Add events in this order."""
        for envelope in envelopes:
            count = self._end(envelope.type).count + 1
            position = Position(self._epoch, count, str(count))
            self._entries[envelope.type].append(Entry(position, envelope.id, envelope.json))
            for wake in self._wakers:
                wake(envelope.type)

    async def read(self, event_type: str, after: Position | None, limit: int) -> Page:
        """The end now, and up to `limit` entries after a position."""
        entries, end = self._entries[event_type], self._end(event_type)
        if after is None:
            return Page(end, ())
        first = max(0, len(entries) - (end.count - after.count))
        return Page(end, tuple(islice(entries, first, first + limit)))

    async def listen(self, types: Sequence[str], wake: Callable[[str], None], restarted: Callable[[], None]) -> None:  # noqa: ARG002  (only what Redis keeps can be lost)
        """Call `wake(type)` for each event added, until this is cancelled."""

        def wake_one_of_them(event_type: str) -> None:
            if event_type in types:
                wake(event_type)

        self._wakers.append(wake_one_of_them)
        try:
            await asyncio.Event().wait()
        finally:
            self._wakers.remove(wake_one_of_them)

    async def ping(self) -> None:
        """It is there."""

    async def close(self) -> None:
        """There is nothing to let go of."""
