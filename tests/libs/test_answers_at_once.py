"""Prepared answers are written by the server's protocol itself, and are the same as those that go through ASGI."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import APIRouter
from starlette.responses import PlainTextResponse
from starlette.types import Scope

from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.http_protocol import BoundedHttp
from genba_servicekit.middleware import HEADERS_KEY, Prepared, not_modified, prepare
from genba_servicekit.settings import ServiceSettings

PAGE = prepare(b"ready", headers=[("ETag", '"1"')], route="/page")


class Ready:
    """A hot handler that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, scope: Scope) -> Prepared | None:
        self.asked.append(scope["path"])
        if scope["path"] == "/broken":
            raise RuntimeError("not like this")
        if scope["path"] != "/page":
            return None
        return not_modified(PAGE) if scope[HEADERS_KEY].get(b"if-none-match") == b'"1"' else PAGE


class Server:
    """A real server with something ready at /page and a slow route at /slow."""

    def __init__(self, folder: Path) -> None:
        self.ready = Ready()
        router = APIRouter()

        @router.get("/slow")
        async def slow() -> PlainTextResponse:
            return PlainTextResponse("slow")

        settings = ServiceSettings(data_dir=folder, access_log=False)
        self.app: GenbaApp = build_app(
            settings=settings, title="t", description="d", version="1", routers=[router], hot=self.ready
        )
        self.listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(self.app, http=BoundedHttp, ws="none", log_config=None, interface="asgi3")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})

    def send(self, *requests: str) -> bytes:
        """What comes back for these requests, sent in one piece; the last one closes the connection."""
        with socket.create_connection(self.listener.getsockname(), timeout=10) as connection:
            connection.sendall("".join(requests).encode())
            received = b""
            while piece := connection.recv(1 << 16):
                received += piece
            return received


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.thread.start()
    while not made.server.started:
        time.sleep(0.01)
    yield made
    made.server.should_exit = True
    made.thread.join()


def get(path: str, *headers: str, method: str = "GET", last: bool = False) -> str:
    lines = [f"{method} {path} HTTP/1.1", "host: localhost", *headers, *(["connection: close"] if last else [])]
    return "\r\n".join(lines) + "\r\n\r\n"


def answers(received: bytes) -> list[tuple[bytes, dict[bytes, bytes], bytes]]:
    """Status line, headers and body of each answer."""
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        headers = dict(line.lower().split(b": ", 1) for line in lines)
        length = 0 if b"304" in status else int(headers.get(b"content-length", b"0"))
        found.append((status, headers, received[:length]))
        received = received[length:]
    return found


def test_an_answer_at_once_is_the_same_as_one_through_asgi(server: Server) -> None:
    (_, at_once, body), (_, usual, usual_body) = answers(
        server.send(get("/page", "x-request-id: a"), get("/page", "x-request-id: a", last=True))
    )
    assert body == usual_body == b"ready"
    assert at_once.pop(b"date")
    assert usual.pop(b"date")
    assert usual.pop(b"connection") == b"close"
    assert at_once == usual
    assert at_once[b"x-request-id"] == b"a"
    assert at_once[b"x-content-type-options"] == b"nosniff"


def test_a_copy_that_is_still_good_is_a_304_without_a_body(server: Server) -> None:
    (status, headers, _), (after, _, body) = answers(
        server.send(get("/page", 'if-none-match: "1"'), get("/page", last=True))
    )
    assert status.startswith(b"HTTP/1.1 304")
    assert b"content-length" not in headers
    assert (after[:12], body) == (b"HTTP/1.1 200", b"ready")


def test_every_request_of_a_long_pipeline_is_answered_in_order(server: Server) -> None:
    paths = ["/page" if number % 3 else "/slow" for number in range(3_000)]
    found = answers(server.send(*map(get, paths), get("/page", last=True)))
    assert [body for _, _, body in found] == [b"ready" if path == "/page" else b"slow" for path in paths] + [b"ready"]


def test_a_pipeline_of_ready_pages_behind_a_route_is_answered_in_order(server: Server) -> None:
    found = answers(server.send(get("/slow"), *[get("/page")] * 2_000, get("/slow", last=True)))
    assert [body for _, _, body in found] == [b"slow", *[b"ready"] * 2_000, b"slow"]


def test_what_is_not_ready_is_looked_for_once(server: Server) -> None:
    server.send(get("/slow"), get("/page", last=True))
    assert server.ready.asked == ["/slow", "/page"]


def test_a_handler_that_fails_is_told_as_a_route_that_does(server: Server) -> None:
    (broken, _, body), (fine, _, _) = answers(server.send(get("/broken"), get("/page", last=True)))
    assert broken.startswith(b"HTTP/1.1 500")
    assert b"urn:genba:problem:internal-error" in body
    assert fine.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("header", ["x-forwarded-for: 203.0.113.9", "expect: 100-continue", "content-length: 0"])
def test_what_a_proxy_or_a_body_changes_goes_the_usual_way(server: Server, header: str) -> None:
    found = answers(
        server.send(get("/page", header), get("/page", last=True)).replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
    )
    assert [body for _, _, body in found] == [b"ready", b"ready"]


def test_answers_at_once_are_counted_like_all_others(server: Server) -> None:
    server.send(*[get("/page")] * 4, get("/page", last=True))
    assert b'route="/page"' in server.app.state.metrics.render()
    figures = [line for line in server.app.state.metrics.render().splitlines() if b'route="/page"' in line]
    assert any(line.endswith(b" 5.0") for line in figures)
