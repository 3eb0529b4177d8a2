"""What can be done to the wiki's entries, as data: use cases make one, the store performs it in its transaction."""

from dataclasses import dataclass, field

from wiki_linker.core.entities import ANYTHING, Change, Expect


@dataclass(frozen=True, slots=True)
class Save:
    """Create or update the entry of `keyword`.

    `aliases` are all of its aliases from now on; None leaves them. A keyword that was deleted comes back with its
    history; one that is an alias of another entry is taken from it.
    """

    keyword: str
    description: str
    author: str
    aliases: tuple[str, ...] | None = None
    summary: str = ""
    expect: Expect = ANYTHING


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the entry: keyword and aliases are free at once, its history stays."""

    keyword: str
    author: str
    expect: Expect = ANYTHING


@dataclass(frozen=True, slots=True)
class Undelete:
    """Bring back what was deleted last under `keyword`, with its text and history."""

    keyword: str
    author: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Give the entry another keyword. Links follow; the old keyword stays as an alias if `keep_alias`."""

    keyword: str
    new: str
    author: str
    keep_alias: bool = True
    expect: Expect = ANYTHING


@dataclass(frozen=True, slots=True)
class SetAliases:
    """Make `aliases` all of the entry's aliases."""

    keyword: str
    aliases: tuple[str, ...]
    author: str
    expect: Expect = ANYTHING


@dataclass(frozen=True, slots=True)
class Restore:
    """Save the text of revision `number` again, as a new revision."""

    keyword: str
    number: int
    author: str
    summary: str = ""
    expect: Expect = ANYTHING


Command = Save | Delete | Undelete | Rename | SetAliases | Restore


@dataclass(frozen=True, slots=True)
class Record:
    """One entry to import. `updated_at` in Unix milliseconds; None is the time of the import."""

    keyword: str
    description: str
    author: str
    aliases: tuple[str, ...] = ()
    updated_at: int | None = None


@dataclass(slots=True)
class Imported:
    """What importing a batch did; `refused` are the places in the batch and why."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
