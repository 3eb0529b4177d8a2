"""Engines for a database URL: how SQLite and PostgreSQL connections are made, and which of their errors are outages."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from genba_servicekit.errors import ServiceUnavailable

Dialect = Literal["sqlite", "postgresql"]

WRITE_LOCK_KEY: Final = 0x67656E6261  # "genba": the advisory lock that PostgreSQL's writers and migrations take
CACHE_KIB: Final = 16 * 1024  # a connection; SQLite's own default of 2 MiB holds a fifth of 7,101 wiki entries
_WAL_PAGES: Final = 1000  # 4 MB, SQLite's default: a checkpoint is tried each time the log has grown by so much
_WAL_KEPT_BYTES: Final = 4 * 1024 * 1024  # what a checkpoint leaves of a log that had grown

# mmap_size stays at zero: a read error in a mapped file is a SIGBUS that ends the process, in place of an exception.
_SQLITE_PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",  # WAL with NORMAL may lose the last commits in a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}",
    f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}",
)
_SQLITE_OUTAGES: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)


class DatabaseUnavailable(ServiceUnavailable):
    """The database cannot be reached or written, or what became of a commit is not known."""

    title = "The database is not available just now"


def parse_url(url: str) -> sa.URL:
    """Read `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…` (meant for psycopg 3).

    Raises:
        ValueError: another kind of database, or SQLite without a file.
    """
    parsed = sa.make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("a SQLite database needs a file: sqlite:///path/to/file.db")
            return parsed.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"no such kind of database: {other} (sqlite:///file or postgresql://…)")


def dialect_of(url: sa.URL) -> Dialect:
    """Which of the two it is."""
    return "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"


def writer_engine(url: sa.URL, *, lock_wait: float, foreign_keys: bool = True, cache_kib: int = CACHE_KIB) -> sa.Engine:
    """An engine of one connection whose transactions hold the write lock from their first moment.

    Args:
        url: of `parse_url`.
        lock_wait: how many seconds one attempt waits for another process's transaction.
        foreign_keys: False for migrations, which rebuild tables that others refer to.
        cache_kib: what SQLite may keep of the file in memory.
    """
    if dialect_of(url) == "sqlite":
        engine = _sqlite_engine(url, size=1, lock_wait=lock_wait, cache_kib=cache_kib)
        sa.event.listen(engine, "connect", _use_wal)
        if not foreign_keys:
            sa.event.listen(engine, "connect", _ignore_foreign_keys)
        sa.event.listen(engine, "begin", _begin_immediate)
        return engine
    engine = _postgresql_engine(url, size=1, options=f"-c lock_timeout={int(lock_wait * 1000)}")
    sa.event.listen(engine, "begin", _begin_locked)
    return engine


def reader_engine(url: sa.URL, *, size: int, lock_wait: float, cache_kib: int = CACHE_KIB) -> sa.Engine:
    """An engine of `size` connections that only read; a transaction sees one moment of the database."""
    if dialect_of(url) == "sqlite":
        engine = _sqlite_engine(url, size=size, lock_wait=lock_wait, cache_kib=cache_kib)
        sa.event.listen(engine, "connect", _only_read)
        sa.event.listen(engine, "begin", _begin_deferred)
        return engine
    return _postgresql_engine(
        url,
        size=size,
        options="-c default_transaction_isolation=repeatable\\ read -c default_transaction_read_only=on",
    )


def _sqlite_engine(url: sa.URL, *, size: int, lock_wait: float, cache_kib: int) -> sa.Engine:
    # isolation_level None leaves BEGIN to the handlers below; the sqlite3 module would begin too late, and deferred.
    arguments = {"isolation_level": None, "timeout": lock_wait, "check_same_thread": False, "cached_statements": 512}
    engine = _engine(url, size, arguments)
    sa.event.listen(engine, "connect", partial(_set_pragmas, cache_kib))
    return engine


def _postgresql_engine(url: sa.URL, *, size: int, options: str) -> sa.Engine:
    # Keepalives notice a server that vanished within about 20 s, where the kernel's own default is two hours.
    arguments = {
        "options": f"-c synchronous_commit=on {options}",
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,  # ms: keepalives say nothing while a query waits to be acknowledged
        "application_name": "genba",
    }
    return _engine(url, size, arguments)


def _engine(url: sa.URL, size: int, arguments: dict[str, Any]) -> sa.Engine:
    # Errors name the statement and not its parameters, which are texts and hashes of passwords, and would be logged.
    return sa.create_engine(url, pool_size=size, max_overflow=0, connect_args=arguments, hide_parameters=True)


def _set_pragmas(cache_kib: int, raw: Any, _entry: ConnectionPoolEntry) -> None:
    for pragma in (*_SQLITE_PRAGMAS, f"PRAGMA cache_size = -{cache_kib}"):
        raw.execute(pragma)


def _use_wal(raw: Any, _entry: ConnectionPoolEntry) -> None:
    if raw.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        raw.execute("PRAGMA journal_mode = WAL")


def _ignore_foreign_keys(raw: Any, _entry: ConnectionPoolEntry) -> None:
    raw.execute("PRAGMA foreign_keys = OFF")


def _only_read(raw: Any, _entry: ConnectionPoolEntry) -> None:
    raw.execute("PRAGMA query_only = ON")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_locked(connection: sa.Connection) -> None:
    # Held until after the commit is visible, so that numbers taken inside come out in the order of the commits.
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK_KEY})")


def make_folder(url: sa.URL) -> None:
    """Make the folder of a SQLite file, where it is missing."""
    if dialect_of(url) == "sqlite" and url.database is not None:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def is_outage(exc: BaseException) -> bool:
    """Whether this error is the database's own trouble (away, locked, full, broken), not the statement's."""
    if not isinstance(exc, sa.exc.DBAPIError):
        return isinstance(exc, sa.exc.TimeoutError)
    original: Any = exc.orig
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", None)
        return code is not None and (code & 0xFF) in _SQLITE_OUTAGES
    if hasattr(original, "sqlstate"):  # psycopg's: importing it to ask costs a service on SQLite 0.1 s of its start
        state: str | None = original.sqlstate
        if state is None:  # no server said so: there is none, or psycopg itself could not send what it was given
            return exc.connection_invalidated or isinstance(exc, sa.exc.OperationalError | sa.exc.InterfaceError)
        # Classes: 08 connection, 53 resources, 57 intervention, 58 system; 55P03 lock not to be had.
        return exc.connection_invalidated or state[:2] in {"08", "53", "57", "58"} or state == "55P03"
    return exc.connection_invalidated


def in_transaction(raw: Any) -> bool:
    """Whether a driver's connection is inside a transaction that can still be committed."""
    if isinstance(raw, sqlite3.Connection):
        return raw.in_transaction
    return bool(raw.info.transaction_status.name == "INTRANS")


def is_idle(raw: Any) -> bool:
    """Whether a driver's connection lives and is inside no transaction."""
    if isinstance(raw, sqlite3.Connection):
        return not raw.in_transaction
    return bool(raw.info.transaction_status.name == "IDLE")
