"""The one writer thread: everything that waits is written in one transaction, and answered after its commit.

A commit costs one flush to the disk whatever is in it, so callers who wait at the same time share one: 64 at once are
written tens of times as fast as one by one (benchmarks/group_commit.py). Each function of a group runs in a savepoint
of its own, so that what one raises undoes nothing of the others.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final

import sqlalchemy as sa
import structlog

from genba_servicekit.database_engines import DatabaseUnavailable, in_transaction, is_idle, is_outage

_ATTEMPTS: Final = 3  # to begin: nothing has run yet, so that trying again is safe
_STOP_WAIT: Final = 5.0  # seconds without a single group done
_WAL_LIMIT_BYTES: Final = 16 * 1024 * 1024
_CHECKPOINT_PAUSE: Final = 5.0  # seconds between two, where a long read keeps the log from being emptied
_CHECKPOINT_WAIT_MS: Final = 200  # how long one may hold up writing while it waits for readers

_log = structlog.get_logger("genba.database")


@dataclass(slots=True)
class Job:
    """A function that waits to be run, and whom to tell."""

    fn: Callable[[sa.Connection], Any]
    waiter: asyncio.Future[Any]
    given_up: bool = False
    """Its caller was told that it waited too long: what has not begun by then need not be done."""


@dataclass(slots=True)
class Outcome:
    """What became of a job."""

    waiter: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class WriterStats:
    """Counts since the start."""

    committed: int = 0
    failed: int = 0
    groups: int = 0
    largest_group: int = 0
    reconnects: int = 0
    checkpoints: int = 0
    last_error: str | None = None


class GroupLostError(Exception):
    """The transaction of a whole group is gone."""


class Writer:
    """Runs jobs in groups on one connection, in a thread of its own.

    Args:
        engine: of `writer_engine`.
        group: the most functions in one transaction.
        loop: the event loop to which answers are given.
        wal: the write-ahead log's file, for SQLite.
    """

    def __init__(self, engine: sa.Engine, *, group: int, loop: asyncio.AbstractEventLoop, wal: Path | None) -> None:
        self.stats = WriterStats()
        self.on_commit: list[Callable[[Sequence[object]], None]] = []
        self._engine = engine
        self._group = group
        self._loop = loop
        self._wal = wal
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._stopping = False
        self._connection: sa.Connection | None = None
        self._next_checkpoint = 0.0
        self._thread = threading.Thread(target=self._run, name="genba-writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end the thread. Blocks, as long as a database answers that is there."""
        self._jobs.put(None)
        done = -1
        while self._thread.is_alive() and done != (done := self.stats.groups + self.stats.failed):
            self._thread.join(_STOP_WAIT)
        if self._thread.is_alive():
            _log.error("the writer was left behind: the database does not answer", callers=self.waiting)

    @property
    def waiting(self) -> int:
        """How many jobs no group has taken yet."""
        return self._jobs.qsize()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def put(self, job: Job) -> None:
        """Queue a job. Its waiter is answered after the commit, in the loop's thread."""
        self._jobs.put(job)

    def _run(self) -> None:
        while not self._stopping:
            first = self._jobs.get()
            if first is None:
                break
            if first.given_up:
                continue
            self._answer(self._write_group(first))
            self._empty_wal()
        self._disconnect()

    def _write_group(self, first: Job) -> list[Outcome]:
        group = [first]
        try:
            connection, transaction = self._begin()
            # Drained only now: who came while the lock was waited for is in.
            self._drain(group)
            group = [job for job in group if not job.given_up]
            alone = len(group) == 1
            outcomes = [self._run_job(job, connection, alone=alone) for job in group]
            committed = sum(outcome.error is None for outcome in outcomes)
            if committed:
                transaction.commit()
            else:
                transaction.rollback()
        except Exception as exc:  # noqa: BLE001  (whatever it was, every caller is told and the writer goes on)
            self._drain(group)
            self._heal()
            return self._fail(group, exc)
        self.stats.groups += 1
        self.stats.committed += committed
        self.stats.failed += len(group) - committed
        self.stats.largest_group = max(self.stats.largest_group, len(group))
        self.stats.last_error = None
        if committed:
            self._tell([outcome.result for outcome in outcomes if outcome.error is None])
        return outcomes

    def _begin(self) -> tuple[sa.Connection, sa.RootTransaction]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                return self._connection, self._connection.begin()
            except sa.exc.DBAPIError as exc:
                self._disconnect()
                if attempt == _ATTEMPTS or not is_outage(exc):
                    raise
                self.stats.reconnects += 1
        raise AssertionError("unreachable")

    def _drain(self, group: list[Job]) -> None:
        while len(group) < self._group and not self._stopping:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._stopping = True
            else:
                group.append(job)

    def _run_job(self, job: Job, connection: sa.Connection, *, alone: bool) -> Outcome:
        raw: Any = connection.connection.driver_connection
        if not alone:
            raw.execute("SAVEPOINT job")
        try:
            result = job.fn(connection)
            _check_open(raw)
            if not alone:
                raw.execute("RELEASE SAVEPOINT job")
        except BaseException as exc:  # it is its caller's to see, whatever it is
            if connection.invalidated or not connection.in_transaction():
                raise GroupLostError(_one_line(exc)) from exc
            if not alone:
                # Where the transaction itself has gone (a full disk may end it), this raises, and the group is lost.
                raw.execute("ROLLBACK TO SAVEPOINT job")
                raw.execute("RELEASE SAVEPOINT job")
            return Outcome(job.waiter, error=_as_told(exc))
        return Outcome(job.waiter, result)

    def _fail(self, group: Sequence[Job], exc: Exception) -> list[Outcome]:
        self.stats.failed += len(group)
        self.stats.last_error = _one_line(exc)
        _log.error("a group of writes failed", callers=len(group), error=self.stats.last_error)
        # One error each: an exception that several tasks raise would gather all their tracebacks.
        return [Outcome(job.waiter, error=_unavailable(exc)) for job in group]

    def _tell(self, results: Sequence[object]) -> None:
        for callback in self.on_commit:
            try:
                callback(results)
            except Exception:  # noqa: BLE001  (the commit stands, and those who wait are told so)
                _log.exception("a callback after the commit failed")

    def _answer(self, outcomes: list[Outcome]) -> None:
        try:
            self._loop.call_soon_threadsafe(_settle, outcomes)  # once a group: waking the loop costs 20 µs
        except RuntimeError:
            _log.warning("nobody is left to answer", callers=len(outcomes))  # the loop was closed

    def _heal(self) -> None:
        """Leave no transaction open; where that cannot be had, no connection.

        A connection that lives is kept: on a full disk SQLite could not open another, nor could readers.
        """
        connection = self._connection
        if connection is None:
            return
        try:
            if (transaction := connection.get_transaction()) is not None:
                transaction.rollback()
            if not connection.invalidated and is_idle(connection.connection.driver_connection):
                return
        except Exception as exc:  # noqa: BLE001  (whatever it is, the connection is thrown away)
            _log.warning("rolling back failed", error=_one_line(exc))
        self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.invalidate()
                connection.close()
            except Exception as exc:  # noqa: BLE001  (it is being thrown away)
                _log.warning("closing a connection failed", error=_one_line(exc))

    def _empty_wal(self) -> None:
        """Empty the log once it is long.

        SQLite's own checkpoints copy the log into the database but cannot start the log anew while any reader uses it,
        and under steady reads one always does. This one lets new readers pass it by and waits for the old ones.
        """
        if self._wal is None or self._connection is None or monotonic() < self._next_checkpoint:
            return
        try:
            if self._wal.stat().st_size < _WAL_LIMIT_BYTES:
                return
            raw: Any = self._connection.connection.driver_connection
            (patience,) = raw.execute("PRAGMA busy_timeout").fetchone()
            raw.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_WAIT_MS}")
            try:
                (held_up, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.execute(f"PRAGMA busy_timeout = {patience}")
            self.stats.checkpoints += 1
            if not held_up:
                return
        except Exception as exc:  # noqa: BLE001  (what was written is safe in the log; the next group tries again)
            _log.warning("a checkpoint failed", error=_one_line(exc))
            self._heal()
        self._next_checkpoint = monotonic() + _CHECKPOINT_PAUSE


def _check_open(raw: Any) -> None:
    # A function that swallowed an error may have left nothing to commit: PostgreSQL would answer COMMIT with a quiet
    # rollback, and SQLite would write each further statement by itself.
    if not in_transaction(raw):
        raise RuntimeError("a write function went on after an error that had ended its transaction, or ended it itself")


def _settle(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.waiter.done():  # cancelled
            continue
        if outcome.error is None:
            outcome.waiter.set_result(outcome.result)
        else:
            outcome.waiter.set_exception(outcome.error)


def _as_told(exc: BaseException) -> BaseException:
    if is_outage(exc):
        return _unavailable(exc)
    if isinstance(exc, StopIteration):  # which no future takes
        return RuntimeError("a write function raised StopIteration")
    return exc


def _unavailable(exc: BaseException) -> DatabaseUnavailable:
    error = DatabaseUnavailable()
    error.__cause__ = exc
    return error


def _one_line(exc: BaseException) -> str:
    original = getattr(exc, "orig", None) or exc
    return " ".join(f"{type(original).__name__}: {original}".split())
