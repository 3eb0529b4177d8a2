"""Everything that is read from the wiki's tables, as functions on a reader's connection (one snapshot each)."""

import sys
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection

from wiki_linker.adapters.entry_rows import as_entry, last_seq
from wiki_linker.adapters.schema import aliases, changes, entries, revisions
from wiki_linker.core.entities import ENTRY_OPERATIONS, Change, Entry, Known, Loaded, Operation, Revision

_CHUNK = 500  # bound parameters in one IN list; SQLite allows 32,766, PostgreSQL plans small ones faster


def load_all(connection: Connection) -> Loaded:
    """Every live entry's keyword and place, and every alias, in one snapshot."""
    seq = last_seq(connection)
    columns = (entries.c.id, entries.c.keyword, entries.c.seq, entries.c.revision)
    rows = connection.execute(sa.select(*columns).where(sa.not_(entries.c.deleted)).order_by(entries.c.seq))
    known = [Known(*row) for row in rows]
    names: dict[int, list[str]] = {}
    for alias, entry_id in connection.execute(sa.select(aliases.c.alias, aliases.c.entry_id).order_by(aliases.c.alias)):
        names.setdefault(entry_id, []).append(alias)
    return Loaded(seq, known, {entry_id: tuple(its) for entry_id, its in names.items()})


def entries_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, Entry]:
    """The live entries among `ids`."""
    wanted = list(ids)
    found: dict[int, Entry] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        names: dict[int, list[str]] = {}
        for alias, entry_id in connection.execute(
            sa.select(aliases.c.alias, aliases.c.entry_id)
            .where(aliases.c.entry_id.in_(chunk))
            .order_by(aliases.c.alias)
        ):
            names.setdefault(entry_id, []).append(alias)
        for row in connection.execute(entries.select().where(entries.c.id.in_(chunk), sa.not_(entries.c.deleted))):
            found[row.id] = as_entry(row, tuple(names.get(row.id, ())))
    return found


def entries_in_keyword_order(connection: Connection, *, after: str | None, prefix: str, limit: int) -> list[Entry]:
    """Live entries in code-point order of their keywords, from behind `after`, whose keywords start with `prefix`."""
    query = sa.select(entries.c.id).where(sa.not_(entries.c.deleted)).order_by(entries.c.keyword).limit(limit)
    if prefix:
        query = query.where(entries.c.keyword >= prefix)
        if (end := prefix_end(prefix)) is not None:
            query = query.where(entries.c.keyword < end)
    if after is not None:
        query = query.where(entries.c.keyword > after)
    ids = list(connection.execute(query).scalars())
    found = entries_by_id(connection, ids)
    return [found[entry_id] for entry_id in ids if entry_id in found]


def prefix_end(prefix: str) -> str | None:
    """The smallest string in code-point order behind every string that starts with `prefix`; None if there is none."""
    for length in range(len(prefix), 0, -1):
        last = prefix[length - 1]
        if last != chr(sys.maxunicode):
            following = "\ue000" if last == "\ud7ff" else chr(ord(last) + 1)  # between them: surrogates, no text
            return prefix[: length - 1] + following
    return None


def revisions_of(connection: Connection, entry_id: int, *, before: int | None, limit: int) -> list[Revision]:
    """The entry's revisions, newest first, those below number `before`."""
    query = revisions.select().where(revisions.c.entry_id == entry_id).order_by(revisions.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(revisions.c.number < sa.literal(before, sa.BigInteger))
    return [Revision(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def revision(connection: Connection, entry_id: int, number: int) -> Revision | None:
    """One revision of an entry."""
    row = connection.execute(
        revisions.select().where(
            # Whoever asks may ask for more than the column can hold, which PostgreSQL would not compare with it.
            revisions.c.entry_id == entry_id,
            revisions.c.number == sa.literal(number, sa.BigInteger),
        )
    ).first()
    return None if row is None else Revision(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def changes_since(
    connection: Connection,
    seq: int,
    *,
    limit: int,
    only: Iterable[Operation] | None = None,
    newest_first: bool = False,
    before: int | None = None,
) -> list[Change]:
    """Changes behind `seq` in order; `newest_first` gives the last ones instead, those below `before`."""
    query = changes.select().where(changes.c.seq > seq).limit(limit)
    query = query.order_by(changes.c.seq.desc() if newest_first else changes.c.seq)
    if only is not None:
        query = query.where(changes.c.operation.in_(sorted(only)))
    if before is not None:
        query = query.where(changes.c.seq < before)
    return [_as_change(row) for row in connection.execute(query)]


def entry_changes(connection: Connection, *, before: int | None, limit: int) -> list[Change]:
    """The newest changes of entries, newest first."""
    return changes_since(connection, 0, limit=limit, only=ENTRY_OPERATIONS, newest_first=True, before=before)


def _as_change(row: sa.Row[tuple[object, ...]]) -> Change:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    return Change(**{**fields, "aliases": tuple(fields["aliases"])})


def entries_after(connection: Connection, seq: int, limit: int) -> list[Entry]:
    """Live entries that were last saved after the change `seq`, oldest first."""
    query = sa.select(entries.c.id).where(sa.not_(entries.c.deleted), entries.c.seq > seq)
    ids = list(connection.execute(query.order_by(entries.c.seq).limit(limit)).scalars())
    found = entries_by_id(connection, ids)
    return [found[entry_id] for entry_id in ids]
