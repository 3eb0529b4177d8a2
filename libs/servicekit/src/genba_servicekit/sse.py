"""Server-sent events (HTML Living Standard, section 9.2): a stream that a page follows, and takes up again by itself.

feed = Broadcast()

@router.get("/v1/changes/events")
async def follow(request: Request) -> EventStream:
return sse_response(changes(feed.subscribe(), since=last_event_id(request)))
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HEARTBEAT_SECONDS: Final = 15.0  # proxies cut what is silent for 30 to 60 s
WAITING_EVENTS: Final = 256  # per reader; one that is so far behind is let go, and asks again from its last id

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_UNFIT: Final = str.maketrans("", "", "\r\n\0")
_HEARTBEAT: Final = b":\n\n"


@dataclass(frozen=True, slots=True)
class Sse:
    """One event.

    Attributes:
        data: the text; line breaks are kept.
        event: its type; a page listens to `message` if there is none.
        id: what a reader that was cut off sends as Last-Event-ID when it comes back.
        retry: milliseconds that the reader is to wait before it comes back.
    """

    data: str
    event: str | None = None
    id: str | None = None
    retry: int | None = None

    def encode(self) -> bytes:
        """As it goes over the wire."""
        lines: list[str] = []
        if self.id is not None:
            lines.append(f"id: {self.id.translate(_UNFIT)}")
        if self.event is not None:
            lines.append(f"event: {self.event.translate(_UNFIT)}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        lines.extend(f"data: {line}" for line in _LINE_BREAK.split(self.data))
        return ("\n".join(lines) + "\n\n").encode("utf-8", "replace")


class Subscription:
    """The events published since it was made, one reader's own. Iteration ends when the reader fell too far behind."""

    def __init__(self, readers: "set[Subscription]", limit: int) -> None:
        self._readers = readers
        self._queue: asyncio.Queue[Sse | None] = asyncio.Queue(limit + 1)
        self._limit = limit
        readers.add(self)

    def __aiter__(self) -> AsyncIterator[Sse]:
        """Iterate once."""
        return self

    async def __anext__(self) -> Sse:
        """The next event, when it comes."""
        event = await self._queue.get()
        if event is None:
            raise StopAsyncIteration
        return event

    def offer(self, event: Sse) -> None:
        """Hand over an event, or end if too many wait."""
        if self._queue.qsize() < self._limit:
            self._queue.put_nowait(event)
        else:
            self.close()

    def close(self) -> None:
        """End after what waits."""
        if self in self._readers:
            self._readers.discard(self)
            self._queue.put_nowait(None)

    async def aclose(self) -> None:
        """End; the stream calls it when its reader has left."""
        self.close()


class Broadcast:
    """Hands each event to every reader of the moment. For the event loop's thread alone.

    Args:
        limit: events that may wait for one reader.
    """

    def __init__(self, limit: int = WAITING_EVENTS) -> None:
        self._limit = limit
        self._readers: set[Subscription] = set()

    def __len__(self) -> int:
        """How many read."""
        return len(self._readers)

    def publish(self, event: Sse) -> None:
        """Hand an event to all readers; waits for none."""
        for reader in tuple(self._readers):
            reader.offer(event)

    def subscribe(self) -> Subscription:
        """Begin to keep events for one more reader: from now on, not from its first read on."""
        return Subscription(self._readers, self._limit)


def last_event_id(request: Request) -> str | None:
    """The id of the last event that a reader has had, if it says so."""
    return request.headers.get("last-event-id") or None


def sse_response(
    events: AsyncIterator[Sse],
    *,
    heartbeat: float = HEARTBEAT_SECONDS,
    headers: Mapping[str, str] | None = None,
    background: BackgroundTask | None = None,
) -> "EventStream":
    """Answer with a stream of events, until they end, the reader leaves or the server stops.

    Args:
        events: what to send; closed at the end, whichever way it comes.
        heartbeat: seconds of silence after which an empty comment is sent.
        headers: further headers of the answer.
        background: runs after the stream.
    """
    return EventStream(events, heartbeat=heartbeat, headers=headers, background=background)


class EventStream(Response):
    """The answer that `sse_response` makes."""

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncIterator[Sse],
        *,
        heartbeat: float = HEARTBEAT_SECONDS,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__(
            headers={"cache-control": "no-store", "x-accel-buffering": "no", **(headers or {})},
            media_type=self.media_type,
            background=background,
        )
        del self.headers["content-length"]
        self._events = events
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        ends = [asyncio.ensure_future(_left(receive))]
        stopping: asyncio.Event | None = getattr(getattr(scope.get("app"), "state", None), "stopping", None)
        if stopping is not None:
            ends.append(asyncio.ensure_future(_until(stopping)))
        coming = asyncio.ensure_future(_next(self._events))
        try:
            await send({"type": "http.response.body", "body": _HEARTBEAT, "more_body": True})
            while True:
                done, _ = await asyncio.wait(
                    [coming, *ends], timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED
                )
                if any(end in done for end in ends):
                    break
                body = _HEARTBEAT
                if coming in done:
                    event = coming.result()
                    if event is None:
                        break
                    body = event.encode()
                    coming = asyncio.ensure_future(_next(self._events))
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            for task in (coming, *ends):
                task.cancel()
            await asyncio.gather(coming, *ends, return_exceptions=True)
            close = getattr(self._events, "aclose", None)
            if close is not None:
                with contextlib.suppress(RuntimeError):  # it is running still, in a thread that nothing can stop
                    await close()
        if self.background is not None:
            await self.background()


async def _next(events: AsyncIterator[Sse]) -> Sse | None:
    return await anext(events, None)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until(stopping: asyncio.Event) -> None:
    await stopping.wait()
