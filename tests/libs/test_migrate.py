"""Tables are brought up to date at start: once, whoever comes first, or not at all."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_servicekit.database import Database
from genba_servicekit.database_engines import make_folder, parse_url, writer_engine
from genba_servicekit.migrate import MigrationError, NewerDatabaseError, differences, upgrade

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("acts", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, nullable=False))
    op.create_table("slots", sa.Column("act", sa.Integer, sa.ForeignKey("acts.id"), primary_key=True))
"""

SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("INSERT INTO acts (id, name) VALUES (1, 'opener')")
    op.execute("INSERT INTO slots (act) VALUES (1)")
    with op.batch_alter_table("acts") as acts:  # SQLite's way: a new table, to which the old one's rows move
        acts.add_column(sa.Column("stage", sa.Text))
        acts.alter_column("name", existing_type=sa.Text, nullable=True)
"""

FAILING = """
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.execute("INSERT INTO acts (id, name) VALUES (2, 'headliner')")
    op.execute("INSERT INTO nowhere VALUES (1)")
"""

ORPHANING = """
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.execute("DELETE FROM acts")
"""

metadata = sa.MetaData()
acts = sa.Table(
    "acts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("stage", sa.Text),
)
sa.Table("slots", metadata, sa.Column("act", sa.Integer, sa.ForeignKey("acts.id"), primary_key=True))


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    folder = tmp_path / "100% of the migrations"
    (folder / "versions").mkdir(parents=True)
    (folder / "versions" / "0001_first.py").write_text(FIRST)
    (folder / "versions" / "0002_stages.py").write_text(SECOND)
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        url = parse_url(f"sqlite:///{tmp_path}/folder/acts.db")
    else:
        url = parse_url(str(request.getfixturevalue("postgres_url")))
    make_folder(url)
    engine = writer_engine(url, lock_wait=10, foreign_keys=False)
    yield engine
    engine.dispose()


def names(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(acts.c.name).order_by(acts.c.id)).scalars())


def test_every_version_is_applied_once(engine: sa.Engine, migrations: Path) -> None:
    assert upgrade(engine, migrations) == ["0001", "0002"]
    assert upgrade(engine, migrations) == []
    assert names(engine) == ["opener"]


def test_a_later_version_is_applied_to_what_is_there(engine: sa.Engine, migrations: Path) -> None:
    later = migrations / "versions" / "0002_stages.py"
    later.rename(migrations / "later")
    assert upgrade(engine, migrations) == ["0001"]
    (migrations / "later").rename(later)
    assert upgrade(engine, migrations) == ["0002"]


def test_a_migration_that_fails_leaves_nothing_behind(engine: sa.Engine, migrations: Path) -> None:
    upgrade(engine, migrations)
    (migrations / "versions" / "0003_failing.py").write_text(FAILING)

    with pytest.raises(sa.exc.DBAPIError, match="nowhere"):
        upgrade(engine, migrations)

    assert names(engine) == ["opener"]
    (migrations / "versions" / "0003_failing.py").unlink()
    assert upgrade(engine, migrations) == []


def test_a_migration_that_orphans_rows_is_taken_back(engine: sa.Engine, migrations: Path) -> None:
    upgrade(engine, migrations)
    (migrations / "versions" / "0003_orphaning.py").write_text(ORPHANING)

    with pytest.raises((MigrationError, sa.exc.IntegrityError), match="slots"):
        upgrade(engine, migrations)

    assert names(engine) == ["opener"]


def test_a_database_of_a_newer_release_is_refused_in_one_line_and_left_alone(
    engine: sa.Engine, migrations: Path
) -> None:
    upgrade(engine, migrations)
    (migrations / "versions" / "0002_stages.py").unlink()

    with pytest.raises(NewerDatabaseError, match=r"version 0002.*knows up to 0001") as refused:
        upgrade(engine, migrations)

    assert "\n" not in str(refused.value)
    assert names(engine) == ["opener"]


def test_tables_and_migrations_are_compared(engine: sa.Engine, migrations: Path) -> None:
    later = migrations / "versions" / "0002_stages.py"
    later.rename(migrations / "later")
    upgrade(engine, migrations)
    with engine.connect() as connection:
        assert [difference[0] for difference in differences(connection, metadata) if isinstance(difference, tuple)] == [
            "add_column"
        ]
    (migrations / "later").rename(later)
    upgrade(engine, migrations)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE search_index (word TEXT)")
        assert differences(connection, metadata) == []


START = """
import asyncio, sys
from pathlib import Path
from genba_servicekit.database import Database

async def main(url, migrations):
    database = Database(url, migrations=Path(migrations), read_threads=1)
    sys.stdin.readline()
    await database.start()
    await database.ping()
    await database.stop()

asyncio.run(main(*sys.argv[1:]))
"""


def test_processes_that_start_at_the_same_moment_migrate_once(engine: sa.Engine, migrations: Path) -> None:
    slow = SECOND.replace("def upgrade():", "def upgrade():\n    import time; time.sleep(0.3)")
    (migrations / "versions" / "0002_stages.py").write_text(slow)  # so that the others come while it runs
    command = [sys.executable, "-c", START, engine.url.render_as_string(hide_password=False), str(migrations)]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    failures = [process.communicate(timeout=60)[1] for process in processes]

    assert [process.returncode for process in processes] == [0] * 3, failures
    assert names(engine) == ["opener"]


async def test_migrations_are_found_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = tmp_path / "a_service" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001_first.py").write_text(FIRST)
    (tmp_path / "a_service" / "__init__.py").touch()
    (tmp_path / "a_service" / "migrations" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    database = Database(f"sqlite:///{tmp_path}/acts.db", migrations="a_service.migrations")
    await database.start()
    assert await database.read(lambda connection: sa.inspect(connection).has_table("slots"))
    await database.stop()


def test_a_folder_without_migrations_is_a_mistake(engine: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="versions"):
        upgrade(engine, tmp_path)
