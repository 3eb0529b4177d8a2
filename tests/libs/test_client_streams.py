"""The client's streams: many texts linked at once, import, export, and following the change log."""

import asyncio
import bz2
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import genba_client
from genba_client import WikiClient
from genba_client._streams import ServerSentEvent, events_of, lines_of
from genba_contracts import wiki
from libs.client_servers import tcp_server, uvicorn_server

AT = "2026-04-18T09:30:00Z"
JOB = {"id": "job-1", "format": "ndjson", "state": "succeeded", "created_at": AT}


def client_of(app: Any, **options: Any) -> WikiClient:
    return WikiClient("http://wiki.test", transport=httpx.ASGITransport(app), **options)


def change(seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "operation": "save",
        "at": AT,
        "keyword": f"entry {seq}\u2028",
        "revision": 1,
        "author": "hanako",
        "live": True,
    }


class Duplex(StreamingResponse):
    """Answers while the request's body is still coming.

    StreamingResponse itself looks out for a disconnect, and takes the body's messages away as it does.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.stream_response(send)


async def linking(request: Request) -> Response:
    """Links nothing, refuses empty texts, and answers each line as soon as it has come."""

    async def results() -> AsyncIterator[bytes]:
        numbers = count(1)
        async for line in lines_of(request.stream()):
            sent, number = json.loads(line), next(numbers)
            if sent["text"]:
                answer = {"line": number, "id": sent.get("id"), "html": sent["text"], "spans": [], "seq": 7}
            else:
                answer = {"line": number, "id": sent.get("id"), "error": "the text is empty"}
            yield json.dumps(answer, ensure_ascii=False).encode() + b"\n"

    return Duplex(results(), media_type=wiki.NDJSON)


async def forgetful(request: Request) -> Response:
    await request.body()
    return Response(json.dumps({"line": 1, "html": "x", "spans": [], "seq": 7}), media_type=wiki.NDJSON)


async def importing(request: Request) -> Response:
    lines = [line async for line in lines_of(request.stream())]
    kind = "mediawiki" if request.headers["content-type"] == "application/xml" else "ndjson"
    return JSONResponse({**JOB, "format": kind, "counts": {"created": len(lines)}}, 202)


async def exporting(request: Request) -> Response:
    async def lines() -> AsyncIterator[bytes]:
        for number in range(1_000):
            record = {"keyword": f"entry {number}", "description": "line\u2028separator\x85" * 20}
            yield json.dumps(record, ensure_ascii=False).encode() + b"\n"

    return StreamingResponse(lines(), media_type=wiki.NDJSON)


@pytest.fixture(scope="module")
def streams() -> Iterator[str]:
    routes = [
        Route("/v1/link/batch", linking, methods=["POST"]),
        Route("/v1/imports", importing, methods=["POST"]),
        Route("/v1/export", exporting),
    ]
    with uvicorn_server(Starlette(routes=routes)) as url:
        yield url


async def test_many_texts_are_linked_in_order_and_a_bad_one_costs_only_itself(streams: str) -> None:
    texts = [f"text {number}\n次\u2028" * 30 for number in range(2_000)]
    texts[700] = ""
    async with WikiClient(streams) as client:
        results = [result async for result in client.link_many(texts)]
    assert [result.line for result in results] == list(range(1, 2_001))
    failed = [result for result in results if isinstance(result, wiki.LinkFailure)]
    assert [(failure.line, failure.error) for failure in failed] == [(701, "the text is empty")]
    linked = [result.html for result in results if isinstance(result, wiki.LinkResult)]
    assert linked == [text for text in texts if text]


async def test_a_line_brings_its_own_id_and_options(streams: str) -> None:
    async with WikiClient(streams) as client:
        lines: list[str | wiki.LinkLine] = [
            wiki.LinkLine(id="a", text="x"),
            wiki.LinkLine(id=7, text="y", first_only=True),
            "z",
        ]
        assert [result.id async for result in client.link_many(lines)] == ["a", 7, None]


async def test_results_come_while_texts_are_still_being_written(streams: str) -> None:
    said: asyncio.Queue[str | None] = asyncio.Queue()

    async def conversation() -> AsyncIterator[str]:
        while (text := await said.get()) is not None:
            yield text

    async with WikiClient(streams) as client:
        said.put_nowait("first")
        heard = []
        async for result in client.link_many(conversation()):
            heard.append(result.line)
            said.put_nowait("next" if len(heard) < 4 else None)
    assert heard == [1, 2, 3, 4]


async def test_texts_that_fail_to_come_raise_their_own_error(streams: str) -> None:
    class TapeError(Exception):
        pass

    async def broken() -> AsyncIterator[str]:
        yield "one"
        raise TapeError("the tape is torn")

    async with WikiClient(streams) as client:
        with pytest.raises(TapeError, match="torn"):
            _ = [result async for result in client.link_many(broken())]
        assert [result.line async for result in client.link_many(["still"])] == [1]


async def test_a_text_without_a_result_does_not_go_unnoticed() -> None:
    app = Starlette(routes=[Route("/v1/link/batch", forgetful, methods=["POST"])])
    async with client_of(app) as client, aclosing(client.link_many(["one", "two"])) as results:
        assert (await anext(results)).line == 1
        with pytest.raises(genba_client.ApiResponseError, match="1 results for 2 texts"):
            await anext(results)


async def test_a_stream_may_be_left_in_the_middle(streams: str) -> None:
    async with WikiClient(streams) as client:
        async with aclosing(client.export()) as records:
            async for record in records:
                assert record.keyword == "entry 0"
                break
        assert [result.line async for result in client.link_many(["still"])] == [1]


async def test_an_export_is_read_line_by_line(streams: str) -> None:
    async with WikiClient(streams) as client:
        records = [record async for record in client.export()]
    assert [record.keyword for record in records] == [f"entry {number}" for number in range(1_000)]
    assert records[0].description == "line\u2028separator\x85" * 20


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("wiki.ndjson", "ndjson"),
        ("wiki.jsonl.gz", "ndjson"),
        ("dump.xml", "mediawiki"),
        ("jawiki-pages-articles.xml.bz2", "mediawiki"),
    ],
)
async def test_a_file_is_imported_as_what_its_name_says(streams: str, tmp_path: Path, name: str, kind: str) -> None:
    lines = b'{"keyword": "x"}\n' * 50_000
    packers: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress}
    pack = packers.get(Path(name).suffix, bytes)
    (tmp_path / name).write_bytes(pack(lines))
    async with WikiClient(streams) as client:
        job = await client.import_file(tmp_path / name)
    assert (job.format, job.counts.created) == (kind, 50_000)


async def test_an_import_is_waited_for_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "wiki.ndjson").write_bytes(b"{}\n")
    states = ["running", "running", "running", "succeeded"]

    async def job(request: Request) -> Response:
        return JSONResponse({**JOB, "state": states.pop(0)})

    routes = [Route("/v1/imports", job, methods=["POST"]), Route("/v1/imports/job-1", job)]
    async with client_of(Starlette(routes=routes)) as client:
        assert (await client.import_file(tmp_path / "wiki.ndjson", wait=False)).state == "running"
        assert (await client.import_file(tmp_path / "wiki.ndjson")).state == "succeeded"
    assert states == []


@dataclass
class Broadcaster:
    """An event stream that says a part of the changes and then drops the connection, again and again."""

    newest: int = 0
    parts: list[list[int]] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
        named = dict(line.split(": ", 1) for line in head[1:] if line)
        self.asked.append(named.get("last-event-id"))
        assert named["accept"] == "text/event-stream"
        if not self.parts:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        start = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nGenba-Seq: {self.newest}\r\n\r\n: hello\n\n"
        writer.write(start.encode())
        for seq in self.parts.pop(0):
            self.newest = seq
            writer.write(f"id: {seq}\nevent: change\ndata: {json.dumps(change(seq))}\n\n".encode())
        writer.write(b"id: 99\nevent: change\ndata: {half an ev")
        await writer.drain()


async def test_watching_goes_on_where_a_connection_ended_and_repeats_nothing() -> None:
    broadcaster = Broadcaster(newest=4, parts=[[5, 6], [], [6, 7], [8]])
    async with tcp_server(broadcaster) as url, WikiClient(url) as client, aclosing(client.watch()) as changes:
        assert [(await anext(changes)).seq for _ in range(4)] == [5, 6, 7, 8]
        with pytest.raises(genba_client.NotFoundError):
            await anext(changes)
    assert broadcaster.asked == [None, "6", "6", "7", "8"]


async def test_watching_from_now_on_loses_nothing_if_the_first_connection_said_nothing() -> None:
    broadcaster = Broadcaster(newest=4, parts=[[], [5]])
    async with tcp_server(broadcaster) as url, WikiClient(url) as client, aclosing(client.watch()) as changes:
        assert (await anext(changes)).seq == 5
    assert broadcaster.asked == [None, "4"]


async def test_watching_since_a_seq_starts_there() -> None:
    broadcaster = Broadcaster(newest=9, parts=[[3, 4]])
    async with tcp_server(broadcaster) as url, WikiClient(url) as client, aclosing(client.watch(since=2)) as changes:
        assert [(await anext(changes)).seq, (await anext(changes)).seq] == [3, 4]
    assert broadcaster.asked == ["2"]


async def test_watching_what_cannot_be_watched_is_an_error_at_once() -> None:
    broadcaster = Broadcaster()
    async with tcp_server(broadcaster) as url, WikiClient(url) as client:
        with pytest.raises(genba_client.NotFoundError):
            await anext(client.watch())
    assert broadcaster.asked == [None]


async def pieces(whole: bytes, sizes: list[int]) -> AsyncIterator[bytes]:
    at = 0
    for size in sizes:
        yield whole[at : at + size]
        at += size
    yield whole[at:]


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line)), st.lists(st.integers(0, 20)))
async def test_lines_come_whole_however_they_are_cut(lines: list[bytes], sizes: list[int]) -> None:
    whole = b"".join(line + b"\n" for line in lines)
    assert [line async for line in lines_of(pieces(whole, sizes))] == lines


async def test_a_last_line_without_an_end_is_a_line() -> None:
    assert [line async for line in lines_of(pieces(b"a\n\nb", []))] == [b"a", b"", b"b"]


@given(st.lists(st.integers(0, 20)))
async def test_events_are_read_as_the_standard_says(sizes: list[int]) -> None:
    stream = (
        b": comment\n\n"
        b"event: change\r\nid: 5\r\ndata: {\r\ndata: }\r\n\r\n"
        b"data:no space\n\n"
        b"data:  two\nid: nul\0\nretry: 10\nunknown: x\n\n"
        b"event: nothing\n\n"
        b"data\n\n"
        b"data: cut off\n"
    )
    assert [event async for event in events_of(pieces(stream, sizes))] == [
        ServerSentEvent("change", "{\n}", "5"),
        ServerSentEvent("message", "no space", "5"),
        ServerSentEvent("message", " two", "5"),
        ServerSentEvent("message", "", "5"),
    ]
