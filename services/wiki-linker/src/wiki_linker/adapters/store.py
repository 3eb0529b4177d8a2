"""The wiki's store: functions on transactions, run in the database's threads."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_servicekit.database import Database
from wiki_linker.adapters import entry_reads, entry_rows, entry_writes, marks, schema
from wiki_linker.adapters.entry_imports import import_records
from wiki_linker.adapters.shared_seq import SharedSeq
from wiki_linker.core.commands import Command, Imported, Record
from wiki_linker.core.entities import (
    ENTRY_OPERATIONS,
    Change,
    Entry,
    Loaded,
    Revision,
    Stars,
    Totals,
    Written,
)
from wiki_linker.core.live import Committed

T = TypeVar("T")

_LOAD_WAIT: Final = 120.0  # seconds; a million entries take some ten


def now_ms() -> int:
    """The time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a write function gives: an answer, and the changes that are true if it commits."""

    answer: T
    changes: Sequence[Change]


class WikiStore:
    """Fulfils `ports.EntryStore` on a Database.

    After each commit, before anyone is answered, the writer's thread puts the changes into `committed` and moves the
    shared counter: a reader that comes after the answer finds both.
    """

    def __init__(self, database: Database, counter: SharedSeq, committed: Committed) -> None:
        self._database = database
        self._counter = counter
        self._committed = committed
        database.on_commit(self._after_commit)

    def _after_commit(self, results: Sequence[object]) -> None:
        changes = [change for result in results if isinstance(result, Outcome) for change in result.changes]
        if changes:
            self._committed.add(changes)
            self._counter.advance(changes[-1].seq)

    async def change(self, function: Callable[[Connection], Outcome[T]]) -> T:
        """Run a write function, and tell of its changes before its answer."""
        return (await self._database.write(function)).answer

    async def load_all(self) -> Loaded:
        """Every live entry without its text."""
        return await self._database.read(entry_reads.load_all, patience=_LOAD_WAIT)

    async def last_seq(self) -> int:
        """The sequence number of the newest change."""
        return await self._database.read(entry_rows.last_seq)

    async def entries(self, ids: Iterable[int]) -> dict[int, Entry]:
        """The live entries among these ids, with their texts."""
        return await self._database.read(partial(entry_reads.entries_by_id, ids=list(ids)))

    async def in_keyword_order(self, *, after: str | None, prefix: str, limit: int) -> list[Entry]:
        """Live entries in code-point order of their keywords."""
        return await self._database.read(
            partial(entry_reads.entries_in_keyword_order, after=after, prefix=prefix, limit=limit)
        )

    async def entries_after(self, seq: int, *, limit: int) -> list[Entry]:
        """Live entries that were last saved after the change `seq`, oldest first."""
        return await self._database.read(partial(entry_reads.entries_after, seq=seq, limit=limit))

    async def revisions(self, entry_id: int, *, before: int | None, limit: int) -> list[Revision]:
        """An entry's revisions, newest first."""
        return await self._database.read(
            partial(entry_reads.revisions_of, entry_id=entry_id, before=before, limit=limit)
        )

    async def revision(self, entry_id: int, number: int) -> Revision | None:
        """One revision of an entry."""
        return await self._database.read(partial(entry_reads.revision, entry_id=entry_id, number=number))

    async def deleted(self, keyword: str) -> Entry | None:
        """What was deleted last under this keyword."""
        return await self._database.read(partial(entry_rows.deleted_entry, keyword=keyword))

    async def changes_since(self, seq: int, *, limit: int, entries_only: bool = False) -> list[Change]:
        """Changes behind `seq`, in order."""
        only = ENTRY_OPERATIONS if entries_only else None
        return await self._database.read(partial(entry_reads.changes_since, seq=seq, limit=limit, only=only))

    async def recent_changes(self, *, before: int | None, limit: int) -> list[Change]:
        """The newest changes of entries, newest first."""
        return await self._database.read(partial(entry_reads.entry_changes, before=before, limit=limit))

    async def stars(self, entry_ids: Sequence[int]) -> dict[int, Stars]:
        """Who starred each of these entries."""
        return await self._database.read(partial(marks.stars_of, entry_ids=entry_ids))

    async def totals(self) -> Totals:
        """How much there is of everything."""
        return await self._database.read(_totals)

    async def write(self, *commands: Command) -> Written:
        """Perform the commands in one transaction; all of them or none."""
        now = now_ms()

        def perform(connection: Connection) -> Outcome[Written]:
            done = [entry_writes.perform(connection, command, now) for command in commands]
            changes = tuple(change for written in done for change in written.changes)
            answer = Written(done[-1].entry, changes, created=any(written.created for written in done))
            return Outcome(answer, changes)

        return await self.change(perform)

    async def set_star(self, *, keyword: str, user: str, on: bool) -> bool:
        """Give or take back a star; whether that changed anything."""
        now = now_ms()

        def perform(connection: Connection) -> Outcome[bool]:
            change = marks.set_star(connection, keyword=keyword, user=user, on=on, now=now)
            return Outcome(change is not None, () if change is None else (change,))

        return await self.change(perform)

    async def import_records(self, records: Sequence[Record]) -> Imported:
        """Save many entries; what reads so already is left alone."""
        now = now_ms()

        def perform(connection: Connection) -> Outcome[Imported]:
            done = import_records(connection, records, now)
            return Outcome(done, done.changes)

        return await self.change(perform)

    async def correct_counter(self) -> None:
        """Set the shared counter to what the log says. Under the write lock, where nobody can be committing."""

        def correct(connection: Connection) -> None:
            self._counter.correct(entry_rows.last_seq(connection))

        await self._database.write(correct)


def _totals(connection: Connection) -> Totals:
    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())

    return Totals(
        entries=count(schema.entries, sa.not_(schema.entries.c.deleted)),
        aliases=count(schema.aliases),
        deleted=count(schema.entries, schema.entries.c.deleted),
        revisions=count(schema.revisions),
        stars=count(schema.stars),
        users=count(schema.auth.users),
        seq=entry_rows.last_seq(connection),
    )
