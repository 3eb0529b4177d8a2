"""Where a database's prices come from, and which process on it asks for them."""

import time
from typing import Final
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_servicekit.database import Database
from spot_price.adapters.schema import collector
from spot_price.ports import Origin

HELD: Final = 30.0
"""Seconds that the lead lasts: so long nobody asks after its holder was killed. It is renewed every third of that."""
_ROW: Final = 1


class OtherSourceError(ValueError):
    """The database holds prices of another source, with which these must not be mixed."""


async def agree(database: Database, source: str, speed: float) -> Origin:
    """What the processes on a database agree on: its source, and how time goes there. The first one decides.

    With another speed than before, time goes on from where it was.

    Args:
        database: a started one.
        source: the name of where this process would take prices from.
        speed: how fast its clock would be.

    Raises:
        OtherSourceError: the database's prices come from elsewhere.
    """
    now = time.time()

    def perform(connection: Connection) -> Origin:
        c = collector.c
        row = connection.execute(sa.select(c.source, c.speed, c.wall, c.shown).where(c.id == _ROW)).one_or_none()
        if row is None:
            origin = Origin(source, speed, now, now)
            connection.execute(
                collector.insert(), {"id": _ROW, "source": source, "speed": speed, "wall": now, "shown": now}
            )
            return origin
        known = Origin(*row)
        if known.source != source:
            raise OtherSourceError(
                f"this database holds prices of {known.source}; {source} needs another: set SPOT_DATABASE_URL"
            )
        if known.speed == speed:
            return known
        shown = known.shown + (now - known.wall) * known.speed
        changed = Origin(source, speed, now, shown)
        connection.execute(collector.update().where(c.id == _ROW).values(speed=speed, wall=now, shown=shown))
        return changed

    return await database.write(perform)


class DatabaseLead:
    """Fulfils `ports.Lead` with a row that one process holds for some seconds at a time.

    Args:
        database: a started one, after `agree`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._me = uuid4().hex

    async def hold(self) -> bool:
        """Whether this process is the one that asks, for the next 30 s."""
        now = time.time()
        c = collector.c
        free = sa.or_(c.holder.is_(None), c.holder == self._me, c.held_until < now)
        taking = collector.update().where(c.id == _ROW, free).values(holder=self._me, held_until=now + HELD)
        return bool(await self._database.write(lambda connection: connection.execute(taking).rowcount))

    async def release(self) -> None:
        """Let another process take it at once."""
        c = collector.c
        leaving = collector.update().where(c.id == _ROW, c.holder == self._me).values(holder=None, held_until=None)
        await self._database.write(lambda connection: connection.execute(leaving).rowcount)
