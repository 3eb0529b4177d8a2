"""Full-text search by substring.

SQLite: an FTS5 table of trigrams (sqlite.org/fts5, "The Trigram Tokenizer"), brought up to date from the change log in
the background, so that neither a write nor a search waits for it: entries saved behind its position are looked through
as they are, and searches go on where nothing can be written. PostgreSQL: pg_trgm, which keeps itself. Words of one or
two characters have no trigram and are looked for in the texts themselves.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_servicekit.database import Database
from wiki_linker.adapters.entry_rows import last_seq
from wiki_linker.adapters.schema import changes, entries, meta
from wiki_linker.core.entities import ENTRY_OPERATIONS

_POSITION: Final = "search_seq"
_BATCH: Final = 8  # entries indexed in one transaction: about 4 ms, which a write may have to wait for
_PAUSE_S: Final = 0.02
_TRIGRAM: Final = 3
_fts = sa.table("entries_fts", sa.column("rowid"), sa.column("keyword"), sa.column("description"))
_MATCHES: Final[sa.ColumnElement[Any]] = sa.literal_column("entries_fts")
_LIVE: Final = sa.not_(entries.c.deleted)


def _like(needle: str) -> str:
    escaped = needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _phrase(term: str) -> str:
    doubled = term.replace('"', '""')
    return f'"{doubled}"'


class TextSearch:
    """Fulfils `ports.SearchIndex`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def _keeps_itself(self) -> bool:
        return self._database.dialect == "postgresql"

    async def search(self, terms: Sequence[str], *, limit: int, offset: int) -> list[int]:
        """Ids of live entries whose keyword or text has every term (any case), best first."""
        return await self._database.read(partial(self._search, terms=list(terms), limit=limit, offset=offset))

    async def containing(self, needle: str, *, below: int | None, limit: int) -> list[tuple[int, int]]:
        """(seq, id) of live entries whose text contains `needle` exactly, newest first, last saved before `below`."""
        return await self._database.read(partial(self._containing, needle=needle, below=below, limit=limit))

    def _found(self, connection: Connection, term: str) -> sa.ColumnElement[bool]:
        """Whether an entry has the term in its keyword or text, in any case."""
        if self._keeps_itself:
            return sa.or_(
                entries.c.keyword.ilike(_like(term), escape="\\"), entries.c.description.ilike(_like(term), escape="\\")
            )
        has_it = sa.or_(
            entries.c.keyword.like(_like(term), escape="\\"), entries.c.description.like(_like(term), escape="\\")
        )
        return _by_index(connection, _phrase(term), has_it) if len(term) >= _TRIGRAM else has_it

    def _search(self, connection: Connection, *, terms: list[str], limit: int, offset: int) -> list[int]:
        whole = " ".join(terms)
        like = entries.c.keyword.ilike if self._keeps_itself else entries.c.keyword.like
        prefix = _like(whole)[1:]
        rank = sa.case(
            (entries.c.keyword == whole, 0),
            (like(prefix, escape="\\"), 1),
            (sa.and_(*[like(_like(term), escape="\\") for term in terms]), 2),
            else_=3,
        )
        query = (
            sa.select(entries.c.id)
            .where(_LIVE, *[self._found(connection, term) for term in terms])
            .order_by(rank, entries.c.seq.desc())
            .limit(limit)
            .offset(offset)
        )
        return [int(found) for found in connection.execute(query).scalars()]

    def _containing(
        self, connection: Connection, *, needle: str, below: int | None, limit: int
    ) -> list[tuple[int, int]]:
        query = sa.select(entries.c.seq, entries.c.id).where(_LIVE).order_by(entries.c.seq.desc()).limit(limit)
        if below is not None:
            query = query.where(entries.c.seq < below)
        if self._keeps_itself:
            query = query.where(entries.c.description.like(_like(needle), escape="\\"))
        else:
            has_it = sa.func.instr(entries.c.description, needle) > 0
            if len(needle) >= _TRIGRAM:
                # The index knows no case: what it finds is looked at once more.
                query = query.where(_by_index(connection, "description : " + _phrase(needle), has_it), has_it)
            else:
                query = query.where(has_it)
        return [(int(seq), int(entry_id)) for seq, entry_id in connection.execute(query)]

    async def catch_up(self) -> None:
        """Index what was written since the last call, a little at a time; called every second, beside the requests."""
        while not self._keeps_itself and await self._database.read(_behind):
            await self._database.write(partial(_index_some, limit=_BATCH))
            await asyncio.sleep(_PAUSE_S)


def _by_index(connection: Connection, phrase: str, has_it: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """What the index finds, of entries last saved before its position; and of the others those that have it."""
    position = _position(connection)
    indexed = sa.select(_fts.c.rowid).where(_MATCHES.op("MATCH")(phrase))
    return sa.or_(
        sa.and_(entries.c.seq <= position, entries.c.id.in_(indexed)), sa.and_(entries.c.seq > position, has_it)
    )


def _position(connection: Connection) -> int:
    return int(connection.execute(sa.select(meta.c.value).where(meta.c.key == _POSITION)).scalar() or 0)


def _behind(connection: Connection) -> bool:
    return _position(connection) < last_seq(connection)


def _index_some(connection: Connection, limit: int) -> None:
    """Index the next entries of the change log and move the position behind them."""
    start = _position(connection)
    rows = connection.execute(
        sa.select(changes.c.seq, changes.c.entry_id, changes.c.operation)
        .where(changes.c.seq > start)
        .order_by(changes.c.seq)
        .limit(limit)
    ).all()
    if not rows:
        return
    ids = {row.entry_id for row in rows if row.operation in ENTRY_OPERATIONS}
    if ids:
        connection.execute(sa.delete(_fts).where(_fts.c.rowid.in_(ids)))
        texts = connection.execute(
            sa.select(entries.c.id, entries.c.keyword, entries.c.description).where(entries.c.id.in_(ids), _LIVE)
        ).all()
        if texts:
            fresh: list[dict[str, Any]] = [
                {"rowid": row.id, "keyword": row.keyword, "description": row.description} for row in texts
            ]
            connection.execute(sa.insert(_fts), fresh)
    if start:
        connection.execute(meta.update().where(meta.c.key == _POSITION), {"value": rows[-1].seq})
    else:
        connection.execute(meta.insert(), {"key": _POSITION, "value": rows[-1].seq})
