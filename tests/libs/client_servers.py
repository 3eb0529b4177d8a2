"""Servers that the client's tests call over real sockets."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

STATS = {"entries": 1, "aliases": 0, "seq": 7}


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


def refusal(status: int, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"title": "no", "status": status}, status, named)


@contextmanager
def uvicorn_server(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port from a thread of its own; gives its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, http="httptools", loop="uvloop", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listening.close()


@asynccontextmanager
async def tcp_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve bytes that no proper server would: `serve` is called for each connection, which ends when it returns."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def unused_address() -> str:
    """Give an address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
