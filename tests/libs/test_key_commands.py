"""API keys are made on the command line, where the service runs."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer
from pydantic_settings import SettingsConfigDict
from typer.testing import CliRunner, Result

from genba_servicekit.auth import auth_tables
from genba_servicekit.commands_keys import add_key_commands
from genba_servicekit.database_settings import DatabaseSettings

MIGRATION = """
from alembic import op
from genba_servicekit.first_tables import people

revision = "0001"
down_revision = None


def upgrade():
    people(op)
"""


class DemoSettings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    monkeypatch.setenv("GENBA_DATA_DIR", str(tmp_path))
    return Run(tmp_path)


class Run:
    """The command line."""

    def __init__(self, folder: Path) -> None:
        (folder / "migrations" / "versions").mkdir(parents=True)
        (folder / "migrations" / "versions" / "0001_people.py").write_text(MIGRATION)
        self._cli = typer.Typer()
        tables = auth_tables(sa.MetaData())
        migrations = folder / "migrations"
        add_key_commands(self._cli, DemoSettings, migrations=migrations, tables=tables, editors="write")

    def __call__(self, *args: str) -> Result:
        return CliRunner().invoke(self._cli, args)


def test_a_key_is_shown_once_and_only_its_hash_is_kept(run: Run, tmp_path: Path) -> None:
    made = run("key", "importer")
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    assert secret.startswith("gk_")
    with sqlite3.connect(tmp_path / "demo.db") as database:
        rows = list(database.execute("SELECT name, role, key_hash FROM api_keys"))
    database.close()
    assert [(name, role) for name, role, _ in rows] == [("importer", "admin")]
    assert secret not in str(rows)


def test_keys_are_listed_and_revoked(run: Run) -> None:
    secret = run("key", "importer", "--role", "editor").stdout.strip()
    listed = run("keys").stdout
    assert "importer" in listed
    assert secret[:9] in listed
    assert secret not in listed
    assert run("revoke-key", "1").exit_code == 0
    assert "revoked" in run("keys").stdout
    again = run("revoke-key", "1")
    assert (again.exit_code, again.stderr) == (2, "1: there is no such key in use\n")


def test_what_is_no_name_and_a_database_that_is_not_there_are_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = run("key", " ")
    assert (bad.exit_code, bad.stderr.count("\n")) == (2, 1)
    monkeypatch.setenv("DEMO_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    away = run("key", "importer")
    assert away.exit_code == 2
    assert "Traceback" not in away.output
