"""What use cases need of the outside, as Protocols: the adapters fulfil them, tests have fakes of their own."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from genba_servicekit.auth import ApiKey, Role, User
from wiki_linker.core.commands import Command, Imported, Record
from wiki_linker.core.entities import Change, Entry, Loaded, OpenedSession, Revision, Stars, Totals, Written
from wiki_linker.core.imports import Job


class EntryStore(Protocol):
    """Entries, their history and stars, and the change log that orders them."""

    async def load_all(self) -> Loaded:
        """Every live entry without its text."""

    async def last_seq(self) -> int:
        """The sequence number of the newest change."""

    async def entries(self, ids: Iterable[int]) -> dict[int, Entry]:
        """The live entries among these ids, with their texts."""

    async def in_keyword_order(self, *, after: str | None, prefix: str, limit: int) -> list[Entry]:
        """Live entries in code-point order of their keywords."""

    async def entries_after(self, seq: int, *, limit: int) -> list[Entry]:
        """Live entries that were last saved after the change `seq`, oldest first."""

    async def revisions(self, entry_id: int, *, before: int | None, limit: int) -> list[Revision]:
        """An entry's revisions, newest first."""

    async def revision(self, entry_id: int, number: int) -> Revision | None:
        """One revision of an entry."""

    async def deleted(self, keyword: str) -> Entry | None:
        """What was deleted last under this keyword."""

    async def changes_since(self, seq: int, *, limit: int, entries_only: bool = False) -> list[Change]:
        """Changes behind `seq`, in order."""

    async def recent_changes(self, *, before: int | None, limit: int) -> list[Change]:
        """The newest changes of entries, newest first."""

    async def stars(self, entry_ids: Sequence[int]) -> dict[int, Stars]:
        """Who starred each of these entries."""

    async def totals(self) -> Totals:
        """How much there is of everything."""

    async def write(self, *commands: Command) -> Written:
        """Perform the commands in one transaction; all of them or none."""

    async def set_star(self, *, keyword: str, user: str, on: bool) -> bool:
        """Give or take back a star; whether that changed anything."""

    async def import_records(self, records: Sequence[Record]) -> Imported:
        """Save many entries; what reads so already is left alone."""


class PeopleStore(Protocol):
    """Users, their sessions and their API keys."""

    async def find(self, name: str) -> User | None:
        """The user of exactly this name."""

    async def create(self, name: str, password_hash: str, role: Role) -> User:
        """Add a user. Raises NameTaken or BadName."""

    async def set_role(self, name: str, role: Role) -> bool:
        """Give a user another role; whether there is such a user."""

    async def set_password_hash(self, user_id: int, password_hash: str) -> None:
        """Keep another hash of the same password."""

    async def open_session(self, user_id: int) -> OpenedSession:
        """Open a session."""

    async def end_session(self, token: str) -> bool:
        """End a session, everywhere at once; whether there was one."""

    async def create_key(self, *, name: str, role: Role, owner_id: int | None) -> tuple[ApiKey, str]:
        """Make an API key; the secret is given once."""

    async def keys(self, owner_id: int) -> list[ApiKey]:
        """The keys of one owner that are in use, oldest first."""

    async def revoke_key(self, key_id: int, *, owner_id: int | None) -> bool:
        """Make a key of this owner (None: of anybody) useless, everywhere at once; whether there was one."""


class JobStore(Protocol):
    """Import jobs."""

    async def put(self, job: Job) -> None:
        """Keep how far a job has come."""

    async def get(self, job_id: str) -> Job | None:
        """One job."""


class Limiter(Protocol):
    """Counts attempts."""

    async def hit(self, rule: str, *keys: str) -> None:
        """Count one; raises TooManyRequests when the rule (`10/minute`) is broken."""


class Freshness(Protocol):
    """Whether this process is level with the wiki, and how it gets there."""

    def is_current(self) -> bool:
        """Whether everything that this host has committed is applied. Costs no system call."""

    async def catch_up(self, token: int = 0) -> None:
        """Wait until what was committed before this call, and the change `token`, are applied."""

    async def announce(self) -> None:
        """Tell other hosts of this process's writes before they are answered, where that is asked for."""


class ChangeLog(Protocol):
    """What the database knows of the wiki's changes."""

    async def load_all(self) -> Loaded:
        """Every live entry without its text."""

    async def last_seq(self) -> int:
        """The sequence number of the newest change."""

    async def changes_since(self, seq: int, *, limit: int) -> list[Change]:
        """Changes behind `seq`, in order."""

    async def correct_counter(self) -> None:
        """Set the shared counter to what the log says."""


class Counter(Protocol):
    """The sequence number that the processes of this host share."""

    def value(self) -> int:
        """The highest sequence number that any process has announced. Costs no system call."""

    def advance(self, seq: int) -> None:
        """Announce `seq`; a lower one than the current is let pass."""


class Witness(Protocol):
    """What knows the highest sequence number of all hosts."""

    async def value(self) -> int | None:
        """The highest announced sequence number; None if it knows none."""

    async def advance(self, seq: int) -> None:
        """Announce `seq`."""


class SearchIndex(Protocol):
    """Full text, found by substring."""

    async def search(self, terms: Sequence[str], *, limit: int, offset: int) -> list[int]:
        """Ids of live entries whose keyword or text has every term (any case), best first."""

    async def containing(self, needle: str, *, below: int | None, limit: int) -> list[tuple[int, int]]:
        """(seq, id) of live entries whose text contains `needle` exactly, newest first, last saved before `below`."""
