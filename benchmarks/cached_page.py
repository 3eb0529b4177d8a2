"""A page of the wiki over HTTP, beside a bare Starlette route and a FastAPI route that return the same bytes.

    .venv/bin/python benchmarks/cached_page.py [--seconds 1] [--rounds 5]

The bare routes do nothing else; the other FastAPI route has one dependency, which reads the session's cookie. The wiki
is the whole service as `serve` runs it, with its sample in it: who asks is verified, the page is checked to be exact,
the answer is logged (or not: both are measured). Every server is a process of its own on uvicorn with the same loop and
parser, asked over one kept connection by `wrk` where that is installed and by a small loop of our own where it is not.
They take turns, so that a busy machine is busy for all of them; a ratio is the median of the rounds'. CPU is the server
process's own time a request, which other load on the machine hardly touches: the better of the two ratios counts.
"""

import argparse
import asyncio
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx
import psutil
import uvicorn
from fastapi import Cookie, Depends, FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from genba_servicekit import cli
from genba_servicekit.testing import app_client
from wiki_linker.app import create_app, service
from wiki_linker.settings import WikiSettings

LEAST = {"starlette": 0.8, "fastapi": 2.0, "fastapi, cookie": 2.0}
SERVERS = ("starlette", "fastapi", "fastapi, cookie", "wiki", "wiki, no access log")
PAGES = ("index", "index, logged in", "entry")


def reference(kind: str, folder: Path) -> ASGIApp:
    """Serve the pages' bytes from files: at /0/, /1/ and so on, followed by what the page's path is in the wiki."""
    bodies = [(folder / f"{number}.html").read_bytes() for number in range(len(PAGES))]
    if kind == "starlette":

        def endpoint(body: bytes) -> Route:
            async def page(_request: Request) -> Response:
                return HTMLResponse(body)

            return Route(f"/{bodies.index(body)}/{{path:path}}", page)

        return Starlette(routes=[endpoint(body) for body in bodies])
    app = FastAPI()

    if kind == "fastapi":

        @app.get("/{number}/{path:path}", response_class=HTMLResponse)
        async def bare(number: int, path: str) -> Response:  # noqa: ARG001 - the wiki's own path
            return HTMLResponse(bodies[number])

        return app

    async def who_asks(wiki_session: Annotated[str | None, Cookie()] = None) -> str:
        return wiki_session or "nobody"

    @app.get("/{number}/{path:path}", response_class=HTMLResponse)
    async def page(number: int, path: str, _who: Annotated[str, Depends(who_asks)]) -> Response:  # noqa: ARG001 - the wiki's own path
        return HTMLResponse(bodies[number])

    return app


def serve(kind: str, folder: Path, port: int) -> None:
    """Run one of the servers until told to stop."""
    if kind.startswith("wiki"):
        cli.serve(
            create_app,
            WikiSettings(port=port, data_dir=folder, access_log=kind == "wiki", log_format="json", log_level="warning"),
        )
        return
    uvicorn.run(
        reference(kind, folder),
        port=port,
        http="httptools",
        loop="uvloop",
        ws="none",
        access_log=False,
        log_level="warning",
    )


async def fill(folder: Path) -> tuple[list[str], str]:
    """Import the sample and write the pages' bytes down; the pages' paths, and the cookie of somebody logged in."""
    app = create_app(WikiSettings(data_dir=folder, access_log=False, log_level="warning"))
    async with app_client(app, headers={"accept-encoding": "identity"}) as client:
        await app.state.wiki.importing.import_file(Path(service.sample[-1]), "ndjson", author="sample")
        (newest,) = app.state.wiki.reading.newest(0, 1)
        paths = ["/", "/", f"/keyword/{quote(newest.keyword, safe='')}"]
        anonymous = [(await client.get(path)).content for path in paths]
        await client.post("/register", data={"name": "hanako", "password": "hanako"})
        cookie = f"wiki_session={client.cookies['wiki_session']}"
        bodies = [anonymous[0], (await client.get("/")).content, anonymous[2]]
    for number, body in enumerate(bodies):
        (folder / f"{number}.html").write_bytes(body)
    return paths, cookie


def by_wrk(url: str, cookie: str, seconds: float) -> int:
    """Requests answered over one connection, asked by wrk (whose shortest run is a second)."""
    command = ["wrk", "-t1", "-c1", f"-d{max(1, round(seconds))}s", "-H", f"Cookie: {cookie}", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    found = re.search(r"(\d+) requests in", said)
    assert found, said
    return int(found[1])


def by_hand(url: str, cookie: str, seconds: float) -> int:
    """Requests answered over one connection, asked by a loop of blocking reads."""
    target = httpx.URL(url)
    request = f"GET {target.raw_path.decode()} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode()
    with socket.create_connection((target.host, target.port or 80)) as connection:
        count, ends = 0, time.perf_counter() + seconds
        while time.perf_counter() < ends:
            connection.sendall(request)
            answer = connection.recv(1 << 20)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
            while len(body) < length:
                body += connection.recv(1 << 20)
            count += 1
        return count


def start(kind: str, folder: Path, stack: ExitStack) -> tuple[int, psutil.Process]:
    """Start a server; gives its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", kind, str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    for _ in range(300):
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
            return port, psutil.Process(process.pid)
        time.sleep(0.1)
    raise SystemExit(f"{kind} did not start")


def compare(page: str, rates: dict[str, list[float]], costs: dict[str, list[float]]) -> list[str]:
    """Print one page's figures; gives what is slower than it may be."""
    slow = []
    for kind, found in rates.items():
        cost = statistics.median(costs[kind])
        line = f"  {kind:<21}{statistics.median(found):>9,.0f}/s {cost:6.1f} µs CPU"
        for other, least in LEAST.items():
            by_rate = statistics.median(mine / its for mine, its in zip(found, rates[other], strict=True))
            by_cost = statistics.median(costs[other]) / cost
            line += f"   {by_rate:5.2f} ({by_cost:5.2f} by CPU) x {other}"
            if kind.startswith("wiki") and max(by_rate, by_cost) < least:
                slow.append(f"{page}, {kind}: less than {least} x {other}")
        print(line)
    return slow


def main() -> None:
    """Measure, print, and fail if a page is served more slowly than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=3, metavar=("KIND", "FOLDER", "PORT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve[0], Path(asked.serve[1]), int(asked.serve[2]))
        return
    ask = by_wrk if shutil.which("wrk") else by_hand
    slow = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="genba-cached-page-")))
        paths, cookie = asyncio.run(fill(folder))
        servers = {kind: start(kind, folder, stack) for kind in SERVERS}
        print(f"one connection, asked by {'wrk' if ask is by_wrk else 'a loop of our own'}")
        for number, page in enumerate(PAGES):
            rates: dict[str, list[float]] = {kind: [] for kind in SERVERS}
            costs: dict[str, list[float]] = {kind: [] for kind in SERVERS}
            sent = cookie if "logged in" in page else "none=1"
            for _ in range(asked.rounds):
                for kind, (port, process) in servers.items():
                    url = f"http://127.0.0.1:{port}{'' if kind.startswith('wiki') else f'/{number}'}{paths[number]}"
                    before, began = process.cpu_times(), time.perf_counter()
                    count = ask(url, sent, asked.seconds)
                    after, took = process.cpu_times(), time.perf_counter() - began
                    rates[kind].append(count / took)
                    costs[kind].append((after.user + after.system - before.user - before.system) / count * 1e6)
            print(f"\n{page} ({(folder / f'{number}.html').stat().st_size:,} bytes)")
            slow += compare(page, rates, costs)
    if slow:
        raise SystemExit("\n".join(slow))


if __name__ == "__main__":
    main()
