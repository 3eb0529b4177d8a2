"""A table of notes, and ways to write to it, for tests of the database layer."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from genba_servicekit.database import Database

metadata = sa.MetaData()
notes = sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
INSERT = sa.insert(notes)
COUNT = sa.select(sa.func.count()).select_from(notes)
TEXTS = sa.select(notes.c.text).order_by(notes.c.id)

Write = Callable[[sa.Connection], object]


def add(text: str) -> Callable[[sa.Connection], int]:
    def insert(connection: sa.Connection) -> int:
        connection.execute(INSERT, {"text": text})
        return 1

    return insert


def count(connection: sa.Connection) -> int:
    return int(connection.execute(COUNT).scalar_one())


def texts(connection: sa.Connection) -> list[str]:
    return list(connection.execute(TEXTS).scalars())


async def started(url: str, *, lock_wait: float = 5.0, max_waiting: int = 10_000, **more: int) -> Database:
    database = Database(url, migrations=None, read_threads=2, lock_wait=lock_wait, max_waiting=max_waiting, **more)
    await database.start()
    await database.write(metadata.create_all)
    return database


def size_of_log(database: Database) -> int:
    return Path(f"{database.url.database}-wal").stat().st_size


class Gate:
    """A write that holds up the writer until it is opened, so that what comes meanwhile forms one group."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entered = threading.Event()
        self._open = threading.Event()

    async def __aenter__(self) -> None:
        self._write = asyncio.create_task(self._database.write(self._wait))
        await asyncio.to_thread(self._entered.wait, 10)

    async def __aexit__(self, *_: object) -> None:
        self._open.set()
        await self._write

    def _wait(self, _connection: sa.Connection) -> None:
        self._entered.set()
        self._open.wait(10)


async def grouped(database: Database, *writes: Write) -> list[object]:
    """What becomes of writes that share one transaction."""
    before = database.stats().writer.groups
    async with Gate(database):
        tasks = [asyncio.create_task(database.write(write)) for write in writes]
        await asyncio.sleep(0)  # each task puts its write into the queue as soon as it runs
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert database.stats().writer.groups <= before + 2
    return list(outcomes)
