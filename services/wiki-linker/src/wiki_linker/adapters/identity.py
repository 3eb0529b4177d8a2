"""Which wiki a database holds: a random number that is made once and kept in it."""

import secrets
from hashlib import blake2b
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_servicekit.database import Database
from wiki_linker.adapters.schema import meta

_KEY = "identity"


async def wiki_identity(database: Database) -> str:
    """A short name of this wiki: processes on one database get the same one, copies of a SQLite file do not."""
    number = await database.write(_number)
    place = _place(database.url.database) if database.dialect == "sqlite" else ""
    return blake2b(f"{number} {place}".encode(), digest_size=8).hexdigest()


def _place(path: str | None) -> str:
    return str(Path(path or "").resolve())


def _number(connection: Connection) -> int:
    known = connection.execute(sa.select(meta.c.value).where(meta.c.key == _KEY)).scalar()
    if known is None:
        known = secrets.randbits(62)
        connection.execute(meta.insert(), {"key": _KEY, "value": known})
    return int(known)
