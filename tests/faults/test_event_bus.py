"""The event bus's ordeal: three processes and a real Redis that is cut off, killed and frozen under them."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from redis.exceptions import RedisError

from genba_contracts.events import WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.die_with_parent import die_with_parent_command
from genba_servicekit.redis_server import RedisServer, answers
from genba_servicekit.testing import redis_server, until

WORKER = Path(__file__).with_name("event_bus_worker.py")
TYPES = (WikiEntrySaved.type, WikiEntryDeleted.type)
CUT_EVERY = 0.6  # seconds
FREEZE = 7.0  # seconds
SLOW = 0.02  # seconds a saved entry takes the slow subscriber: after an outage it is behind for seconds
STALENESS = 1.0  # seconds after Redis's return until what was missed is handled

pytestmark = pytest.mark.timeout(180)


class Line(NamedTuple):
    """An event of one type, and when it was committed or handled."""

    seq: int
    at: float


class Worker:
    """A process of the ordeal and its log."""

    def __init__(self, role: str, name: str, redis: RedisServer, folder: Path, delay: float = 0) -> None:
        self.log = folder / f"{name}.log"
        self.log.touch()
        command = [sys.executable, str(WORKER), role, redis.url, str(self.log), str(delay)]
        self.process = subprocess.Popen(die_with_parent_command(command))

    def lines(self, event_type: str) -> list[Line]:
        """What it wrote of a type so far, in order."""
        words = (line.split() for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n"))
        return [Line(int(seq), float(at)) for kind, seq, at in words if kind == event_type]

    def seqs(self, event_type: str) -> list[int]:
        return [line.seq for line in self.lines(event_type)]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


@contextmanager
def workers(redis: RedisServer, folder: Path) -> Iterator[tuple[Worker, Worker, Worker]]:
    """A publisher, a quick subscriber and a slow one."""
    team = (
        Worker("publish", "publisher", redis, folder),
        Worker("subscribe", "quick", redis, folder),
        Worker("subscribe", "slow", redis, folder, SLOW),
    )
    try:
        yield team
    finally:
        for worker in team:
            worker.process.kill()
            worker.process.wait()


async def keep_cutting(redis: RedisServer) -> None:
    """Cut every connection, again and again, as long as there is a Redis to do it."""
    while True:
        await asyncio.sleep(CUT_EVERY)
        with suppress(RedisError):
            await asyncio.to_thread(redis.kill_clients)


class Stalls:
    """How long this process itself was kept waiting: what a loaded machine adds to every figure."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, float]] = []

    async def watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            self._seen.append((before, time.monotonic() - before - 0.01))

    def between(self, begin: float, end: float) -> float:
        """Seconds in all that were lost in that time."""
        return sum(lost for at, lost in self._seen if begin <= at <= end)


async def ordeal(redis: RedisServer) -> list[float]:
    """Kill Redis twice and freeze it once; gives the times from which on it answered again."""
    heals = []

    async def healed() -> None:
        await until(lambda: answers(redis.port))
        heals.append(time.monotonic())
        await asyncio.sleep(2 * STALENESS)

    for _ in range(2):
        await asyncio.to_thread(redis.kill9)
        await asyncio.sleep(1)
        await asyncio.to_thread(redis.start)
        await healed()
    redis.freeze()
    await asyncio.sleep(FREEZE)
    redis.thaw()
    await healed()
    return heals


def stalest(publisher: Worker, subscriber: Worker, event_type: str, heal: float) -> float:
    """Seconds from a heal until all that had been committed before it was handled."""
    missed = {line.seq for line in publisher.lines(event_type) if line.at <= heal}
    return max(line.at - heal for line in subscriber.lines(event_type) if line.seq in missed)


async def test_no_event_is_lost_whatever_happens_to_redis(tmp_path: Path) -> None:
    with redis_server(append_only=True) as redis, workers(redis, tmp_path) as (publisher, quick, slow):
        await until(lambda: all(worker.seqs(kind) for worker in (quick, slow) for kind in TYPES), timeout=30)
        stalls = Stalls()
        around = [asyncio.create_task(keep_cutting(redis)), asyncio.create_task(stalls.watch())]
        await asyncio.sleep(5 * CUT_EVERY)
        heals = await ordeal(redis)
        for task in around:
            task.cancel()
        assert publisher.stop() == 0
        published = {kind: publisher.seqs(kind) for kind in TYPES}
        for worker in (quick, slow):
            assert worker.process.poll() is None
            for kind in TYPES:
                first = worker.seqs(kind)[0]  # where it joined: what was published before is not its to handle
                expected = [seq for seq in published[kind] if seq >= first]
                await until(lambda: worker.seqs(kind)[-1] == expected[-1], timeout=60)  # noqa: B023  (awaited here)
                assert worker.seqs(kind) == expected
        assert quick.stop() == slow.stop() == 0

    for number, heal in enumerate(heals):
        for worker, kinds in ((quick, TYPES), (slow, TYPES[1:])):
            for kind in kinds:
                stale = stalest(publisher, worker, kind, heal)
                print(f"heal {number}: {worker.log.stem} has all of {kind} after {stale:.3f} s")  # noqa: T201  (-s)
                assert stale < STALENESS + stalls.between(heal, heal + 2 * STALENESS)
    # A Redis that restarted says so: the join, two restarts.
    assert len(quick.seqs(f"resync-{WikiEntryDeleted.type}")) == 3
