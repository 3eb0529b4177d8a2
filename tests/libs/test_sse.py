"""A stream of events goes on while there is a reader, and says so while there is nothing else to say."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from genba_servicekit.sse import Broadcast, Sse, last_event_id, sse_response


def parse(wire: bytes) -> list[dict[str, str]]:
    """Read a stream as the standard says (9.2.6), apart from how it was written."""
    events: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    for line in wire.decode().split("\n"):
        if not line:
            if "data" in fields:
                events.append(fields)
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
    return events


class Reader:
    """A client of one stream."""

    def __init__(self) -> None:
        self.wire = b""
        self.head: Message = {}
        self.ended = False
        self.leaves = asyncio.Event()
        self.stopping = asyncio.Event()
        self._news = asyncio.Event()

    async def read(self, response: Any) -> None:
        app = SimpleNamespace(state=SimpleNamespace(stopping=self.stopping))
        await response({"type": "http", "app": app}, self._receive, self._send)

    async def until(self, count: int, part: bytes = b"data:") -> None:
        while self.wire.count(part) < count:
            self._news.clear()
            await self._news.wait()

    async def _receive(self) -> Message:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.head = message
        else:
            self.wire += message["body"]
            self.ended = not message.get("more_body", False)
        self._news.set()


async def some(*events: Sse) -> AsyncIterator[Sse]:
    for event in events:
        yield event


@given(
    data=st.text(st.characters(exclude_categories=["Cs"])),
    event=st.none() | st.sampled_from(["saved", "a\nb", "\r\ndata: x"]),
    name=st.none() | st.sampled_from(["7", "7\ndata: x", "\0"]),
)
def test_any_text_arrives_as_one_event_and_nothing_breaks_out_of_its_field(
    data: str, event: str | None, name: str | None
) -> None:
    (got,) = parse(Sse(data, event=event, id=name).encode())
    assert got["data"].split("\n") == data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert set(got) <= {"data", "event", "id"}


def test_lone_surrogates_do_not_break_a_stream() -> None:
    assert parse(Sse("a\ud800").encode()) == [{"data": "a?"}]


async def test_a_stream_sends_its_events_and_ends_with_them() -> None:
    reader = Reader()
    await reader.read(sse_response(some(Sse("one", id="1"), Sse("two", event="saved", retry=500))))
    headers = dict(reader.head["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-store"
    assert b"content-length" not in headers
    assert parse(reader.wire) == [{"id": "1", "data": "one"}, {"event": "saved", "retry": "500", "data": "two"}]
    assert reader.ended


async def test_silence_is_filled_with_heartbeats() -> None:
    feed = Broadcast()
    reader = Reader()
    task = asyncio.create_task(reader.read(sse_response(feed.subscribe(), heartbeat=0.01)))
    await reader.until(5, b":\n\n")
    feed.publish(Sse("at last"))
    await reader.until(1)
    reader.leaves.set()
    await task
    assert parse(reader.wire) == [{"data": "at last"}]


@pytest.mark.parametrize("end", ["leaves", "stopping"])
async def test_a_stream_ends_and_closes_its_source_when_the_reader_leaves_or_the_server_stops(end: str) -> None:
    closed = asyncio.Event()

    async def forever() -> AsyncIterator[Sse]:
        try:
            yield Sse("first")
            await asyncio.Event().wait()
        finally:
            closed.set()

    reader = Reader()
    task = asyncio.create_task(reader.read(sse_response(forever())))
    await reader.until(1)
    getattr(reader, end).set()
    await task
    assert closed.is_set()
    assert reader.ended


async def test_an_error_of_the_source_is_the_streams_error() -> None:
    async def breaks() -> AsyncIterator[Sse]:
        yield Sse("first")
        raise OSError("the database is away")

    reader = Reader()
    with pytest.raises(OSError, match="the database is away"):
        await reader.read(sse_response(breaks()))
    assert not reader.ended


async def test_every_reader_gets_every_event_from_its_subscription_on() -> None:
    feed = Broadcast()
    early = feed.subscribe()
    feed.publish(Sse("1"))
    late = feed.subscribe()
    feed.publish(Sse("2"))
    assert [(await anext(early)).data, (await anext(early)).data, (await anext(late)).data] == ["1", "2", "2"]
    assert len(feed) == 2
    early.close()
    assert len(feed) == 1


async def test_a_reader_that_falls_too_far_behind_is_let_go_after_what_it_has() -> None:
    feed = Broadcast(limit=3)
    slow, quick = feed.subscribe(), feed.subscribe()
    for number in range(5):
        feed.publish(Sse(str(number)))
        assert (await anext(quick)).data == str(number)
    assert [event.data async for event in slow] == ["0", "1", "2"]
    assert len(feed) == 1


async def test_a_reader_that_has_left_is_forgotten() -> None:
    feed = Broadcast()
    reader = Reader()
    task = asyncio.create_task(reader.read(sse_response(feed.subscribe())))
    reader.leaves.set()
    await task
    assert len(feed) == 0


@pytest.mark.parametrize(
    ("headers", "expected"), [([], None), ([(b"last-event-id", b"")], None), ([(b"last-event-id", b"41")], "41")]
)
def test_a_reader_that_comes_back_says_what_it_had(headers: list[tuple[bytes, bytes]], expected: str | None) -> None:
    assert last_event_id(Request({"type": "http", "headers": headers})) == expected
