"""The wiki's client: what each call sends and reads, pages, streams, and following the change log."""

import asyncio
import bz2
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import genba_client
from genba_client import WikiClient
from genba_client._streams import ServerSentEvent, events_of, lines_of
from genba_contracts import wiki
from genba_servicekit import auth_http
from libs.client_servers import tcp_server, uvicorn_server


def example(model: type[BaseModel]) -> dict[str, Any]:
    body: dict[str, Any] = model.model_json_schema()["examples"][0]
    return body


AT = "2026-04-18T09:30:00Z"
USER = {"name": "hanako", "role": "editor", "created_at": AT}
ENTRY = example(wiki.Entry)
REVISION = example(wiki.Revision)
DIFF = example(wiki.RevisionDiff)
STARS = {"keyword": "encore", "count": 0, "items": []}
KEY = {"id": 3, "name": "import", "prefix": "gk_abc", "role": "editor", "created_at": AT}
JOB = {"id": "job-1", "format": "ndjson", "state": "succeeded", "created_at": AT}
STATS = {"entries": 1, "aliases": 0, "seq": 7}
LINKED = {"html": "x", "spans": [], "seq": 7}
SESSION = {"user": USER, "token": "secret-token", "expires_at": AT}


@dataclass
class Canned:
    """Answers every request with one body and keeps what was asked."""

    body: Any
    requests: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        sent = await request.body()
        path = scope["raw_path"].decode()
        self.requests.append((request.method, path, dict(request.query_params), json.loads(sent) if sent else None))
        self.headers = dict(request.headers)
        answer = Response(status_code=204) if self.body is None else JSONResponse(self.body)
        await answer(scope, receive, send)


def client_of(app: Any, **options: Any) -> WikiClient:
    return WikiClient("http://wiki.test", transport=httpx.ASGITransport(app), **options)


Use = Callable[[WikiClient], Awaitable[Any]]
CALLS: dict[str, tuple[Use, Any, tuple[str, str, dict[str, str], Any]]] = {
    "entry": (lambda c: c.entry("a/b"), ENTRY, ("GET", "/v1/entries/a%2Fb", {}, None)),
    "entry with html": (lambda c: c.entry("x", html=True), ENTRY, ("GET", "/v1/entries/x", {"include": "html"}, None)),
    "save_entry": (
        lambda c: c.save_entry("x", description="text", aliases=["y"], summary="why"),
        ENTRY,
        ("PUT", "/v1/entries/x", {}, {"description": "text", "aliases": ["y"], "summary": "why"}),
    ),
    "create_entry": (
        lambda c: c.create_entry("x", description="text"),
        ENTRY,
        ("PUT", "/v1/entries/x", {}, {"description": "text", "aliases": [], "summary": ""}),
    ),
    "edit_entry": (
        lambda c: c.edit_entry("x", rename_to="y", keep_alias=False, aliases=[]),
        ENTRY,
        ("PATCH", "/v1/entries/x", {}, {"keyword": "y", "keep_alias": False, "aliases": [], "summary": ""}),
    ),
    "delete_entry": (lambda c: c.delete_entry(".."), None, ("DELETE", "/v1/entries/%2E%2E", {}, None)),
    "undelete_entry": (lambda c: c.undelete_entry("x"), ENTRY, ("POST", "/v1/entries/x/undelete", {}, None)),
    "revision": (lambda c: c.revision("x", number=2), REVISION, ("GET", "/v1/entries/x/revisions/2", {}, None)),
    "diff": (
        lambda c: c.diff("x", number=2, against=1),
        DIFF,
        ("GET", "/v1/entries/x/revisions/2/diff", {"against": "1"}, None),
    ),
    "diff with the one before": (
        lambda c: c.diff("x", number=2),
        DIFF,
        ("GET", "/v1/entries/x/revisions/2/diff", {}, None),
    ),
    "restore": (
        lambda c: c.restore("x", number=2, summary="spam"),
        ENTRY,
        ("POST", "/v1/entries/x/revisions/2/restore", {}, {"summary": "spam"}),
    ),
    "stars": (lambda c: c.stars("x"), STARS, ("GET", "/v1/entries/x/stars", {}, None)),
    "star": (lambda c: c.star("x"), STARS, ("PUT", "/v1/entries/x/star", {}, None)),
    "unstar": (lambda c: c.unstar("x"), STARS, ("DELETE", "/v1/entries/x/star", {}, None)),
    "link": (
        lambda c: c.link("a text", options=wiki.LinkOptions(first_only=True, exclude=("x",))),
        LINKED,
        ("POST", "/v1/link", {}, {"text": "a text", "first_only": True, "exclude": ["x"]}),
    ),
    "related": (
        lambda c: c.related("x", limit=5),
        {"keyword": "x", "items": [], "seq": 7},
        ("GET", "/v1/entries/x/related", {"limit": "5"}, None),
    ),
    "check_spam": (
        lambda c: c.check_spam("buy", keyword="x"),
        {"spam": False, "reasons": []},
        ("POST", "/v1/spam-check", {}, {"keyword": "x", "description": "buy"}),
    ),
    "import_job": (lambda c: c.import_job("job-1"), JOB, ("GET", "/v1/imports/job-1", {}, None)),
    "stats": (lambda c: c.stats(), STATS, ("GET", "/v1/stats", {}, None)),
    "register": (
        lambda c: c.register("hanako", password="pass word"),
        USER,
        ("POST", "/v1/users", {}, {"name": "hanako", "password": "pass word"}),
    ),
    "log_in": (
        lambda c: c.log_in("hanako", password="pass word"),
        SESSION,
        ("POST", "/v1/sessions", {}, {"name": "hanako", "password": "pass word"}),
    ),
    "log_out": (lambda c: c.log_out(), None, ("DELETE", "/v1/sessions", {}, None)),
    "me": (lambda c: c.me(), USER, ("GET", "/v1/users/me", {}, None)),
    "api_keys": (lambda c: c.api_keys(), {"items": [KEY]}, ("GET", "/v1/api-keys", {}, None)),
    "create_api_key": (
        lambda c: c.create_api_key("import", role="reader"),
        {**KEY, "key": "gk_abcdef"},
        ("POST", "/v1/api-keys", {}, {"name": "import", "role": "reader"}),
    ),
    "revoke_api_key": (lambda c: c.revoke_api_key(3), None, ("DELETE", "/v1/api-keys/3", {}, None)),
}


@pytest.mark.parametrize(("use", "body", "sent"), CALLS.values(), ids=CALLS)
async def test_a_call_sends_what_the_route_takes_and_reads_what_it_gives(use: Use, body: Any, sent: Any) -> None:
    app = Canned(body)
    async with client_of(app) as client:
        given = await use(client)
    assert app.requests == [sent]
    if body is None:
        assert given is None
    elif isinstance(given, list):
        assert [item.id for item in given] == [3]
    else:
        assert type(given).model_validate(body) == given


def test_every_method_of_the_client_is_described() -> None:
    public = {name: member for name, member in vars(WikiClient).items() if not name.startswith("_")}
    for base in WikiClient.__mro__[1:-1]:
        public |= {name: member for name, member in vars(base).items() if not name.startswith("_")}
    for name, member in public.items():
        assert name == "seq_header" or member.__doc__, name


async def test_preconditions_go_as_headers() -> None:
    app = Canned(ENTRY)
    async with client_of(app) as client:
        await client.create_entry("x", description="text")
        assert app.headers["if-none-match"] == "*"
        for write in (
            client.save_entry("x", description="text", if_match='"1.1.0"'),
            client.edit_entry("x", description="text", if_match='"1.1.0"'),
            client.delete_entry("x", if_match='"1.1.0"'),
        ):
            await write
            assert app.headers["if-match"] == '"1.1.0"'
            assert "if-none-match" not in app.headers


async def test_what_no_wiki_could_take_is_refused_before_it_is_sent() -> None:
    app = Canned(ENTRY)
    async with client_of(app) as client:
        for call in (
            client.entry("\ud800"),
            client.save_entry("x", description="nul\x00"),
            client.save_entry("x", description=""),
            client.edit_entry("x", rename_to=" y"),
            client.link("\ud800"),
        ):
            with pytest.raises(ValueError, match=r"surrogate|pattern|short|unicode"):
                await call
    assert app.requests == []


async def test_after_logging_in_calls_are_the_persons_until_logging_out() -> None:
    app = Canned(SESSION)
    async with client_of(app) as client:
        other = client.with_options(deadline=5)
        session = await client.log_in("hanako", password="pass word")
        assert session.token == "secret-token"
        assert "secret-token" not in repr(session)
        app.body = STATS
        await other.stats()
        assert app.headers["cookie"] == f"{auth_http.COOKIE}=secret-token"
        app.body = None
        await client.log_out()
        app.body = STATS
        await client.stats()
        assert "cookie" not in app.headers


async def test_the_cookies_name_over_https_is_the_services() -> None:
    app = Canned(STATS)
    async with WikiClient("https://wiki.test", session_token="t", transport=httpx.ASGITransport(app)) as client:
        await client.stats()
    assert app.headers["cookie"] == f"{auth_http.SECURE_COOKIE}=t"


def summary(number: int) -> dict[str, Any]:
    return {**ENTRY, "keyword": f"entry {number}", "seq": number}


async def paged_entries(request: Request) -> Response:
    after = int(request.query_params.get("cursor", "0"))
    limit = int(request.query_params.get("limit", "3"))
    numbers = [number for number in range(1, 9) if number > after][:limit]
    following = str(numbers[-1]) if numbers and numbers[-1] < 8 else None
    return JSONResponse({"items": [summary(number) for number in numbers], "next_cursor": following})


@pytest.mark.parametrize("limit", [1, 3, 4, 8, 100])
async def test_a_list_is_iterated_over_its_pages(limit: int) -> None:
    app = Starlette(routes=[Route("/v1/entries", paged_entries)])
    async with client_of(app) as client:
        listing = client.entries(limit=limit)
        assert [entry.seq async for entry in listing] == list(range(1, 9))
        assert [entry.seq async for entry in listing] == list(range(1, 9)), "a second time too"
        pages = [page async for page in listing.pages()]
    assert [len(page.items) for page in pages] == [min(limit, 8 - start) for start in range(0, 8, limit)]
    assert pages[-1].next_cursor is None


async def test_a_list_is_fetched_no_further_than_it_is_iterated() -> None:
    app = Canned({"items": [summary(1)], "next_cursor": "more"})
    async with client_of(app) as client, aclosing(aiter(client.entries(order="keyword", prefix="日"))) as entries:
        await anext(entries)
    assert app.requests == [("GET", "/v1/entries", {"order": "keyword", "prefix": "日"}, None)]


@pytest.mark.parametrize(
    ("listing", "path", "query", "body"),
    [
        (lambda c: c.revisions("a/b", limit=2), "/v1/entries/a%2Fb/revisions", {"limit": "2"}, {"items": []}),
        (lambda c: c.backlinks("x"), "/v1/entries/x/backlinks", {}, {"keyword": "x", "items": [], "seq": 1}),
        (
            lambda c: c.mentions("a/b"),
            "/v1/mentions",
            {"keyword": "a/b"},
            {"keyword": "a/b", "exists": False, "items": [], "seq": 1},
        ),
        (lambda c: c.search("武道館"), "/v1/search", {"q": "武道館"}, {"query": "武道館", "items": []}),
    ],
    ids=["revisions", "backlinks", "mentions", "search"],
)
async def test_other_lists_ask_their_routes(listing: Any, path: str, query: dict[str, str], body: Any) -> None:
    app = Canned(body)
    async with client_of(app) as client:
        assert [item async for item in listing(client)] == []
    assert app.requests == [("GET", path, query, None)]


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


async def paged_changes(request: Request) -> Response:
    since, limit = int(request.query_params["since"]), int(request.query_params.get("limit", "2"))
    numbers = [number for number in range(1, 6) if number > since][:limit]
    newest = numbers[-1] if numbers else 5
    return JSONResponse({"items": [change(number) for number in numbers], "seq": newest, "more": newest < 5})


async def test_changes_are_listed_from_where_one_was() -> None:
    app = Starlette(routes=[Route("/v1/changes", paged_changes)])
    async with client_of(app) as client:
        assert [one.seq async for one in client.changes()] == [1, 2, 3, 4, 5]
        assert [one.seq async for one in client.changes(since=3, limit=1)] == [4, 5]
        assert [page.seq async for page in client.changes(since=5).pages()] == [5]


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
