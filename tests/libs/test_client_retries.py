"""What the client does when a service refuses, is slow, or drops the connection: over real sockets."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import stamina
import stamina.instrumentation

import genba_client
from genba_client import WikiClient
from libs.client_servers import ENTRY, Flaky, refusal, tcp_server, unused_address, uvicorn_server

FAST = httpx.Timeout(connect=5, read=0.2, write=0.2, pool=5)


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
            lambda: wiki.edit_entry("encore", description="y"),
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
