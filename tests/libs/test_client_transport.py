"""How the client sends: paths, headers, retries, deadlines and broken connections, over real sockets."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import stamina
import stamina.instrumentation
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

import genba_client
from genba_client import WikiClient
from genba_client._aiohttp import PlainAiohttpTransport
from libs.client_servers import tcp_server, unused_address, uvicorn_server

STATS = {"entries": 1, "aliases": 0, "seq": 7}
FAST = httpx.Timeout(connect=5, read=0.2, write=0.2, pool=5)
ENTRY = {
    "keyword": "encore",
    "description": "What is asked for after the last song.",
    "author": "hanako",
    "created_at": "2026-04-11T08:00:00Z",
    "updated_at": "2026-04-11T08:00:00Z",
    "revision": 1,
    "seq": 1,
    "url": "/keyword/encore",
    "etag": '"1.1.0"',
}


@dataclass
class Seen:
    method: str
    raw_path: str
    query: str
    headers: dict[str, str]


@dataclass
class Flaky:
    """Answers what it is told, in order, then 200; keeps what it was asked."""

    answers: list[Response] = field(default_factory=list)
    body: Any = field(default_factory=lambda: STATS)
    seen: list[Seen] = field(default_factory=list)
    delay: float = 0
    connections: set[tuple[str, int]] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        self.seen.append(Seen(scope["method"], scope["raw_path"].decode(), query, headers))
        self.connections.add(tuple(scope["client"]))
        if self.delay:
            await asyncio.sleep(self.delay)
        answer = self.answers.pop(0) if self.answers else JSONResponse(self.body)
        await answer(scope, receive, send)

    def paths(self) -> list[str]:
        return [seen.raw_path for seen in self.seen]


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Flaky, str]]:
    app = Flaky()
    with uvicorn_server(app) as url:
        yield app, url


@pytest.fixture
def app(shared: tuple[Flaky, str]) -> Flaky:
    app, _ = shared
    app.__init__()  # type: ignore[misc]  # as new, on the same port
    return app


@pytest.fixture
def url(shared: tuple[Flaky, str]) -> str:
    return shared[1]


@pytest.fixture
def waits() -> Iterator[list[stamina.instrumentation.RetryDetails]]:
    """What stamina says before each wait."""
    noted: list[stamina.instrumentation.RetryDetails] = []

    def note(details: stamina.instrumentation.RetryDetails) -> None:
        noted.append(details)

    before = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([note])
    yield noted
    stamina.instrumentation.set_on_retry_hooks(before)


def refusal(status: int, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"title": "no", "status": status}, status, named)


async def test_keywords_arrive_byte_for_byte(app: Flaky, url: str) -> None:
    app.body = ENTRY
    keywords = {
        ".": "%2E",
        "..": "%2E%2E",
        "...": "...",
        "a/b": "a%2Fb",
        "a//b": "a%2F%2Fb",
        "/": "%2F",
        "%": "%25",
        "%2F": "%252F",
        "%2E%2E": "%252E%252E",
        "?": "%3F",
        "#": "%23",
        "a+b c": "a%2Bb%20c",
        "a;b=c&d": "a%3Bb%3Dc%26d",
        "🎸": "%F0%9F%8E%B8",
        "館": "%E9%A4%A8",
        '|^`{}"<>\\': "%7C%5E%60%7B%7D%22%3C%3E%5C",
        "http://x/": "http%3A%2F%2Fx%2F",
    }
    async with WikiClient(url) as wiki:
        for keyword in keywords:
            await wiki.entry(keyword)
    assert app.paths() == [f"/v1/entries/{segment}" for segment in keywords.values()]


async def test_the_segment_before_two_dots_is_not_dropped(app: Flaky, url: str) -> None:
    app.body = {"number": 3, "keyword": "..", "author": "x", "at": "2026-04-11T08:00:00Z", "operation": "save"}
    async with WikiClient(url) as wiki:
        assert (await wiki.revision("..", number=3)).number == 3
    assert app.paths() == ["/v1/entries/%2E%2E/revisions/3"]


async def test_a_query_says_what_was_meant(app: Flaky, url: str) -> None:
    app.body = {"query": "x", "items": []}
    async with WikiClient(url) as wiki:
        assert [hit async for hit in wiki.search("a&b=c #+%2F 館", limit=3)] == []
    assert dict(httpx.QueryParams(app.seen[0].query)) == {"q": "a&b=c #+%2F 館", "limit": "3"}


async def test_a_wiki_below_a_path_is_called_there(app: Flaky, url: str) -> None:
    async with WikiClient(f"{url}/team/wiki/") as wiki:
        await wiki.stats()
    assert app.paths() == ["/team/wiki/v1/stats"]


async def test_calls_one_after_the_other_share_a_connection(app: Flaky, url: str) -> None:
    async with WikiClient(url) as wiki:
        for _ in range(20):
            await wiki.stats()
    assert len(app.connections) == 1


async def test_a_key_goes_as_bearer_and_a_session_as_the_cookie(app: Flaky, url: str) -> None:
    async with WikiClient(url, api_key="gk_secret") as wiki:
        await wiki.stats()
        assert "secret" not in repr(wiki)
    async with WikiClient(url, session_token="token1") as wiki:
        await wiki.stats()
    async with WikiClient(url) as wiki:
        await wiki.stats()
    key, session, nobody = app.seen
    assert key.headers["authorization"] == "Bearer gk_secret"
    assert session.headers["cookie"] == "genba_session=token1"
    assert not {"authorization", "cookie"} & nobody.headers.keys()


async def test_a_cookie_of_an_answer_is_not_sent_back(app: Flaky, url: str) -> None:
    app.answers = [JSONResponse(STATS, headers={"Set-Cookie": "genba_session=someone; Path=/"})]
    async with WikiClient(url) as wiki:
        await wiki.stats()
        await wiki.stats()
    assert "cookie" not in app.seen[1].headers


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "gk_x", "session_token": "y"},
        {"transport": httpx.ASGITransport(Flaky()), "http_client": httpx.AsyncClient()},
        {"base_url": "redis://127.0.0.1"},
        {"base_url": "127.0.0.1:8001"},
    ],
    ids=["two credentials", "two transports", "not http", "no scheme"],
)
def test_arguments_that_contradict_each_other_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not both|no http or https"):
        WikiClient(**arguments)


async def test_the_newest_seq_that_was_seen_is_asked_for(app: Flaky, url: str) -> None:
    app.answers = [JSONResponse(STATS, headers={"Genba-Seq": seq}) for seq in ("7", "12", "9", "many")]
    async with WikiClient(url) as wiki:
        assert wiki.seq == 0
        for _ in range(5):
            await wiki.with_options(max_retries=0).stats()
        assert wiki.seq == 12
    assert [seen.headers.get("genba-seq") for seen in app.seen] == [None, "7", "12", "12", "12"]


async def test_a_refused_write_teaches_its_seq_too(app: Flaky, url: str) -> None:
    app.answers = [refusal(412, Genba_Seq="31")]
    async with WikiClient(url) as wiki:
        with pytest.raises(genba_client.PreconditionFailedError):
            await wiki.create_entry("encore", description="x")
        assert wiki.seq == 31


async def test_the_request_id_of_what_is_being_done_is_passed_on(app: Flaky, url: str) -> None:
    given = iter(["render-1", None, "not\r\nallowed: x", "render-2"])
    app.answers = [JSONResponse(STATS), JSONResponse(STATS), JSONResponse(STATS), refusal(503)]
    async with WikiClient(url, request_id=lambda: next(given)) as wiki:
        for _ in range(4):
            await wiki.stats()
    ids = [seen.headers["x-request-id"] for seen in app.seen]
    assert ids[0] == "render-1"
    assert all(len(new) == 32 for new in ids[1:3])
    assert ids[3:] == ["render-2", "render-2"], "the attempts of one call have one id"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_read_is_tried_again_until_it_is_answered(app: Flaky, url: str, status: int) -> None:
    app.answers = [refusal(status), refusal(status)]
    async with WikiClient(url) as wiki:
        assert (await wiki.stats()).seq == 7
    assert len(app.seen) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 422, 500, 501])
async def test_what_another_attempt_would_not_change_is_not_tried_again(app: Flaky, url: str, status: int) -> None:
    app.answers = [refusal(status)]
    async with WikiClient(url) as wiki:
        with pytest.raises(genba_client.ApiStatusError) as refused:
            await wiki.stats()
    assert refused.value.status == status
    assert len(app.seen) == 1


async def test_after_the_last_retry_the_last_answer_is_the_error(app: Flaky, url: str) -> None:
    app.answers = [refusal(503), refusal(503), refusal(504), refusal(503)]
    async with WikiClient(url, max_retries=2) as wiki:
        with pytest.raises(genba_client.InternalServerError) as refused:
            await wiki.stats()
    assert refused.value.status == 504
    assert len(app.seen) == 3


async def test_no_retries_are_none(app: Flaky, url: str) -> None:
    app.answers = [refusal(503)]
    async with WikiClient(url, max_retries=0) as wiki:
        with pytest.raises(genba_client.ServiceUnavailableError):
            await wiki.stats()
    assert len(app.seen) == 1


async def test_a_post_is_tried_again_only_if_it_was_refused_with_a_time(app: Flaky, url: str) -> None:
    app.body = ENTRY
    async with WikiClient(url) as wiki:
        app.answers = [refusal(429, Retry_After="0"), refusal(503, Retry_After="0")]
        await wiki.undelete_entry("encore")
        assert len(app.seen) == 3
        for answer in (refusal(503), refusal(429), refusal(502, Retry_After="0")):
            app.seen.clear()
            app.answers = [answer]
            with pytest.raises(genba_client.ApiStatusError):
                await wiki.undelete_entry("encore")
            assert len(app.seen) == 1


async def test_a_post_that_changes_nothing_is_tried_again_like_a_read(app: Flaky, url: str) -> None:
    app.answers = [refusal(502)]
    app.body = {"html": "x", "spans": [], "seq": 1}
    async with WikiClient(url) as wiki:
        assert (await wiki.link("x")).html == "x"
    assert len(app.seen) == 2


async def test_a_conditional_write_is_not_repeated_into_its_own_effect(app: Flaky, url: str) -> None:
    app.body = ENTRY
    async with WikiClient(url) as wiki:
        app.answers = [refusal(502)]
        await wiki.save_entry("encore", description="x")
        assert len(app.seen) == 2
        writes: list[Callable[[], Any]] = [
            lambda: wiki.create_entry("encore", description="x"),
            lambda: wiki.save_entry("encore", description="x", if_match='"1.1.0"'),
            lambda: wiki.delete_entry("encore", if_match='"1.1.0"'),
            lambda: wiki.edit_entry("encore", summary="x"),
        ]
        for write in writes:
            app.seen.clear()
            app.answers = [refusal(502)]
            with pytest.raises(genba_client.InternalServerError):
                await write()
            assert len(app.seen) == 1


async def test_waits_grow_at_random_and_retry_after_is_never_undercut(
    app: Flaky, url: str, waits: list[stamina.instrumentation.RetryDetails]
) -> None:
    app.answers = [refusal(503), refusal(503), refusal(503, Retry_After="1")]
    async with WikiClient(url) as wiki:
        await wiki.stats()
    first, second, asked = [retry.wait_for for retry in waits]
    assert 0.05 <= first <= 0.1
    assert 0.1 <= second <= 0.2
    assert 1 <= asked <= 1.1


@pytest.mark.parametrize("seconds", ["3600", "Fri, 31 Dec 2999 23:59:59 GMT"])
async def test_a_time_beyond_patience_is_an_error_at_once(app: Flaky, url: str, seconds: str) -> None:
    app.answers = [refusal(429, Retry_After=seconds)]
    async with WikiClient(url, deadline=math.inf) as wiki:
        with pytest.raises(genba_client.RateLimitError) as refused:
            await wiki.stats()
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 60
    assert len(app.seen) == 1


async def test_a_time_beyond_the_deadline_is_an_error_at_once(app: Flaky, url: str) -> None:
    app.answers = [refusal(503, Retry_After="5")]
    async with WikiClient(url, deadline=4) as wiki:
        with pytest.raises(genba_client.ServiceUnavailableError):
            await wiki.stats()
    assert len(app.seen) == 1


async def test_a_deadline_ends_an_attempt_in_the_middle(app: Flaky, url: str) -> None:
    app.delay = 3
    async with WikiClient(url) as wiki:
        with pytest.raises(genba_client.ApiDeadlineError, match=r"within 0\.1 s, in 1 attempts") as late:
            await wiki.with_options(deadline=0.1).stats()
    assert late.value.sent
    assert late.value.request_id == app.seen[0].headers["x-request-id"]


async def test_a_deadline_counts_all_attempts(app: Flaky, url: str) -> None:
    app.answers = [refusal(503) for _ in range(100)]
    async with WikiClient(url, deadline=0.5, max_retries=100) as wiki:
        with pytest.raises((genba_client.ServiceUnavailableError, genba_client.ApiDeadlineError)):
            await wiki.stats()
    assert 2 <= len(app.seen) <= 20


async def test_a_cancelled_call_is_cancelled(app: Flaky, url: str) -> None:
    app.delay = 3
    async with WikiClient(url) as wiki:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await wiki.stats()
    assert len(app.seen) == 1


async def test_a_slow_answer_is_a_timeout_and_a_read_is_tried_again(app: Flaky, url: str) -> None:
    app.delay = 1
    async with WikiClient(url, timeout=FAST, max_retries=1) as wiki:
        with pytest.raises(genba_client.ApiTimeoutError, match="ReadTimeout") as late:
            await wiki.stats()
        assert late.value.sent
        with pytest.raises(genba_client.ApiTimeoutError):
            await wiki.undelete_entry("encore")
    assert [seen.method for seen in app.seen] == ["GET", "GET", "POST"]


async def test_where_nobody_listens_nothing_is_sent_and_even_a_post_is_tried_again() -> None:
    async with WikiClient(unused_address(), max_retries=1) as wiki:
        with pytest.raises(genba_client.ApiConnectionError, match="ConnectError") as refused:
            await wiki.undelete_entry("encore")
    assert not refused.value.sent
    assert refused.value.response is None
    assert refused.value.request_id


async def test_a_name_that_does_not_exist_is_a_connection_error() -> None:
    async with WikiClient("http://wiki.invalid", max_retries=0) as wiki:
        with pytest.raises(genba_client.ApiConnectionError) as refused:
            await wiki.stats()
    assert not refused.value.sent


@asynccontextmanager
async def dropping(count: int, part: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that ends its first `count` connections after `part` of an answer."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        body = b'{"entries": 1, "aliases": 0, "seq": 7}'
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)
        writer.write(part if len(heard) <= count else whole)
        await writer.drain()

    async with tcp_server(serve) as url:
        yield url, heard


HALVES = {
    "no answer": b"",
    "half a status line": b"HTTP/1.",
    "half the headers": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half the body": b"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n{",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    "not HTTP": b"220 mail.example ESMTP\r\n\r\n",
}


@pytest.mark.parametrize("part", HALVES.values(), ids=HALVES)
async def test_a_read_survives_a_connection_that_ends_in_the_middle(part: bytes) -> None:
    async with dropping(2, part) as (url, heard), WikiClient(url) as wiki:
        assert (await wiki.stats()).seq == 7
    assert len(heard) == 3


@pytest.mark.parametrize("part", HALVES.values(), ids=HALVES)
async def test_a_post_whose_connection_ended_in_the_middle_is_never_repeated(part: bytes) -> None:
    async with dropping(1, part) as (url, heard), WikiClient(url) as wiki:
        with pytest.raises(genba_client.ApiConnectionError) as lost:
            await wiki.undelete_entry("encore")
    assert lost.value.sent
    assert len(heard) == 1


async def test_a_server_that_does_not_take_an_upload_is_given_up(tmp_path: Any) -> None:
    file = tmp_path / "entries.ndjson"
    file.write_bytes(b'{"keyword": "x"}\n' * 2_000_000)
    held = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await held.wait()

    async with tcp_server(serve) as url, WikiClient(url, timeout=FAST, max_retries=0) as wiki:
        with pytest.raises(genba_client.ApiTimeoutError, match="WriteTimeout") as late:
            await wiki.import_file(file)
        held.set()
    assert late.value.sent


async def test_a_file_that_cannot_be_read_is_an_error_of_its_own(app: Flaky, url: str, tmp_path: Any) -> None:
    async with WikiClient(url) as wiki:
        with pytest.raises(FileNotFoundError):
            await wiki.import_file(tmp_path / "absent.ndjson")


async def test_an_answer_that_is_no_contract_is_an_error_of_its_own(app: Flaky, url: str) -> None:
    app.answers = [Response("<h1>Welcome to the hotel</h1>", media_type="text/html")]
    async with WikiClient(url) as wiki:
        with pytest.raises(genba_client.ApiResponseError, match="no WikiStats") as wrong:
            await wiki.stats()
    assert wrong.value.response.status_code == 200


async def test_a_redirect_is_not_followed_with_the_key(app: Flaky, url: str) -> None:
    app.answers = [Response(status_code=307, headers={"Location": f"{url}/elsewhere"})]
    async with WikiClient(url, api_key="gk_secret") as wiki:
        with pytest.raises(genba_client.ApiStatusError) as refused:
            await wiki.stats()
    assert refused.value.status == 307
    assert app.paths() == ["/v1/stats"]


async def test_many_calls_at_once_wait_for_the_pool(app: Flaky, url: str) -> None:
    app.delay = 0.01
    async with WikiClient(url) as wiki:
        answers = await asyncio.gather(*(wiki.stats() for _ in range(250)))
    assert len(answers) == len(app.seen) == 250
    assert len(app.connections) <= 100


async def test_a_full_pool_is_a_timeout_before_sending(app: Flaky, url: str) -> None:
    app.delay = 0.6
    transport = PlainAiohttpTransport(limits=httpx.Limits(max_connections=1))
    timeout = httpx.Timeout(connect=0.05, read=5, write=5, pool=0.05)
    async with WikiClient(url, transport=transport, timeout=timeout, max_retries=0) as wiki:
        first = asyncio.create_task(wiki.stats())
        await asyncio.sleep(0.1)
        with pytest.raises(genba_client.ApiTimeoutError) as full:
            await wiki.stats()
        await first
    assert not full.value.sent


async def test_another_httpx_client_is_used_and_left_open(app: Flaky, url: str) -> None:
    async with httpx.AsyncClient(headers={"X-Team": "stage"}) as http:
        async with WikiClient(url, http_client=http) as wiki:
            await wiki.stats()
        assert (await http.get(url)).is_success
    assert app.seen[0].headers["x-team"] == "stage"


async def test_an_application_in_the_same_process_is_called_without_a_socket() -> None:
    app = Flaky(answers=[refusal(503)])
    async with WikiClient("http://wiki.test", transport=httpx.ASGITransport(app)) as wiki:
        assert (await wiki.stats()).entries == 1
    assert app.paths() == ["/v1/stats", "/v1/stats"]


async def test_a_closed_client_says_so(url: str) -> None:
    wiki = WikiClient(url)
    await wiki.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await wiki.stats()


async def test_retries_can_be_switched_off_for_the_whole_process(app: Flaky, url: str) -> None:
    stamina.set_active(False)
    try:
        app.answers = [refusal(503)]
        async with WikiClient(url) as wiki:
            with pytest.raises(genba_client.ServiceUnavailableError):
                await wiki.stats()
    finally:
        stamina.set_active(True)
    assert len(app.seen) == 1
