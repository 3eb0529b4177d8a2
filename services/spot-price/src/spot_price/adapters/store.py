"""Prices in the database: what is kept for as long as the service's retention says.

Which pools there are is held in memory (60,000 of them: some 20 MB); their records are read where they are asked for.
A pool is known by its zone's id, or by its zone's name where its source says no id. A name that a source tells of an id
that is known already is kept with it, the newest one. A pool known by name alone stays one of its own, though another
has that name beside an id: each account has its own order of names, and a recording does not say whose it is.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from genba_servicekit import outbox
from genba_servicekit.database import Database
from spot_price.adapters import schema
from spot_price.adapters.schema import imports, regions
from spot_price.adapters.schema import pools as pool_table
from spot_price.core.records import Pool, Records, Seconds
from spot_price.core.steps import Steps, steps_of
from spot_price.ports import Events, Last, RegionState

FORGET_AT_ONCE: Final = 2_000  # pools a transaction: some tenths of a second, in which others wait to write
_STATE: Final = tuple(field.name for field in fields(RegionState))
_INSERT: Final = "INSERT OR IGNORE INTO records (pool_id, at, micros, holds) VALUES (?, ?, ?, ?)"
# Rows come by COPY into a table of the connection's own, and from there at once: 350,000 records a second, 1.8 times as
# many as arrays of values through unnest, whose parts the server has to take apart.
_INCOMING: Final = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS incoming (pool_id int, at bigint, micros bigint, holds int)"
    " ON COMMIT DELETE ROWS; TRUNCATE incoming"
)
_COPY: Final = "COPY incoming FROM STDIN (FORMAT BINARY)"
_FROM_INCOMING: Final = "INSERT INTO records SELECT * FROM incoming ON CONFLICT DO NOTHING"
_COPY_ROW: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("id_bytes", ">i4"),
        ("id", ">i4"),
        ("at_bytes", ">i4"),
        ("at", ">i8"),
        ("micros_bytes", ">i4"),
        ("micros", ">i8"),
        ("holds_bytes", ">i4"),
        ("holds", ">i4"),
    ]
)
_IDS: Final = {
    "sqlite": "(SELECT value FROM json_each(:ids))",
    "postgresql": "(SELECT value::int FROM json_array_elements_text(CAST(:ids AS json)))",
}
# CROSS JOIN here and below: SQLite keeps that order then, two looks a pool. For a JOIN it reads every record there is.
_LAST: Final = sa.text(
    "SELECT p.id, r.at, r.micros, r.holds FROM pools p CROSS JOIN records r WHERE r.pool_id = p.id"
    " AND r.at = (SELECT max(m.at) FROM records m WHERE m.pool_id = p.id)"
)


def _windows(dialect: str) -> sa.TextClause:
    return sa.text(
        "SELECT p.id, r.at, r.micros, r.holds FROM pools p CROSS JOIN records r"  # noqa: S608  (no input)
        f" WHERE p.id IN {_IDS[dialect]} AND r.pool_id = p.id"
        " AND r.at >= coalesce((SELECT max(m.at) FROM records m WHERE m.pool_id = p.id AND m.at <= :start), :start)"
        " AND r.at < :end ORDER BY p.id, r.at"
    )


def _counts(dialect: str) -> sa.TextClause:
    return sa.text(
        f"SELECT count(*) FROM records WHERE pool_id IN {_IDS[dialect]} AND at >= :start AND at < :end"  # noqa: S608
    )


# The bounds are said of r.pool_id too: without, PostgreSQL reads every record there is for every 2,000 pools, until it
# has statistics of them. A look at 10 million that were just imported takes 0.15 s in place of 16.
_FORGET: Final = sa.text(
    "DELETE FROM records WHERE (pool_id, at) IN (SELECT p.id, r.at FROM pools p CROSS JOIN records r"
    " WHERE p.id > :after AND p.id <= :upto AND r.pool_id > :after AND r.pool_id <= :upto AND r.pool_id = p.id"
    " AND r.at < (SELECT max(m.at) FROM records m WHERE m.pool_id = p.id AND m.at <= :before))"
)


@dataclass(slots=True)
class _Kept:
    """A pool and its number in the database."""

    id: int
    pool: Pool


class Store:
    """Fulfils `ports.PriceStore`.

    Args:
        database: a started one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[Pool, _Kept] = {}
        self._top = 0
        """The highest number of a pool that is known: those that others make have higher ones."""

    async def ingest(self, records: Records, *, events: Events | None = None) -> int:
        """Keep what is new of these, all or nothing; gives how many were. The same again changes nothing.

        Args:
            records: of any pools, in any order.
            events: gives what is to be published of records that are newer than all that was known of their pool; it
                is called in the writer's thread, and its events are written in the same transaction.
        """
        if not len(records):
            return 0
        new, learned = await self._database.write(partial(self._ingest, records=records, events=events))
        self._remember(learned)
        return new

    async def last(self) -> Sequence[Last]:
        """The newest record of every pool."""
        pools, rows = await self._database.read(self._last)
        self._remember(pools)
        by_id = {kept.id: kept.pool for kept in pools.values()}
        return [Last(by_id[number], at, micros, holds or None) for number, at, micros, holds in rows]

    async def steps(
        self, pools: Sequence[Pool], start: Seconds, end: Seconds, *, until: Mapping[str, Seconds] | None = None
    ) -> dict[Pool, Steps]:
        """Prices of these pools in a window."""
        ids = await self._ids(pools)
        asked = {"ids": json.dumps(list(ids.values())), "start": start, "end": end}
        table = await self._database.read(partial(_table, query=_windows(self._database.dialect), asked=asked))
        first = np.searchsorted(table[0], list(ids.values()), side="left").tolist()
        after = np.searchsorted(table[0], list(ids.values()), side="right").tolist()
        spans = dict(zip(ids, zip(first, after, strict=True), strict=True))
        found = {}
        for pool in pools:
            low, high = spans.get(pool, (0, 0))
            at, micros, holds = table[1, low:high], table[2, low:high], table[3, low:high]
            known = min(end, (until or {}).get(pool.region, end))
            found[pool] = steps_of(at, micros, holds, until=known).window(start, end)
        return found

    async def count(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> int:
        """How many records these pools have in a window."""
        numbers = sorted(set((await self._ids(pools)).values()))
        asked = {"ids": json.dumps(numbers), "start": start, "end": end}
        counts = _counts(self._database.dialect)
        return await self._database.read(lambda connection: int(connection.execute(counts, asked).scalar_one()))

    async def records(self, pools: Sequence[Pool], start: Seconds, end: Seconds) -> list[Records]:
        """Records of these pools, from those in force at the start until the end; what holds equally long together."""
        ids = await self._ids(pools)
        asked = {"ids": json.dumps(list(ids.values())), "start": start, "end": end}
        table = await self._database.read(partial(_table, query=_windows(self._database.dialect), asked=asked))
        kept = tuple(ids)
        numbers = np.array(list(ids.values()), np.int64)
        order = np.argsort(numbers)
        which = order[np.searchsorted(numbers[order], table[0])].astype(np.int32)
        return [
            Records(kept, which[rows], table[1, rows], table[2, rows], holds or None)
            for holds in np.unique(table[3]).tolist()
            for rows in [table[3] == holds]
        ]

    async def note_import(self, name: str, records: int) -> None:
        """Keep that a file was imported."""
        row = {"at": int(time.time()), "name": name, "records": records}
        await self._database.write(lambda connection: connection.execute(imports.insert(), row).rowcount)

    async def imports(self) -> int:
        """The number of the newest import; 0: there was none."""
        newest = sa.select(sa.func.coalesce(sa.func.max(imports.c.id), 0))
        return await self._database.read(lambda connection: int(connection.execute(newest).scalar_one()))

    async def states(self) -> dict[str, RegionState]:
        """How the last poll of every region went."""
        asked = sa.select(*(regions.c[name] for name in _STATE))
        rows = await self._database.read(lambda connection: connection.execute(asked).all())
        return {row.region: RegionState(*row) for row in rows}

    async def set_state(self, state: RegionState) -> None:
        """Keep how a poll went."""
        await self.set_states([state])

    async def set_states(self, states: Sequence[RegionState]) -> None:
        """Keep how several polls went, at once."""
        rows = [dict(zip(_STATE, astuple(state), strict=True)) for state in states]

        def perform(connection: Connection) -> None:
            connection.execute(regions.delete().where(regions.c.region.in_([state.region for state in states])))
            connection.execute(regions.insert(), rows)

        if rows:
            await self._database.write(perform)

    async def forget(self, before: Seconds) -> int:
        """Drop records that were over before then (the one in force then is kept); gives how many."""
        newest = sa.select(sa.func.coalesce(sa.func.max(pool_table.c.id), 0))
        top = await self._database.read(lambda connection: int(connection.execute(newest).scalar_one()))
        dropped = 0
        for after in range(0, top, FORGET_AT_ONCE):
            asked = {"before": before, "after": after, "upto": after + FORGET_AT_ONCE}
            dropped += await self._database.write(partial(_dropped, asked=asked))
        return dropped

    async def _ids(self, pools: Iterable[Pool]) -> dict[Pool, int]:
        """Their numbers, of those that are kept."""
        if any(pool not in self._known for pool in pools):
            self._remember(await self._database.read(partial(self._learn, after=self._top)))
        known = ((pool, self._known.get(pool)) for pool in pools)
        return {pool: kept.id for pool, kept in known if kept}

    def _remember(self, learned: Mapping[Pool, _Kept]) -> None:
        self._known.update(learned)
        self._top = max(self._top, *(kept.id for kept in learned.values())) if learned else self._top

    def _learn(self, connection: Connection, *, after: int) -> dict[Pool, _Kept]:
        """Pools that another process, or an earlier one, has made."""
        asked = sa.select(pool_table).where(pool_table.c.id > after).order_by(pool_table.c.id)
        found: dict[Pool, _Kept] = {}
        shared: dict[str, str] = {}
        for row in connection.execute(asked):
            pool = Pool(*(shared.setdefault(text, text) if text else text for text in row[1:]))
            known = self._known.get(pool)
            found[pool] = known if known and known.pool.zone_name == pool.zone_name else _Kept(row.id, pool)
        return found

    def _last(self, connection: Connection) -> tuple[dict[Pool, _Kept], list[tuple[int, int, int, int]]]:
        rows = [(row[0], row[1], row[2], row[3]) for row in connection.execute(_LAST)]
        return self._learn(connection, after=0), rows

    def _ingest(
        self, connection: Connection, *, records: Records, events: Events | None
    ) -> tuple[int, dict[Pool, _Kept]]:
        learned = self._enrol(connection, records.pools)
        numbers = [(learned.get(pool) or self._known[pool]).id for pool in records.pools]
        ids = np.array(numbers, np.int64)[records.which]
        # In the order of the key: each page of the table is written once.
        order = np.lexsort((records.at, ids))
        newer = _newer(connection, records, ids) if events else None
        new = _inserted(connection, ids[order], records.at[order], records.micros[order], records.holds or 0)
        if events and newer is not None and len(newer):
            outbox.add(connection, schema.outbox, *events(newer))
        return new, learned

    def _enrol(self, connection: Connection, pools: Sequence[Pool]) -> dict[Pool, _Kept]:
        """Give new pools numbers and known ones their names; gives what is to be remembered after the commit."""
        learned: dict[Pool, _Kept] = {}
        if any(pool not in self._known for pool in pools):
            learned = self._learn(connection, after=self._top)
        top = max([self._top, *(kept.id for kept in learned.values())])
        new, renamed = [], []
        for pool in pools:
            kept = learned.get(pool) or self._known.get(pool)
            if kept is None:
                top += 1
                learned[pool] = kept = _Kept(top, pool)
                new.append(kept)
            elif pool.zone_name and pool.zone_name != kept.pool.zone_name:
                learned[pool] = kept = _Kept(kept.id, pool)
                renamed.append(kept)
        columns = ("id", "region", "zone_id", "zone_name", "type", "product")
        if new:
            rows = [dict(zip(columns, (kept.id, *astuple(kept.pool)), strict=True)) for kept in new]
            connection.execute(pool_table.insert(), rows)
        for kept in renamed:
            renaming = pool_table.update().where(pool_table.c.id == kept.id)
            connection.execute(renaming.values(zone_name=kept.pool.zone_name))
        return learned


def _inserted(
    connection: Connection,
    ids: NDArray[np.int64],
    at: NDArray[np.int64],
    micros: NDArray[np.int64],
    holds: int,
) -> int:
    """Insert what is not there; gives how many were."""
    if connection.dialect.name == "sqlite":
        rows = list(zip(ids.tolist(), at.tolist(), micros.tolist(), [holds] * len(ids), strict=True))
        return connection.exec_driver_sql(_INSERT, rows).rowcount
    connection.exec_driver_sql(_INCOMING)
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(pgcopy(ids, at, micros, holds))
    return connection.exec_driver_sql(_FROM_INCOMING).rowcount


def pgcopy(ids: NDArray[np.int64], at: NDArray[np.int64], micros: NDArray[np.int64], holds: int) -> bytes:
    """Rows of `records` in PostgreSQL's binary COPY format, made without a loop.

    Source: PostgreSQL documentation, COPY, "Binary Format": a header, then each row as the number of its fields and
    each field as its length and its value, the most significant byte first, then -1.
    """
    rows = np.zeros(len(ids), _COPY_ROW)
    rows["fields"], rows["id_bytes"], rows["at_bytes"], rows["micros_bytes"], rows["holds_bytes"] = 4, 4, 8, 8, 4
    rows["id"], rows["at"], rows["micros"], rows["holds"] = ids, at, micros, holds
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff"


def _newer(connection: Connection, records: Records, ids: NDArray[np.int64]) -> Records:
    """Those that are newer than all that is known of their pools."""
    touched = np.unique(ids)
    newest = sa.text(
        "SELECT p.id, (SELECT max(r.at) FROM records r WHERE r.pool_id = p.id) FROM pools p"  # noqa: S608  (no input)
        f" WHERE p.id IN {_IDS[connection.dialect.name]}"
    )
    rows = connection.execute(newest, {"ids": json.dumps(touched.tolist())}).all()
    before: dict[int, int | None] = {row[0]: row[1] for row in rows}
    known = np.array([before.get(number) or 0 for number in touched.tolist()], np.int64)
    newer = records.at > known[np.searchsorted(touched, ids)]
    return Records(records.pools, records.which[newer], records.at[newer], records.micros[newer], records.holds)


def _table(connection: Connection, *, query: sa.TextClause, asked: dict[str, object]) -> NDArray[np.int64]:
    rows = connection.execute(query, asked).all()
    if not rows:
        return np.empty((4, 0), np.int64)
    return np.array([tuple(row) for row in rows], np.int64).T


def _dropped(connection: Connection, *, asked: dict[str, int]) -> int:
    return connection.execute(_FORGET, asked).rowcount
