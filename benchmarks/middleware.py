"""What the stack costs a prepared page: requests a second beside a bare Starlette route that returns the same bytes.

    python benchmarks/middleware.py [--seconds 1] [--rounds 5]

Every server is a process of its own under uvicorn with the same loop and parser and is asked by one client process over
16 kept connections. They take turns, so that a busy machine slows all of them; the ratio is the median of the rounds'.
CPU is the server process's own user and system time, which other load on the machine hardly touches.
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import psutil
import uvicorn
import uvloop
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genba_servicekit.app import build_app
from genba_servicekit.cli import serve
from genba_servicekit.middleware import prepare
from genba_servicekit.settings import ServiceSettings

BODY = b"<!doctype html><title>page</title>" + b"<p>A page of a wiki, with links in it.</p>\n" * 180  # 7.8 kB
CONNECTIONS = 16
TARGET = 0.8


async def _page(_request: Request) -> Response:
    return HTMLResponse(BODY)


def bare(_settings: ServiceSettings) -> ASGIApp:
    """The reference: one Starlette route, nothing else."""
    return Starlette(routes=[Route("/page", _page)])


def fastapi_route(_settings: ServiceSettings) -> ASGIApp:
    """The same bytes from a FastAPI route."""
    app = FastAPI()

    @app.get("/page", response_class=HTMLResponse)
    async def page() -> Response:
        return HTMLResponse(BODY)

    return app


class _Layer:
    """What each part of the stack would be by itself: it looks at the headers, and adds one to the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = dict(scope["headers"]).get(b"x-request-id", b"none")

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-seen", seen)]
            await send(message)

        await self._app(scope, receive, send_on)


def separate_layers(_settings: ServiceSettings) -> ASGIApp:
    """The reference behind six layers of pure ASGI."""
    return Starlette(routes=[Route("/page", _page)], middleware=[Middleware(_Layer)] * 6)


def one_base_middleware(_settings: ServiceSettings) -> ASGIApp:
    """The reference with a single BaseHTTPMiddleware that does nothing."""

    async def nothing(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return await call_next(request)

    return Starlette(routes=[Route("/page", _page)], middleware=[Middleware(BaseHTTPMiddleware, dispatch=nothing)])


def _whole(settings: ServiceSettings, *, hot: bool) -> ASGIApp:
    page = prepare(BODY, route="/page")
    router = APIRouter()
    router.add_route("/page", _page)
    return build_app(
        settings=settings,
        title="Benchmark",
        description="One page.",
        version="1",
        routers=[router],
        hot=(lambda scope: page if scope["path"] == "/page" else None) if hot else None,
    )


def hot_page(settings: ServiceSettings) -> ASGIApp:
    """The whole stack, the page handed out by the hot handler."""
    return _whole(settings, hot=True)


def routed_page(settings: ServiceSettings) -> ASGIApp:
    """The whole stack, the page from a route behind it."""
    return _whole(settings, hot=False)


SERVERS: dict[str, tuple[Callable[[Any], ASGIApp], bool, bool]] = {
    # name: (application, through genba's own serve, access log)
    "bare Starlette route": (bare, False, False),
    "prepared, whole stack": (hot_page, True, True),
    "prepared, no access log": (hot_page, True, False),
    "routed, whole stack": (routed_page, True, True),
    "bare, six pure-ASGI layers": (separate_layers, False, False),
    "FastAPI route": (fastapi_route, False, False),
    "bare, one BaseHTTPMiddleware": (one_base_middleware, False, False),
}


def run_server(name: str, port: int) -> None:
    """Serve one of them until told to stop."""
    factory, whole, access_log = SERVERS[name]
    settings = ServiceSettings(port=port, access_log=access_log, log_format="json")
    if whole:
        serve(factory, settings, name=name)
    else:
        uvicorn.run(
            factory(settings), port=port, http="httptools", loop="uvloop", ws="none", access_log=False,
            server_header=False, proxy_headers=False, log_level="warning",
        )  # fmt: skip


class _Client(asyncio.Protocol):
    """Asks again as soon as it has its answer."""

    request = b"GET /page HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\naccept-encoding: gzip\r\n\r\n"

    def __init__(self, counts: list[int]) -> None:
        self._counts = counts
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's do not inherit from it
        self._transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if self._missing == 0:
            head, _, body = data.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            self._missing = len(BODY) - len(body)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._counts[0] += 1
            self._transport.write(self.request)


async def _ask(port: int, seconds: float) -> int:
    counts = [0]
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: _Client(counts), "127.0.0.1", port) for _ in range(CONNECTIONS)]
    await asyncio.sleep(seconds)
    for transport, _ in made:
        transport.close()
    return counts[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("a server did not start")


def main() -> None:
    """Measure, print, and fail if the prepared page is slower than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=2, metavar=("NAME", "PORT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        run_server(asked.serve[0], int(asked.serve[1]))
        return
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    ports = {name: _free_port() for name in SERVERS}
    servers = {
        name: subprocess.Popen(
            [sys.executable, __file__, "--serve", name, str(port)],
            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for name, port in ports.items()
    }  # fmt: skip
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    costs: dict[str, list[float]] = {name: [] for name in SERVERS}
    try:
        for port in ports.values():
            _wait(port)
            uvloop.run(_ask(port, 0.3))  # warm
        for _ in range(asked.rounds):
            for name, port in ports.items():
                times = psutil.Process(servers[name].pid).cpu_times
                before = times()
                count = uvloop.run(_ask(port, asked.seconds))
                after = times()
                rates[name].append(count / asked.seconds)
                costs[name].append((after.user + after.system - before.user - before.system) / count * 1e6)
    finally:
        for server in servers.values():
            server.terminate()
        for server in servers.values():
            server.wait()
    reference = next(iter(SERVERS))
    print(f"{'':30}{'requests/s':>12}{'ratio':>8}{'CPU µs':>9}{'ratio':>8}")
    for name in SERVERS:
        ratio = statistics.median(mine / its for mine, its in zip(rates[name], rates[reference], strict=True))
        cpu_ratio = statistics.median(costs[reference]) / statistics.median(costs[name])
        rate, cost = statistics.median(rates[name]), statistics.median(costs[name])
        print(f"{name:30}{rate:>12,.0f}{ratio:>8.2f}{cost:>9.1f}{cpu_ratio:>8.2f}")
        if name == "prepared, whole stack" and max(ratio, cpu_ratio) < TARGET:
            raise SystemExit(f"a prepared page is served at {ratio:.2f} of a bare route; it must be {TARGET}")


if __name__ == "__main__":
    main()
