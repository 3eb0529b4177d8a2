"""The wiki against people who mean it harm: what they send costs them more than it costs the wiki."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from genba_servicekit.etag import matches
from genba_servicekit.http_protocol import HEAD_BYTES, BoundedHttp
from genba_servicekit.testing import RunningService
from wiki_helpers import UNLIMITED, WIKI, make_user, wiki_process
from wiki_linker.core.folding import FoldedIndex, Folding
from wiki_linker.core.formats import link_text
from wiki_linker.core.index import LinkIndex
from wiki_linker.core.options import Format, LinkOptions
from wiki_linker.core.render import render_text

# What is tried here took minutes or gigabytes once. It is not timed: where it is quick no more, the time limit says so.
pytestmark = pytest.mark.timeout(30)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("hostile")
    make_user(folder)
    with wiki_process(folder) as running:
        yield running


def send(service: RunningService, request: bytes) -> bytes:
    """Send bytes on a connection of their own; what comes back until it ends or is silent."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(1 << 16):
            answer += part
        return answer


def test_a_long_list_of_tags_is_read_once() -> None:
    assert not matches('"a",' * 300_000, '"b"')
    assert matches('"a",' * 300_000 + 'W/"b"', '"b"')


@pytest.mark.parametrize("pieces", [1, 8])
def test_a_head_of_more_than_64_kib_is_answered_431(service: RunningService, pieces: int) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: wiki\r\nX-Long: ")
        for _ in range(pieces):
            connection.sendall(b"a" * (HEAD_BYTES // pieces + 1))
        connection.sendall(b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_head_of_nearly_64_kib_is_read(service: RunningService) -> None:
    answer = httpx.get(f"{service.url}/livez", headers={"X-Long": "a" * (HEAD_BYTES - 1_000)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding : chunked",
        b"X-Folded: a\r\n b",
    ],
)
def test_a_body_whose_length_can_be_read_in_two_ways_is_refused(service: RunningService, head: bytes) -> None:
    smuggled = b"0\r\n\r\nGET /livez HTTP/1.1\r\nHost: wiki\r\n\r\n"
    answer = send(service, b"POST /login HTTP/1.1\r\nHost: wiki\r\n" + head + b"\r\n\r\n" + smuggled)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_head_that_is_never_finished_is_answered_408() -> None:
    class Impatient(BoundedHttp):
        head_seconds = 0.05

    config = uvicorn.Config(lambda _scope: None, http=Impatient, log_config=None)
    server = await asyncio.get_running_loop().create_server(
        lambda: Impatient(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()
        await writer.wait_closed()


@pytest.fixture(scope="module")
def nested() -> LinkIndex:
    """`a`, `aa`, `aaa` and so on: 32,000 of 32,131 matches in 382 characters lie inside another."""
    return LinkIndex.build((size, "a" * size, ()) for size in range(1, 256))


def test_nested_keywords_that_were_deleted_do_not_hold_a_page_up() -> None:
    index = LinkIndex.build((size, "a" * size, ()) for size in range(1, 256))
    for size in range(1, 255):
        index.set_entry(size, "a" * size, live=False)
    assert len(render_text("a" * 255_000, index).html) == len(index.find("a" * 255)[0][2].anchor) * 1_000
    index.set_entry(255, "a" * 255, live=False)
    assert render_text("a" * 255_000, index).html == "a" * 255_000


def test_what_would_link_is_counted_without_listing_every_nested_match(nested: LinkIndex) -> None:
    assert nested.count_if_linked("a" * 255_000 + "b", "ab") == 0
    assert nested.count_if_linked("a" * 255_000 + "b", "b") == 1


@pytest.mark.parametrize("kind", ["text", "html", "markdown"])
@pytest.mark.parametrize("refusing", [{"whole_words": True}, {"min_length": 255}, {"exclude": frozenset({"a" * 255})}])
def test_options_that_refuse_nested_keywords_cost_little(
    nested: LinkIndex, kind: Format, refusing: dict[str, Any]
) -> None:
    linked = link_text("a" * 100_000 + "b", LinkOptions(format=kind, **refusing), nested)
    assert ("<a" in linked.html or "](" in linked.html) is ("whole_words" not in refusing)


@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_a_long_list_of_excluded_keywords_is_read_once_for_all_parts_of_a_text(nested: LinkIndex, kind: Format) -> None:
    options = LinkOptions(format=kind, ignore_case=True, exclude=frozenset(f"word{n}" for n in range(10_000)))
    view = FoldedIndex().view(nested.plan_rebuild(), Folding(case=True, width=False))
    assert len(link_text("a <b>" * 5_000, options, view).spans) == 5_000


def test_a_fault_at_the_end_of_a_long_text_is_found_at_once(service: RunningService) -> None:
    answer = httpx.post(f"{service.url}/v1/spam-check", json={"description": "a" * 299_999 + "\0"}, timeout=20)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"text": "a", "exclude": [1] * 300_000},
        {"text": "a", **{f"unknown{number}": 1 for number in range(50_000)}},
        {"aliases": [1] * 300_000},
    ],
)
def test_half_a_million_faults_are_told_in_few_words(service: RunningService, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{service.url}/v1/link", json=body, timeout=20)
    assert answer.status_code == 422
    assert len(answer.content) < 50_000


def test_who_is_asked_for_over_a_unix_socket_is_what_the_proxy_saw(tmp_path: Path) -> None:
    """The client's own X-Forwarded-For stands to the left of what a proxy adds, and counts for nothing."""
    path = tmp_path / "wiki.sock"
    with wiki_on_socket(path, tmp_path, WIKI_LOGIN_LIMIT_ADDRESS="2/minute") as client:
        answers = [
            client.post(
                "/v1/sessions",
                json={"name": f"nobody{number}", "password": "x"},
                headers={"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"},
            ).status_code
            for number in range(4)
        ]
    assert answers == [403, 403, 429, 429]


@contextmanager
def wiki_on_socket(path: Path, data: Path, **settings: str) -> Iterator[httpx.Client]:
    """A client of a wiki that listens on a Unix socket."""
    environment = {**os.environ, **UNLIMITED, "GENBA_DATA_DIR": str(data), **settings}
    said = data / "said"
    process = WIKI.start("serve", "--uds", str(path), env=environment, folder=data, stdout=said, stderr=said)
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://wiki") as client:
        try:
            while not said.exists() or "wiki-linker is at unix:" not in said.read_text():
                assert process.poll() is None
                time.sleep(0.01)
            yield client
        finally:
            process.terminate()
            process.wait()
