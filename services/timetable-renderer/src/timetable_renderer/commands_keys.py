"""The command line's part about API keys: `timetable-renderer key`, `keys`, `revoke-key`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from genba_servicekit.auth import ApiKey, Role
from genba_servicekit.cli import fail, read_settings
from genba_servicekit.database import Database, DatabaseUnavailable
from genba_servicekit.errors import ProblemError
from genba_servicekit.migrate import NewerDatabaseError
from timetable_renderer.adapters.keys import Keys
from timetable_renderer.settings import TimetableSettings


def add_key_commands(cli: typer.Typer) -> None:
    """Add the commands to a command line."""
    cli.command("key")(key_command)
    cli.command("keys")(keys_command)
    cli.command("revoke-key")(revoke_key_command)


@asynccontextmanager
async def open_database() -> AsyncIterator[Database]:
    """The service's database, beside whatever server runs on it; ends the command with a line if there is none."""
    settings = read_settings(TimetableSettings)
    database = Database(settings.database, migrations="timetable_renderer.migrations")
    try:
        await database.start()
    except (DatabaseUnavailable, NewerDatabaseError, OSError) as error:
        fail(f"{database.url.render_as_string()}: {error}")
    try:
        yield database
    finally:
        await database.stop()


def key_command(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[Role, typer.Option(help="What may be done with it; editors set festivals up.")] = Role.ADMIN,
) -> None:
    """Make an API key and print it: this once, for only its hash is kept."""
    try:
        key, secret = asyncio.run(_create(name, role))
    except ProblemError as error:
        fail(f"{name}: {error}")
    typer.echo(f"Key {key.id} for {key.name} was made, as {key.role}. Send it as “Authorization: Bearer …”:", err=True)
    typer.echo(secret)


async def _create(name: str, role: Role) -> tuple[ApiKey, str]:
    async with open_database() as database:
        return await Keys(database).create(name, role)


def keys_command() -> None:
    """List the API keys, but not their secrets."""
    for key in asyncio.run(_listed()):
        made = datetime.fromtimestamp(key.created_at / 1000, UTC)
        state = "in use" if key.revoked_at is None else "revoked"
        typer.echo(f"{key.id}\t{key.prefix}…\t{key.role}\t{made:%Y-%m-%d}\t{state}\t{key.name}")


async def _listed() -> list[ApiKey]:
    async with open_database() as database:
        return list(await Keys(database).listed())


def revoke_key_command(key_id: Annotated[int, typer.Argument(metavar="ID", help="As `keys` lists it.")]) -> None:
    """Make an API key useless; servers forget it within seconds."""
    if not asyncio.run(_revoke(key_id)):
        fail(f"{key_id}: there is no such key in use")
    typer.echo(f"Key {key_id} opens nothing any more.")


async def _revoke(key_id: int) -> bool:
    async with open_database() as database:
        return await Keys(database).revoke(key_id)
