"""The wiki's outside in memory, behind the Protocols of `ports.py`, with places where a test can let things happen."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_servicekit.auth import SESSION_LIFETIME_MS, ApiKey, NameTaken, Role, User, check_name
from genba_servicekit.errors import TooManyRequests
from wiki_linker.adapters import entry_reads, entry_rows, entry_writes, marks, schema
from wiki_linker.adapters.entry_imports import import_records
from wiki_linker.core.commands import Command, Delete, Imported, Record, Rename, Save
from wiki_linker.core.entities import (
    ENTRY_OPERATIONS,
    Change,
    Entry,
    Loaded,
    OpenedSession,
    Revision,
    Stars,
    Totals,
    Written,
)
from wiki_linker.core.entrycache import EntryCache
from wiki_linker.core.imports import Job
from wiki_linker.core.live import LiveWiki
from wiki_linker.usecases.reading import Reading

T = TypeVar("T")
Happening = Callable[[], object]


async def _let(happen: Happening | None) -> None:
    """Let something happen, and others have their turn."""
    await asyncio.sleep(0)
    happened = None if happen is None else happen()
    if isinstance(happened, Awaitable):
        await happened


class FakeStore:
    """The wiki's own statements on a database in memory, run in place. Fulfils `ports.EntryStore`.

    `before` and `after` hold what is to happen when a method is called next: before it looks, so that it sees it, or
    after it has looked, so that its answer is old when it arrives. Each happens once.
    """

    def __init__(self) -> None:
        self.connection = sa.create_engine("sqlite://", poolclass=sa.StaticPool).connect()
        schema.metadata.create_all(self.connection)
        self.commands: list[Command] = []
        self.calls: list[str] = []
        self.before: dict[str, Happening] = {}
        self.after: dict[str, Happening] = {}
        self._clock = count(1_000)

    def close(self) -> None:
        """Let the database go."""
        self.connection.close()
        self.connection.engine.dispose()

    async def _answer(self, name: str, look: Callable[[Connection], T]) -> T:
        self.calls.append(name)
        await _let(self.before.pop(name, None))
        answer = look(self.connection)
        await _let(self.after.pop(name, None))
        return answer

    # What tests do to it, as another process would.

    def perform(self, command: Command) -> Written:
        """Do what a command says."""
        return entry_writes.perform(self.connection, command, next(self._clock))

    def save(self, keyword: str, description: str = "text", *aliases: str) -> Entry:
        """Create or update an entry."""
        return self.perform(Save(keyword, description, "x", aliases or None)).entry

    def delete(self, keyword: str) -> Entry:
        """Delete an entry."""
        return self.perform(Delete(keyword, "x")).entry

    def rename(self, keyword: str, new: str, *, keep_alias: bool = False) -> Entry:
        """Rename an entry."""
        return self.perform(Rename(keyword, new, "x", keep_alias)).entry

    def star(self, keyword: str, user: str, *, on: bool = True) -> bool:
        """Give or take back a star."""
        now = next(self._clock)
        return marks.set_star(self.connection, keyword=keyword, user=user, on=on, now=now) is not None

    @property
    def seq(self) -> int:
        """The newest change's."""
        return entry_rows.last_seq(self.connection)

    def log(self, seq: int = 0) -> list[Change]:
        """The changes behind `seq`."""
        return entry_reads.changes_since(self.connection, seq, limit=-1)

    def live_rows(self) -> list[Entry]:
        """Live entries in the order of their seqs."""
        return entry_reads.entries_after(self.connection, 0, limit=-1)

    # What use cases call.

    async def load_all(self) -> Loaded:
        return await self._answer("load_all", entry_reads.load_all)

    async def last_seq(self) -> int:
        return await self._answer("last_seq", entry_rows.last_seq)

    async def entries(self, ids: Iterable[int]) -> dict[int, Entry]:
        return await self._answer("entries", partial(entry_reads.entries_by_id, ids=list(ids)))

    async def in_keyword_order(self, *, after: str | None, prefix: str, limit: int) -> list[Entry]:
        look = partial(entry_reads.entries_in_keyword_order, after=after, prefix=prefix, limit=limit)
        return await self._answer("in_keyword_order", look)

    async def entries_after(self, seq: int, *, limit: int) -> list[Entry]:
        return await self._answer("entries_after", partial(entry_reads.entries_after, seq=seq, limit=limit))

    async def revisions(self, entry_id: int, *, before: int | None, limit: int) -> list[Revision]:
        look = partial(entry_reads.revisions_of, entry_id=entry_id, before=before, limit=limit)
        return await self._answer("revisions", look)

    async def revision(self, entry_id: int, number: int) -> Revision | None:
        return await self._answer("revision", partial(entry_reads.revision, entry_id=entry_id, number=number))

    async def deleted(self, keyword: str) -> Entry | None:
        return await self._answer("deleted", partial(entry_rows.deleted_entry, keyword=keyword))

    async def changes_since(self, seq: int, *, limit: int, entries_only: bool = False) -> list[Change]:
        only = ENTRY_OPERATIONS if entries_only else None
        return await self._answer("changes_since", partial(entry_reads.changes_since, seq=seq, limit=limit, only=only))

    async def recent_changes(self, *, before: int | None, limit: int) -> list[Change]:
        return await self._answer("recent_changes", partial(entry_reads.entry_changes, before=before, limit=limit))

    async def stars(self, entry_ids: Sequence[int]) -> dict[int, Stars]:
        return await self._answer("stars", partial(marks.stars_of, entry_ids=entry_ids))

    async def totals(self) -> Totals:
        return Totals(len(self.live_rows()), 0, 0, 0, 0, 0, self.seq)

    async def write(self, *commands: Command) -> Written:
        self.commands.extend(commands)

        def look(connection: Connection) -> list[Written]:
            with connection.begin_nested():  # all of them or none
                return [self.perform(command) for command in commands]

        done = await self._answer("write", look)
        return Written(done[-1].entry, tuple(change for one in done for change in one.changes), done[0].created)

    async def set_star(self, *, keyword: str, user: str, on: bool) -> bool:
        return await self._answer("set_star", lambda _: self.star(keyword, user, on=on))

    async def import_records(self, records: Sequence[Record]) -> Imported:
        return await self._answer(
            "import_records", lambda _: import_records(self.connection, records, next(self._clock))
        )


class FakeFreshness:
    """Is behind as long as the store has changes that it announced and nobody applied. Fulfils `ports.Freshness`.

    With `announcing` off, changes are seen by `catch_up` alone: as of another host, before the poll.
    """

    def __init__(self, store: FakeStore, live: LiveWiki) -> None:
        self._store = store
        self._live = live
        self.announcing = True
        self.announced = 0
        self.caught_up: list[int] = []
        self.on_announce: Happening | None = None

    def is_current(self) -> bool:
        if self.announcing:
            self.announced = self._store.seq
        return self.announced <= self._live.applied

    async def catch_up(self, token: int = 0) -> None:
        self.caught_up.append(token)
        self.apply()

    async def announce(self) -> None:
        self.apply()
        if self.on_announce is not None:
            self.on_announce()

    def apply(self) -> None:
        """Apply everything in the log."""
        for change in self._store.log(self._live.applied):
            self._live.apply(change)


class FakeSearch:
    """Looks through all texts. Fulfils `ports.SearchIndex`."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store
        self.before: list[Happening] = []
        self.after: list[Happening] = []
        self.calls = 0

    async def search(self, terms: Sequence[str], *, limit: int, offset: int) -> list[int]:
        self.calls += 1
        await _let(self.before.pop(0) if self.before else None)
        rows = [
            row
            for row in reversed(self._store.live_rows())
            if all(term.lower() in f"{row.keyword}\n{row.description}".lower() for term in terms)
        ]
        await _let(self.after.pop(0) if self.after else None)
        return [row.id for row in rows[offset : offset + limit]]

    async def containing(self, needle: str, *, below: int | None, limit: int) -> list[tuple[int, int]]:
        self.calls += 1
        await _let(self.before.pop(0) if self.before else None)
        rows = [row for row in reversed(self._store.live_rows()) if needle in row.description]
        await _let(self.after.pop(0) if self.after else None)
        return [(row.seq, row.id) for row in rows if below is None or row.seq < below][:limit]


class FakeJobs:
    """Keeps a copy of each state that a job was put in. Fulfils `ports.JobStore`."""

    def __init__(self) -> None:
        self.put_states: list[Job] = []
        self.failing: Exception | None = None

    async def put(self, job: Job) -> None:
        if self.failing is not None:
            raise self.failing
        self.put_states.append(replace(job, rejected=list(job.rejected)))

    async def get(self, job_id: str) -> Job | None:
        found = [job for job in self.put_states if job.id == job_id]
        return replace(found[-1]) if found else None


class FakeLimiter:
    """Counts for good: a rule `2/minute` lets two through. Fulfils `ports.Limiter`."""

    def __init__(self) -> None:
        self.hits: dict[tuple[str, ...], int] = {}

    async def hit(self, rule: str, *keys: str) -> None:
        if self.hits.get(keys, 0) >= int(rule.partition("/")[0]):
            raise TooManyRequests(f"No more than {rule}", retry_after=1)
        self.hits[keys] = self.hits.get(keys, 0) + 1


@dataclass
class _Key:
    key: ApiKey
    revoked: bool = False


class FakePeople:
    """Users in a dictionary. Fulfils `ports.PeopleStore`."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.sessions: dict[str, int] = {}
        self._keys: dict[int, _Key] = {}

    async def find(self, name: str) -> User | None:
        return self.users.get(name)

    async def create(self, name: str, password_hash: str, role: Role) -> User:
        check_name(name)
        if name in self.users:
            raise NameTaken(name)
        self.users[name] = User(len(self.users) + 1, name, password_hash, role, 0, disabled=False)
        return self.users[name]

    async def set_role(self, name: str, role: Role) -> bool:
        if name not in self.users:
            return False
        self.users[name] = replace(self.users[name], role=role)
        return True

    async def set_password_hash(self, user_id: int, password_hash: str) -> None:
        user = next(user for user in self.users.values() if user.id == user_id)
        self.users[user.name] = replace(user, password_hash=password_hash)

    async def open_session(self, user_id: int) -> OpenedSession:
        token = f"token {len(self.sessions)}"
        self.sessions[token] = user_id
        return OpenedSession(token, SESSION_LIFETIME_MS)

    async def end_session(self, token: str) -> bool:
        return self.sessions.pop(token, None) is not None

    async def create_key(self, *, name: str, role: Role, owner_id: int | None) -> tuple[ApiKey, str]:
        key_id = len(self._keys) + 1
        self._keys[key_id] = _Key(ApiKey(key_id, name, "gk_", role, owner_id, 0, None, None))
        return self._keys[key_id].key, f"gk_{key_id}"

    async def keys(self, owner_id: int) -> list[ApiKey]:
        return [one.key for one in self._keys.values() if one.key.owner_id == owner_id and not one.revoked]

    async def revoke_key(self, key_id: int, *, owner_id: int | None) -> bool:
        found = self._keys.get(key_id)
        if found is None or found.revoked or owner_id not in {None, found.key.owner_id}:
            return False
        found.revoked = True
        return True


class FakeWiki:
    """Use cases on fakes, level with the store at the start."""

    def __init__(self, *, entry_cache: int = 100, page_cache: int = 1 << 20) -> None:
        self.store = FakeStore()
        self.live = LiveWiki()
        self.freshness = FakeFreshness(self.store, self.live)
        self.cache = EntryCache(entry_cache)
        self.reading = Reading(self.store, self.freshness, self.live, self.cache, page_cache=page_cache)

    def reload(self) -> None:
        """Load everything anew."""
        self.live.load(entry_reads.load_all(self.store.connection))

    def close(self) -> None:
        """Let the database go."""
        self.store.close()
