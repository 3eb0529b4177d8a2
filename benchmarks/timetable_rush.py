"""What a rush of pictures does to others: `python benchmarks/timetable_rush.py [--picks N]`, 30 s.

A service with the sample festival on this machine, its connections open. Somebody asks for small things time after
time: alone, and while 100 people ask at once for a picture that nobody else wants, for one that all want, for a
calendar. Told are the times of the small answers, the median and the 99th percentile, against those alone, and when
the last of the hundred had theirs.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeAlias

import httpx

from genba_servicekit.testing import running_service

SAMPLE: Final = Path(__file__).parents[1] / "services/timetable-renderer/src/timetable_renderer/data/sample.toml"
COMMAND: Final = str(Path(sys.executable).with_name("timetable-renderer"))
FESTIVAL: Final = "/v1/festivals/shiosai-2027"
SMALL: Final = ("/livez", FESTIVAL, f"{FESTIVAL}/slots?limit=20")
PEOPLE: Final = 100
ALONE_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.003

Pipe: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def ask(pipe: Pipe, method: str, path: str, body: bytes = b"") -> float:
    """Seconds until the answer is there. By hand: an HTTP client with 100 connections would be busy itself."""
    start = time.perf_counter()
    reader, writer = pipe
    head = f"{method} {path} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    writer.write(f"{head}\r\n\r\n".encode() + body)
    said = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(said.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    if said[9:12] != b"200":
        raise SystemExit(f"{path} is answered with {said[9:12].decode()}")
    return time.perf_counter() - start


def share(times: list[float], part: float) -> float:
    """The time in milliseconds below which such a part of them is."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000


async def press(url: httpx.URL, path: str, bodies: list[bytes], ready: Connection) -> list[float]:
    """All of them at once, when they are told to; each one's seconds."""
    pipes = [await asyncio.open_connection(url.host, url.port) for _ in bodies]
    ready.send(None)
    ready.recv()
    return await asyncio.gather(*(ask(pipe, "POST", path, body) for pipe, body in zip(pipes, bodies, strict=True)))


def hundred(url: httpx.URL, path: str, bodies: list[bytes], ready: Connection) -> None:
    """In a process of its own, since who reads 30 MB of pictures has no time to look at a clock."""
    ready.send(asyncio.run(press(url, path, bodies, ready)))


async def small_answers(pipe: Pipe, over: Callable[[], bool]) -> list[float]:
    """Ask for small things, one after the other, until it is over."""
    times: list[float] = []
    while not over():
        for path in SMALL:
            times.append(await ask(pipe, "GET", path))
            await asyncio.sleep(PAUSE_SECONDS)
    return times


async def measure(url: httpx.URL, slots: list[str], picks: int) -> None:
    """Print the small answers' times, alone and in each rush."""
    chance = random.Random(1)
    pipe = await asyncio.open_connection(url.host, url.port)
    end = time.perf_counter() + ALONE_SECONDS
    alone = await small_answers(pipe, lambda: time.perf_counter() > end)
    print(f"small answers alone: {share(alone, 0.5):.1f} ms, the 99th percentile {share(alone, 0.99):.1f} ms")
    one = json.dumps({"picks": chance.sample(slots, picks), "theme": "dark"}).encode()
    others = [json.dumps({"picks": chance.sample(slots, picks)}).encode() for _ in range(PEOPLE)]
    for what, path, bodies in (
        ("pictures, each another", "picture", others),
        ("times one picture", "picture", [one] * PEOPLE),
        ("calendars, each another", "calendar.ics", others),
    ):
        mine, its = multiprocessing.Pipe()
        process = multiprocessing.Process(target=hundred, args=(url, f"{FESTIVAL}/{path}", bodies, its))
        process.start()
        mine.recv()
        mine.send(None)
        times = await small_answers(pipe, mine.poll)
        took: list[float] = mine.recv()
        process.join()
        ratios = [share(times, part) / share(alone, part) for part in (0.5, 0.99)]
        print(
            f"  {PEOPLE} {what:<24} all had theirs after {max(took) * 1000:6.0f} ms; small answers: "
            f"{share(times, 0.5):.1f} ms ({ratios[0]:.1f} x alone), the 99th percentile {share(times, 0.99):.1f} ms "
            f"({ratios[1]:.1f} x), the longest {max(times) * 1000:.0f} ms, of {len(times)}"
        )
    pipe[1].close()


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picks", type=int, default=40, help="how many picks each of them has")
    picks = parser.parse_args().picks
    with tempfile.TemporaryDirectory() as data:
        settings = {"GENBA_DATA_DIR": data, "TIMETABLE_FESTIVALS": str(SAMPLE), "GENBA_ACCESS_LOG": "false"}
        with running_service([COMMAND, "serve"], settings) as service:
            while (found := httpx.get(f"{service.url}{FESTIVAL}/slots?limit=500")).is_error:
                time.sleep(0.1)
            asyncio.run(measure(httpx.URL(service.url), [slot["id"] for slot in found.json()["items"]], picks))


if __name__ == "__main__":
    main()
