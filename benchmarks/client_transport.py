"""Calls a second of the wiki's client, beside httpx as it comes and a new client for every call.

    .venv/bin/python benchmarks/client_transport.py

The server is in a process of its own and answers 200 bytes without looking; what is measured is the caller. Every way
is measured in several short rounds that take turns, so that a busy machine is busy for all of them; the median counts.
"""

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress

import httpx
import uvicorn
from httpx_aiohttp import HttpxAiohttpClient
from starlette.types import Receive, Scope, Send

from genba_client import WikiClient
from genba_contracts.wiki import WikiStats

ROUNDS = 5
SECONDS = 0.4
IN_FLIGHT = (1, 32)
STATS = {"entries": 7101, "aliases": 38, "deleted": 4, "revisions": 9240, "stars": 512, "users": 577, "seq": 7102}
BODY = json.dumps(STATS).encode()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY)), (b"genba-seq", b"7102")]

Call = Callable[[], Awaitable[object]]


async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer anything with the same bytes."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def serve(port: int) -> None:
    """Run the server: what this file does when it is called with a port."""
    uvicorn.run(answer, host="127.0.0.1", port=port, http="httptools", loop="uvloop", lifespan="off", log_level="error")


@contextmanager
def server() -> Iterator[str]:
    """Start the server in another process; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            with suppress(httpx.ConnectError):
                httpx.get(url)
                break
            time.sleep(0.02)
        yield url
    finally:
        process.terminate()
        process.wait()


async def calls_a_second(call: Call, in_flight: int) -> float:
    """How often `call` returns in a second with so many of them at once."""
    done, ends_at = 0, time.perf_counter() + SECONDS

    async def one_after_the_other() -> None:
        nonlocal done
        while time.perf_counter() < ends_at:
            await call()
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(in_flight)))
    return done / (time.perf_counter() - started)


async def ways(stack: AsyncExitStack, url: str) -> dict[str, Call]:
    """The ways of asking for the wiki's figures, each ready to go."""
    path = f"{url}/v1/stats"
    ours = await stack.enter_async_context(WikiClient(url))
    bare = await stack.enter_async_context(httpx.AsyncClient(timeout=10))
    aiohttp = await stack.enter_async_context(HttpxAiohttpClient(timeout=10))

    async def by_httpx() -> object:
        return WikiStats.model_validate_json((await bare.get(path)).content)

    async def by_httpx_on_aiohttp() -> object:
        return WikiStats.model_validate_json((await aiohttp.get(path)).content)

    async def by_a_new_client() -> object:
        async with httpx.AsyncClient(timeout=10) as client:
            return WikiStats.model_validate_json((await client.get(path)).content)

    return {
        "genba_client": ours.stats,
        "httpx on aiohttp": by_httpx_on_aiohttp,
        "httpx": by_httpx,
        "a new httpx client per call": by_a_new_client,
    }


async def main(url: str) -> None:
    """Measure every way, and print calls a second and how many times as many ours makes."""
    async with AsyncExitStack() as stack:
        called = await ways(stack, url)
        for in_flight in IN_FLIGHT:
            rates: dict[str, list[float]] = {name: [] for name in called}
            for _ in range(ROUNDS):
                for name, call in called.items():
                    rates[name].append(await calls_a_second(call, in_flight))
            medians = {name: statistics.median(found) for name, found in rates.items()}
            print(f"{in_flight} in flight")
            for name, rate in medians.items():
                print(f"  {name:<28} {rate:8,.0f} calls/s   genba_client: {medians['genba_client'] / rate:6.2f} x")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(int(sys.argv[1]))
    else:
        with server() as address:
            asyncio.run(main(address))
