"""Festivals, versions, copies and shares in the database: functions on transactions, run in the database's threads."""

import time
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy import Connection

from genba_servicekit import outbox
from genba_servicekit.database import Database
from genba_servicekit.logging import get_logger
from timetable_renderer import events
from timetable_renderer.adapters.schema import copies, festivals, shares, versions
from timetable_renderer.adapters.schema import outbox as outbox_table
from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.diff import Diff
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.festival_json import dump, load
from timetable_renderer.core.parsed import Fault
from timetable_renderer.ports import (
    Head,
    Outcome,
    OvertakenError,
    RefreshState,
    SourceCopy,
    Validators,
    VersionInfo,
)

_FAST: Final = 1  # zlib's level: 3 % larger than its usual 6 for a timetable, in a third of the time
_LIVE: Final = sa.not_(festivals.c.deleted)

log = get_logger(__name__)


def to_ms(at: datetime) -> int:
    """An aware time as Unix milliseconds, which is how all times are stored."""
    return round(at.timestamp() * 1000)


def to_time(ms: int | None) -> datetime | None:
    """A stored time, in UTC."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


class Store:
    """Fulfils `ports.FestivalStore`.

    Args:
        database: a started one.
        versions_kept: of each timetable; the oldest make room.
    """

    def __init__(self, database: Database, *, versions_kept: int = 500) -> None:
        self._database = database
        self._versions_kept = versions_kept

    async def configs(self) -> list[FestivalConfig]:
        """Every festival that is set up, by id."""
        rows = await self._database.read(
            lambda connection: connection.scalars(
                sa.select(festivals.c.config).where(_LIVE).order_by(festivals.c.id)
            ).all()
        )
        return [config for config in map(_config, rows) if config is not None]

    async def config(self, festival_id: str) -> FestivalConfig | None:
        """One festival's settings."""
        asked = sa.select(festivals.c.config).where(festivals.c.id == festival_id, _LIVE)
        return _config(await self._database.read(lambda connection: connection.scalar(asked)))

    async def put_config(self, config: FestivalConfig) -> bool:
        """Keep a festival's settings, its refresh due now; True if there was none of this id before."""
        return await self._database.write(partial(_put_config, config=config))

    async def delete(self, festival_id: str) -> bool:
        """Forget a festival, its versions and shares, its event in the outbox with it; False if there is none."""
        return await self._database.write(partial(_delete, festival_id=festival_id))

    async def heads(self) -> dict[str, Head]:
        """How far every festival has come, by id."""
        asked = sa.select(festivals.c.id, festivals.c.version, festivals.c.fetched_at).where(_LIVE)
        rows = await self._database.read(lambda connection: connection.execute(asked).all())
        return {row.id: Head(row.version, to_time(row.fetched_at)) for row in rows}

    async def current(self, festival_id: str) -> Festival | None:
        """The newest version of a timetable, `version` and `fetched_at` set; None before the first."""
        asked = (
            sa.select(versions.c.number, versions.c.body, festivals.c.fetched_at)
            .join_from(versions, festivals)
            .where(festivals.c.id == festival_id, _LIVE, versions.c.number == festivals.c.version)
        )
        return await self._database.read(lambda connection: _timetable(connection.execute(asked).one_or_none()))

    async def version(self, festival_id: str, version: int) -> Festival | None:
        """One version of a timetable; its `fetched_at` is when it was accepted."""
        asked = (
            sa.select(versions.c.number, versions.c.body, versions.c.accepted_at.label("fetched_at"))
            .join_from(versions, festivals)
            .where(festivals.c.id == festival_id, _LIVE, versions.c.number == version)
        )
        return await self._database.read(lambda connection: _timetable(connection.execute(asked).one_or_none()))

    async def versions(self, festival_id: str, *, before: int | None, limit: int) -> list[VersionInfo]:
        """Versions, newest first, those below `before`."""
        asked = sa.select(versions.c.number, versions.c.accepted_at, versions.c.slots)
        asked = asked.where(versions.c.festival_id == festival_id)
        if before is not None:
            asked = asked.where(versions.c.number < before)
        asked = asked.order_by(versions.c.number.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(asked).all())
        return [VersionInfo(row.number, datetime.fromtimestamp(row.accepted_at / 1000, UTC), row.slots) for row in rows]

    async def copies(self, festival_id: str) -> dict[str, SourceCopy]:
        """The last good copy of each source, by its place."""
        return await self._database.read(partial(_copies, festival_id=festival_id))

    async def states(self) -> dict[str, RefreshState]:
        """How the last refresh of every festival went, by id."""
        asked = sa.select(festivals).where(_LIVE)
        rows = await self._database.read(lambda connection: connection.execute(asked).all())
        return {
            row.id: RefreshState(
                tried_at=to_time(row.tried_at),
                fetched_at=to_time(row.fetched_at),
                failing_since=to_time(row.failing_since),
                faults=tuple(Fault(*fault) for fault in row.faults),
                passed_over=tuple(Fault(*fault) for fault in row.passed_over),
            )
            for row in rows
        }

    async def due(self, now: datetime) -> list[str]:
        """Festivals whose refresh is due and at which nobody is, the longest overdue first."""
        at = to_ms(now)
        asked = (
            sa.select(festivals.c.id)
            .where(_LIVE, festivals.c.due_at <= at, festivals.c.turn_until <= at)
            .order_by(festivals.c.due_at)
        )
        return list(await self._database.read(lambda connection: connection.scalars(asked).all()))

    async def take_turn(
        self, festival_id: str, holder: str, *, now: datetime, until: datetime, if_due: bool = False
    ) -> bool:
        """Be the only one to refresh a festival until then, or until `end_turn`; False if somebody else is at it.

        Who has the turn already keeps it for longer. With `if_due` it is also False if it has just been refreshed.
        """
        free = sa.or_(festivals.c.turn_until <= to_ms(now), festivals.c.turn_holder == holder)
        wanted = [festivals.c.due_at <= to_ms(now)] if if_due else []
        taken = (
            festivals.update()
            .where(festivals.c.id == festival_id, _LIVE, free, *wanted)
            .values(turn_holder=holder, turn_until=to_ms(until))
        )
        return await self._database.write(lambda connection: connection.execute(taken).rowcount == 1)

    async def end_turn(self, festival_id: str, holder: str) -> None:
        """Let others refresh it again."""
        ended = (
            festivals.update()
            .where(festivals.c.id == festival_id, festivals.c.turn_holder == holder)
            .values(turn_holder=None, turn_until=0)
        )
        await self._database.write(lambda connection: connection.execute(ended).rowcount)

    async def accept(self, config: FestivalConfig, festival: Festival, diff: Diff | None, outcome: Outcome) -> Festival:
        """Keep a new version, its event in the outbox with it; gives it with its number and time.

        Raises:
            OvertakenError: the settings or the version are not those any more.
        """
        return await self._database.write(
            partial(_accept, config=config, festival=festival, diff=diff, outcome=outcome, kept=self._versions_kept)
        )

    async def refuse(self, festival_id: str, outcome: Outcome) -> None:
        """Keep why a refresh failed; the timetable and the copies stay as they are."""
        await self._database.write(partial(_note, festival_id=festival_id, outcome=outcome, good=False))


class Shares:
    """Fulfils `ports.ShareStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: str, festival_id: str, picks: tuple[str, ...]) -> None:
        """Keep picks under a key; the same again changes nothing."""
        now = time.time_ns() // 1_000_000

        def perform(connection: Connection) -> None:
            known = connection.scalar(sa.select(shares.c.festival_id).where(shares.c.key == key))
            if known is None:
                row = {"key": key, "festival_id": festival_id, "picks": list(picks), "created_at": now}
                connection.execute(shares.insert(), row)

        await self._database.write(perform)

    async def get(self, key: str) -> tuple[str, tuple[str, ...]] | None:
        """The festival and the picks of a key."""
        asked = sa.select(shares.c.festival_id, shares.c.picks).where(shares.c.key == key)
        row = await self._database.read(lambda connection: connection.execute(asked).one_or_none())
        return None if row is None else (row.festival_id, tuple(row.picks))


def _config(row: Any) -> FestivalConfig | None:
    """Settings as they were kept; None if there are none, or none that hold still (a time zone may be gone)."""
    try:
        return None if row is None else FestivalConfig.model_validate(row)
    except ValidationError:
        log.exception("a festival's settings cannot be read", festival=row.get("id"))
        return None


def _timetable(row: "sa.Row[Any, Any, Any] | None") -> Festival | None:
    if row is None:
        return None
    return replace(load(zlib.decompress(row.body)), version=row.number, fetched_at=to_time(row.fetched_at))


def _put_config(connection: Connection, *, config: FestivalConfig) -> bool:
    there = connection.execute(
        sa.select(festivals.c.deleted).where(festivals.c.id == config.id).with_for_update()
    ).one_or_none()
    values = {"config": config.to_json(), "deleted": False, "due_at": 0}
    if there is None:
        unset = {"version": 0, "last_version": 0, "faults": [], "passed_over": [], "turn_until": 0}
        connection.execute(festivals.insert(), {"id": config.id, **unset, **values})
        return True
    connection.execute(festivals.update().where(festivals.c.id == config.id), values)
    return bool(there.deleted)


def _delete(connection: Connection, *, festival_id: str) -> bool:
    gone = festivals.update().where(festivals.c.id == festival_id, _LIVE).values(
        deleted=True,
        config={},
        version=0,
        tried_at=None,
        fetched_at=None,
        failing_since=None,
        faults=[],
        passed_over=[],
    )  # fmt: skip
    if connection.execute(gone).rowcount == 0:
        return False
    for table in (versions, copies, shares):
        connection.execute(table.delete().where(table.c.festival_id == festival_id))
    outbox.add(connection, outbox_table, events.deleted(festival_id))
    return True


def _copies(connection: Connection, *, festival_id: str) -> dict[str, SourceCopy]:
    rows = connection.execute(sa.select(copies).where(copies.c.festival_id == festival_id))
    return {
        row.place: SourceCopy(
            row.place,
            zlib.decompress(row.body),
            Validators(row.etag, row.last_modified),
            datetime.fromtimestamp(row.fetched_at / 1000, UTC),
        )
        for row in rows
    }


def _accept(
    connection: Connection,
    *,
    config: FestivalConfig,
    festival: Festival,
    diff: Diff | None,
    outcome: Outcome,
    kept: int,
) -> Festival:
    there = connection.execute(sa.select(festivals).where(festivals.c.id == config.id, _LIVE)).one_or_none()
    if there is None or there.version != festival.version or _config(there.config) != config:
        raise OvertakenError(config.id)
    number = there.version
    if diff is not None:
        number = there.last_version + 1
        festival = replace(festival, version=number)
        row = {
            "festival_id": config.id,
            "number": number,
            "accepted_at": to_ms(outcome.at),
            "slots": len(festival.slots),
            "body": zlib.compress(dump(festival), _FAST),
        }
        connection.execute(versions.insert(), row)
        connection.execute(
            versions.delete().where(versions.c.festival_id == config.id, versions.c.number <= number - kept)
        )
        connection.execute(
            festivals.update().where(festivals.c.id == config.id), {"version": number, "last_version": number}
        )
        outbox.add(connection, outbox_table, events.updated(festival, diff))
    _keep(connection, config.id, outcome.copies)
    # A new version is fetched now, whatever is wrong with one of its sources; an old one only if all were had.
    fetched_at = _note(connection, festival_id=config.id, outcome=outcome, good=diff is not None or not outcome.faults)
    return replace(festival, version=number, fetched_at=to_time(fetched_at))


def _keep(connection: Connection, festival_id: str, good: Iterable[SourceCopy]) -> None:
    """Keep these copies and no others; bodies that are there already are not written again."""
    mine = copies.c.festival_id == festival_id
    there = {
        row.place: (row.etag, row.last_modified, row.body)
        for row in connection.execute(
            sa.select(copies.c.place, copies.c.etag, copies.c.last_modified, copies.c.body).where(mine)
        )
    }
    for copy in good:
        known = there.pop(copy.place, None)
        values: dict[str, Any] = {
            "body": zlib.compress(copy.body, _FAST),
            "etag": copy.validators.etag,
            "last_modified": copy.validators.last_modified,
            "fetched_at": to_ms(copy.fetched_at),
        }
        if known is None:
            connection.execute(copies.insert(), {"festival_id": festival_id, "place": copy.place, **values})
        elif known != (values["etag"], values["last_modified"], values["body"]):
            connection.execute(copies.update().where(mine, copies.c.place == copy.place), values)
    if there:
        connection.execute(copies.delete().where(mine, copies.c.place.in_(there)))


def _note(connection: Connection, *, festival_id: str, outcome: Outcome, good: bool) -> int | None:
    """Keep how a refresh went, and give the time of the last one in which everything was had."""
    at = to_ms(outcome.at)
    values: dict[str, Any] = {
        "tried_at": at,
        "due_at": to_ms(outcome.due),
        "faults": [[fault.where, fault.reason] for fault in outcome.faults],
        "passed_over": [[fault.where, fault.reason, fault.harmless] for fault in outcome.passed_over],
        "failing_since": sa.func.coalesce(festivals.c.failing_since, at) if outcome.faults else None,
    }
    if good:
        values["fetched_at"] = at
    noted = festivals.update().where(festivals.c.id == festival_id, _LIVE).values(values)
    fetched_at: int | None = connection.scalar(noted.returning(festivals.c.fetched_at))
    return fetched_at
