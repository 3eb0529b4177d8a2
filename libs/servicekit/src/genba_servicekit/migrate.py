"""Brings a service's tables up to date at start, whoever comes first of several processes.

A service has only `migrations/versions/*.py`; the environment they run in is here. All pending versions are applied in
one transaction that holds the write lock (BEGIN IMMEDIATE, or PostgreSQL's advisory lock): others wait for it and then
find nothing left to do, and a migration that fails leaves nothing behind.
"""

from importlib.resources import files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_ENVIRONMENT = Path(__file__).with_name("database_migrations")


class NewerDatabaseError(RuntimeError):
    """The database was migrated by a newer version of the service than this one."""


class MigrationError(RuntimeError):
    """A migration left the database inconsistent, and was taken back."""


def upgrade(engine: sa.Engine, migrations: str | Path) -> list[str]:
    """Apply every version that is not applied yet, and give their names, oldest first.

    Args:
        engine: of `writer_engine(…, foreign_keys=False)`.
        migrations: an importable package or a folder, with `versions/` in it.

    Raises:
        NewerDatabaseError: the database is at a version that is not among these.
        MigrationError: rows refer to rows that the migrations removed.
    """
    config = _config(migrations)
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection, connection.begin():
        pending = _pending(connection, script)
        if pending:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_references(connection)
    return pending


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[Any]:
    """What a service's tables say otherwise than the database that its migrations made: empty where they agree.

    Tables that only the database has, such as those of a search index, are left out.
    """

    def ours(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or name in metadata.tables

    context = MigrationContext.configure(connection, opts={"include_name": ours})
    return list(compare_metadata(context, metadata))


def _config(migrations: str | Path) -> Config:
    folder = migrations if isinstance(migrations, Path) else Path(str(files(migrations)))
    versions = folder / "versions"
    if not versions.is_dir():
        raise FileNotFoundError(f"no migrations in {versions}")
    config = Config()
    for name, value in {
        "script_location": str(_ENVIRONMENT),
        "version_locations": str(versions),
        "path_separator": "newline",
    }.items():
        config.set_main_option(name, value.replace("%", "%%"))
    return config


def _pending(connection: sa.Connection, script: ScriptDirectory) -> list[str]:
    known = [version.revision for version in script.walk_revisions()][::-1]
    current = MigrationContext.configure(connection).get_current_heads()
    unknown = sorted(set(current) - set(known))
    if unknown:
        raise NewerDatabaseError(
            f"the database is at version {', '.join(unknown)}, made by a newer release than this one, "
            f"which knows up to {known[-1]}: install that release, or restore a backup of this one's"
        )
    applied = {version.revision for head in current for version in script.iterate_revisions(head, "base")}
    return [revision for revision in known if revision not in applied]


def _check_references(connection: sa.Connection) -> None:
    """SQLite has foreign keys off while tables are rebuilt, so they are checked at the end (its ALTER TABLE page)."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise MigrationError(f"after the migrations a row of {broken[0]} refers to a missing row of {broken[2]}")
