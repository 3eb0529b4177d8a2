"""A process that writes from 32 callers and says what it was told was written, and those who kill it and look."""

import asyncio
import multiprocessing
import os
import random
import select
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection as Pipe
from typing import Any

import sqlalchemy as sa

from genba_servicekit.database import Database
from genba_servicekit.errors import ServiceUnavailable

CALLERS = 32

metadata = sa.MetaData()
items = sa.Table("items", metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("seq", sa.Integer))
log = sa.Table("log", metadata, sa.Column("seq", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
LAST = sa.select(sa.func.coalesce(sa.func.max(log.c.seq), 0))


def save(connection: sa.Connection, name: str) -> None:
    """What a service does: a row, and its place in the log, in one transaction."""
    seq = int(connection.execute(LAST).scalar_one()) + 1
    connection.execute(sa.insert(items), {"name": name, "seq": seq})
    connection.execute(sa.insert(log), {"seq": seq, "name": name})


def work(url: str, who: str, acknowledged: Pipe) -> None:
    """Write until killed; each name that `write` returned for goes down the pipe as a line."""
    asyncio.run(_work(url, who, acknowledged.fileno()))


async def _work(url: str, who: str, acknowledged: int) -> None:
    database = Database(url, migrations=None, read_threads=1)
    await database.start()
    await database.write(metadata.create_all)

    async def call(caller: int) -> None:
        number = 0
        while True:
            number += 1
            name = f"{who}-{caller}-{number}"
            try:
                await database.write(partial(save, name=name))
            except ServiceUnavailable:
                await asyncio.sleep(0.02)  # the database went away: not acknowledged
                continue
            os.write(acknowledged, f"{name}\n".encode())

    await asyncio.gather(*(call(caller) for caller in range(CALLERS)))


@dataclass
class Worker:
    """A running worker and what it has said."""

    process: Any
    pipe: Pipe
    said: bytearray = field(default_factory=bytearray)

    def listen(self, seconds: float) -> None:
        """Take what it says for a while."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.pipe], [], [], left)[0] and not self._take():
                return

    def wait_for_word(self, enough: int = 1) -> None:
        """Wait until it has had `enough` more writes acknowledged."""
        wanted = self.said.count(b"\n") + enough
        deadline = time.monotonic() + 60
        while self.said.count(b"\n") < wanted:
            if time.monotonic() > deadline or not self.process.is_alive():
                raise AssertionError("the worker wrote nothing")
            self.listen(0.05)

    def kill(self) -> list[str]:
        """Kill it at once, and give everything that had been acknowledged."""
        self.process.kill()
        self.process.join()
        while self._take():
            pass
        self.pipe.close()
        return self.said.decode().split("\n")[:-1]

    def _take(self) -> bool:
        taken = os.read(self.pipe.fileno(), 65_536)
        self.said += taken
        return bool(taken)


def start(url: str, who: str) -> Worker:
    """Start a worker. What is slow to import has been imported by the process that it is forked from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["genba_servicekit.database"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(url, who, theirs), daemon=True)
    process.start()
    theirs.close()
    return Worker(process, ours)


@contextmanager
def running(url: str, *names: str) -> Iterator[list[Worker]]:
    """Workers that do not outlive the test, whatever becomes of it."""
    with ExitStack() as stack:
        workers = []
        for name in names:
            worker = start(url, name)
            stack.callback(worker.process.kill)
            workers.append(worker)
        yield workers


def kill_rounds(url: str, *, rounds: int, workers: int, seed: int) -> set[str]:
    """Start workers, kill one after the other at random moments, look; over and over. Gives what was acknowledged.

    Args:
        url: of an empty database.
        rounds: how often.
        workers: how many processes write at the same time.
        seed: of the moments.
    """
    chance = random.Random(seed)
    acknowledged: set[str] = set()
    for number in range(rounds):
        with running(url, *(f"{number}.{worker}" for worker in range(workers))) as started:
            if chance.random() < 0.8:  # in the others it is killed while it starts
                started[0].wait_for_word()
            for worker in started:
                worker.listen(chance.uniform(0, 0.4))
                acknowledged.update(worker.kill())
        # Of each caller at most one write was under way when it was killed.
        unanswered = Counter(name.rsplit("-", 1)[0] for name in check(url, acknowledged) - acknowledged)
        assert max(unanswered.values(), default=0) <= 1
    return acknowledged


def check(url: str, acknowledged: set[str]) -> set[str]:
    """See that nothing acknowledged is missing and nothing is there by half; gives all that is there."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
            if not sa.inspect(connection).has_table("log"):
                assert not acknowledged
                return set()
            logged = [(row.seq, row.name) for row in connection.execute(sa.select(log).order_by(log.c.seq))]
            stored = {row.name: row.seq for row in connection.execute(sa.select(items))}
    finally:
        engine.dispose()
    assert acknowledged <= stored.keys(), sorted(acknowledged - stored.keys())[:5]
    assert {name: seq for seq, name in logged} == stored
    assert [seq for seq, _ in logged] == list(range(1, len(logged) + 1))
    return set(stored)
