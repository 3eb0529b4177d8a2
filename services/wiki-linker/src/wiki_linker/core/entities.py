"""What a wiki is made of: entries, their revisions, and the change log that orders everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Operation = Literal["save", "delete", "undelete", "rename", "alias", "star", "session", "account"]
"""What a change did. `session` and `account` never leave the wiki's own processes."""

ENTRY_OPERATIONS: Final[frozenset[Operation]] = frozenset({"save", "delete", "undelete", "rename", "alias"})
"""The operations after which an entry's text or surfaces may differ."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as stored. Times are Unix milliseconds; `seq` is the change that last saved it."""

    id: int
    keyword: str
    description: str
    author: str
    created_at: int
    updated_at: int
    revision: int
    seq: int
    aliases: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """One kept state of an entry; numbers start at 1 and have no holes."""

    entry_id: int
    number: int
    keyword: str
    description: str
    author: str
    at: int
    operation: Operation
    summary: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the change log.

    It carries the entry's surfaces after the change, so that applying it needs no other read and applying it twice
    changes nothing: `keyword` and `aliases` link to the entry from `seq` on, or nothing does if `live` is false.
    """

    seq: int
    operation: Operation
    at: int
    entry_id: int
    keyword: str
    aliases: tuple[str, ...]
    revision: int
    author: str
    live: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What every process keeps of each live entry."""

    id: int
    keyword: str
    seq: int
    revision: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """The whole wiki without its texts, as of the change `seq`."""

    seq: int
    entries: list[Known]
    aliases: dict[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Expect:
    """What a writer takes for granted about the entry: the write fails with `Stale` if it is otherwise.

    `versions` are (id, revision) pairs, one of which must be current; `absent` means that there must be no such entry;
    `exists` that there must be one. All unset expects nothing.
    """

    versions: frozenset[tuple[int, int]] | None = None
    absent: bool = False
    exists: bool = False


ANYTHING: Final = Expect()


@dataclass(frozen=True, slots=True)
class Written:
    """What a committed write did: the entry as it is now and the changes to apply, in order.

    No changes mean that the entry was already as asked.
    """

    entry: Entry
    changes: tuple[Change, ...]
    created: bool = False


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session: its secret, and when it ends in Unix milliseconds."""

    token: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How much there is of everything."""

    entries: int
    aliases: int
    deleted: int
    revisions: int
    stars: int
    users: int
    seq: int


class WikiError(Exception):
    """Something that the wiki's own rules forbid. Subclasses say which; routes give each its HTTP status."""


class UnknownEntry(WikiError):
    """No live entry has this keyword."""

    def __init__(self, keyword: str) -> None:
        super().__init__(f"There is no entry “{keyword}”.")
        self.keyword = keyword


class UnknownRevision(WikiError):
    """The entry has no such revision."""


class KeywordTaken(WikiError):
    """Another entry has this keyword or alias already."""


class Stale(WikiError):
    """The entry is not as the writer expected: someone else was first."""


@dataclass(frozen=True, slots=True)
class Mentioning:
    """An entry that mentions a keyword, and how often."""

    keyword: str
    mentions: int


Stars = Mapping[str, int]
"""Who starred an entry: names in the order of starring, with the time in Unix milliseconds."""
