"""A service's database: reads in threads, one writer that commits in groups, migrations at start.

    database = Database("sqlite:///var/wiki.db", migrations="wiki_linker.migrations")
    await database.start()
    seq = await database.write(lambda connection: save_entry(connection, entry))  # answered after the commit
    rows = await database.read(newest_entries)
    await database.stop()

Functions get a SQLAlchemy `Connection` inside a transaction and return plain values. They neither commit nor roll back,
and do nothing that a rollback does not undo.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from genba_servicekit.database_engines import (
    CACHE_KIB,
    DatabaseUnavailable,
    Dialect,
    dialect_of,
    is_outage,
    make_folder,
    parse_url,
    reader_engine,
    writer_engine,
)
from genba_servicekit.database_threads import BoundedThreads
from genba_servicekit.database_writer import Job, Writer, WriterStats
from genba_servicekit.migrate import upgrade

__all__ = ["Database", "DatabaseStats", "DatabaseUnavailable"]

T = TypeVar("T")

_MIGRATION_WAIT: Final = 60.0  # seconds: another process may be at it
_LOCK_WAIT: Final = 5.0  # seconds, three times over, before a writer gives another process's transaction up
_READ_WAIT: Final = 10.0  # seconds: a read that takes longer waits for a server that is frozen, or for others that do
_WRITE_WAIT: Final = 30.0  # seconds: twice what a writer waits for another process's transaction


@dataclass(frozen=True, slots=True)
class DatabaseStats:
    """What a database has done since its start, and what waits."""

    writer: WriterStats
    writes_waiting: int
    reads: int
    reads_waiting: int


class Database:
    """One database of one service.

    Args:
        url: `sqlite:///path` or `postgresql://user@host/name`.
        migrations: the package (or folder) whose `versions/` are applied at start; None where there are none.
        read_threads: how many reads run at once.
        write_batch: the most functions that share one transaction.
        max_waiting: how many reads, and how many writes, may wait; further ones are refused with a 503.
        lock_wait: seconds an attempt to write waits for another process's transaction; there are three.
        read_wait: seconds a caller waits for a read, its time in the queue included.
        write_wait: seconds a caller waits for a write.
        cache_kib: what each connection of SQLite's may keep of the file in memory; there are `read_threads` + 1.
    """

    def __init__(
        self,
        url: str,
        *,
        migrations: str | Path | None,
        read_threads: int = 4,
        write_batch: int = 256,
        max_waiting: int = 10_000,
        lock_wait: float = _LOCK_WAIT,
        read_wait: float = _READ_WAIT,
        write_wait: float = _WRITE_WAIT,
        cache_kib: int = CACHE_KIB,
    ) -> None:
        self.url = parse_url(url)
        self._migrations = migrations
        self._read_threads = read_threads
        self._write_batch = write_batch
        self._max_waiting = max_waiting
        self._lock_wait = lock_wait
        self._read_wait = read_wait
        self._write_wait = write_wait
        self._cache_kib = cache_kib
        self._on_commit: list[Callable[[Sequence[object]], None]] = []
        self._readers: sa.Engine | None = None
        self._threads: BoundedThreads | None = None
        self._writer_engine: sa.Engine | None = None
        self._writer: Writer | None = None
        self._reads = 0

    @property
    def dialect(self) -> Dialect:
        """`sqlite` or `postgresql`."""
        return dialect_of(self.url)

    async def start(self) -> None:
        """Bring the tables up to date, then take reads and writes.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            NewerDatabaseError: a newer version of the service has migrated it.
        """
        try:
            await asyncio.to_thread(self._prepare)
        except sa.exc.DBAPIError as exc:
            if is_outage(exc):
                raise DatabaseUnavailable(str(exc.orig)) from exc
            raise
        self._readers = reader_engine(
            self.url, size=self._read_threads, lock_wait=self._lock_wait, cache_kib=self._cache_kib
        )
        self._threads = BoundedThreads("genba-reader", threads=self._read_threads, max_waiting=self._max_waiting)
        self._writer_engine = writer_engine(self.url, lock_wait=self._lock_wait, cache_kib=self._cache_kib)
        wal = Path(f"{self.url.database}-wal") if self.dialect == "sqlite" else None
        loop = asyncio.get_running_loop()
        self._writer = Writer(self._writer_engine, group=self._write_batch, loop=loop, wal=wal)
        self._writer.on_commit = self._on_commit
        self._writer.start()

    def _prepare(self) -> None:
        make_folder(self.url)
        engine = writer_engine(self.url, lock_wait=_MIGRATION_WAIT, foreign_keys=False)
        try:
            if self._migrations is None:
                engine.connect().close()  # makes the file, in WAL mode, before the first reader opens it
            else:
                upgrade(engine, self._migrations)
        finally:
            engine.dispose()

    async def stop(self) -> None:
        """Write what waits, finish what reads, close every connection. A second call does nothing.

        What a database that does not answer holds up is left behind, after five seconds each.
        """
        writer, self._writer = self._writer, None
        threads, self._threads = self._threads, None
        if writer is not None:
            await asyncio.to_thread(writer.stop)
        if threads is not None:
            await threads.stop()
        for engine in (self._readers, self._writer_engine):
            if engine is not None:
                await asyncio.to_thread(engine.dispose)

    async def read(self, fn: Callable[[sa.Connection], T], *, patience: float | None = None) -> T:
        """Give `fn(connection)`, run in a reader thread on one moment's state of the database.

        What any process had been told was written when the read began is seen. `fn` may be run twice, where its
        connection had died before.

        Args:
            fn: what to read.
            patience: seconds to wait, for a read that is known to be long.

        Raises:
            DatabaseUnavailable: it cannot be reached or read.
            ServiceUnavailable: too many reads wait, or it does not answer.
        """
        threads, engine = self._threads, self._readers
        if threads is None or engine is None:
            raise DatabaseUnavailable("the database is not started")
        self._reads += 1
        return await threads.run(lambda: self._read(engine, fn), patience=patience or self._read_wait)

    def _read(self, engine: sa.Engine, fn: Callable[[sa.Connection], T], *, again: bool = True) -> T:
        try:
            with engine.connect() as connection, connection.begin():
                return fn(connection)
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as exc:
            if isinstance(exc, sa.exc.DBAPIError) and exc.connection_invalidated and again:
                return self._read(engine, fn, again=False)  # it had died in the pool; the next one is new
            if is_outage(exc):
                raise DatabaseUnavailable from exc
            raise

    async def write(self, fn: Callable[[sa.Connection], T]) -> T:
        """Give `fn(connection)`, run in the writer thread, after its transaction was committed to the disk.

        What `fn` raises is raised here, and nothing of `fn` is written then. A caller who is cancelled may have
        written. `fn` is never run twice.

        Raises:
            DatabaseUnavailable: it cannot be written, does not answer, or what became of the commit is not known.
            ServiceUnavailable: too many writes wait.
        """
        writer = self._writer
        if writer is None:
            raise DatabaseUnavailable("the database is not started")
        if writer.waiting >= self._max_waiting:
            raise DatabaseUnavailable("too many writes are waiting")
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        job = Job(fn, waiter)
        writer.put(job)
        try:
            async with asyncio.timeout(self._write_wait) as limit:
                result: T = await waiter
                return result
        except TimeoutError:
            if not limit.expired():
                raise  # it is the function's own
            job.given_up = True
            raise DatabaseUnavailable(f"no answer in {self._write_wait:g} s: it may be written yet") from None

    def on_commit(self, callback: Callable[[Sequence[object]], None]) -> None:
        """Call `callback(results)` in the writer thread after every commit, before those who wait for it are answered.

        `results` is what the committed functions gave, in their order. It should take microseconds: every writer waits
        for it. What it raises is logged and changes nothing.
        """
        self._on_commit.append(callback)

    async def ping(self) -> None:
        """Read something, and see that the writer lives.

        Raises:
            DatabaseUnavailable: one of the two does not hold.
        """
        if self._writer is None or not self._writer.alive:
            raise DatabaseUnavailable("the writer is not running")
        await self.read(lambda connection: connection.execute(sa.text("SELECT 1")).scalar_one())

    def stats(self) -> DatabaseStats:
        """Counts since the start."""
        writer, threads = self._writer, self._threads
        return DatabaseStats(
            writer=writer.stats if writer else WriterStats(),
            writes_waiting=writer.waiting if writer else 0,
            reads=self._reads,
            reads_waiting=threads.waiting if threads else 0,
        )
