"""Events in and out: what happened here is told, what happened elsewhere is heard.

    bus = EventBus(settings.redis_url, "wiki-linker")
    bus.subscribe([WikiEntrySaved, WikiEntryDeleted], apply_event, catch_up)
    await bus.start()
    await bus.publish(WikiEntrySaved(…))

Promises: each event reaches each subscriber at least once, in order within its type; a repeated one is dropped if the
first was among the last 2,048, so handlers still have to be idempotent. Where events may have been lost, `resync` is
called in their place. A subscriber reads from one capped stream a type, and messages on a channel only wake it; it also
looks four times a second, so a lost message costs a quarter of a second, and an outage ends within a second of Redis's
return. Without a Redis URL the same holds within the process. Events that tell of a change in a database go through
`genba_servicekit.outbox`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Final

from genba_contracts.events import Event
from genba_servicekit.bus_follower import Follower, Handler, Resync
from genba_servicekit.bus_log import Envelope, EventBusUnavailable, EventLog, MemoryLog
from genba_servicekit.bus_redis import RedisLog
from genba_servicekit.tasks import run_beside, run_forever

__all__ = ["BusStatus", "Envelope", "EventBus", "EventBusUnavailable", "Handler", "Resync"]

JOIN_TIMEOUT: Final = 1.5  # seconds a start waits for Redis at most: a service starts without it


@dataclass(frozen=True, slots=True)
class BusStatus:
    """How the bus is doing; the counts are since the start.

    Attributes:
        connected: whether Redis answered when it was last asked, half a second ago at most; true without Redis.
        reason: why not.
        published: events handed to Redis.
        delivered: events handled.
        duplicates: events dropped because they had been handled.
        failures: events whose handler failed, each followed by a resync.
        resyncs: times that a handler was told to start over.
    """

    connected: bool
    reason: str
    published: int
    delivered: int
    duplicates: int
    failures: int
    resyncs: int


class EventBus:
    """Publishes and subscribes for one process.

    Args:
        redis_url: where Redis is; none keeps events within this process.
        source: what Redis calls this client: the service's name.
    """

    def __init__(self, redis_url: str | None, source: str) -> None:
        self._log: EventLog = RedisLog(redis_url, name=source) if redis_url else MemoryLog()
        self._followers: list[Follower] = []
        self._running = AsyncExitStack()
        self._started = False
        self._published = 0

    def subscribe(self, types: Iterable[type[Event]], handler: Handler, resync: Resync) -> None:
        """Have `handler(event)` called for each event of these types; before `start`.

        Args:
            types: what to hear. Each type goes its own way: one that is slow does not hold up the others.
            handler: called with one event of a type after the other. If it raises, `resync` is called next.
            resync: called with a type's name once when its stream is first reached, and whenever events of it may have
                been lost: "compare with the truth now". If it raises it is called again, until it does not.

        Raises:
            RuntimeError: the bus has been started.
        """
        if self._started:
            raise RuntimeError("subscribe before the bus is started")
        self._followers += [Follower(self._log, event_type.type, handler, resync) for event_type in types]

    async def start(self) -> None:
        """Join the streams, or go on trying if Redis is away: what is published from now on is heard, or resynced."""
        self._started = True
        following = [run_forever(follower.step, name=f"follow {follower.type}") for follower in self._followers]
        run_beside(self._running, *following, run_forever(self._listen, name="listen for events"))
        with suppress(TimeoutError):
            async with asyncio.timeout(JOIN_TIMEOUT):
                for follower in self._followers:
                    await follower.tried.wait()

    async def stop(self) -> None:
        """Hear no more; an event whose handler is cut short was not handled. A second call does nothing."""
        self._started = False
        await self._running.aclose()
        await self._log.close()

    async def publish(self, *events: Event) -> None:
        """Tell everyone, this process too. The events are in their streams, in this order, when this returns.

        Raises:
            EventBusUnavailable: Redis did not take them all, tried twice; publishing them again is harmless.
        """
        await self.forward([Envelope.of(event) for event in events])

    async def forward(self, envelopes: Sequence[Envelope]) -> None:
        """Publish events that are packed already.

        Raises:
            EventBusUnavailable: as `publish`.
        """
        try:
            await self._log.append(envelopes)
        except EventBusUnavailable:  # of a connection that was cut, only its next use tells
            await self._log.append(envelopes)
        self._published += len(envelopes)

    async def check(self) -> None:
        """For `/readyz`: see that Redis answers now.

        Raises:
            EventBusUnavailable: it does not; the message says why.
        """
        await self._log.ping()

    def status(self) -> BusStatus:
        """How it is doing, from memory."""
        return BusStatus(
            connected=not self._log.reason,
            reason=self._log.reason,
            published=self._published,
            delivered=sum(follower.delivered for follower in self._followers),
            duplicates=sum(follower.duplicates for follower in self._followers),
            failures=sum(follower.failures for follower in self._followers),
            resyncs=sum(follower.resyncs for follower in self._followers),
        )

    async def _listen(self) -> None:
        await self._log.listen(sorted({follower.type for follower in self._followers}), self._wake, self._doubt)

    def _wake(self, event_type: str) -> None:
        for follower in self._followers:
            if follower.type == event_type:
                follower.wake()

    def _doubt(self) -> None:
        for follower in self._followers:
            follower.doubt()
