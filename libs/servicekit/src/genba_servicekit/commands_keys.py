"""The commands about API keys that a service without people's accounts adds: `key`, `keys`, `revoke-key`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from genba_servicekit.api_keys import ApiKeys
from genba_servicekit.auth import AuthTables, Role
from genba_servicekit.cli import fail, open_database, read_settings
from genba_servicekit.database_settings import DatabaseSettings
from genba_servicekit.errors import ProblemError

T = TypeVar("T")


def add_key_commands(
    cli: typer.Typer, settings: type[DatabaseSettings], *, migrations: str | Path, tables: AuthTables, editors: str
) -> None:
    """Add the commands to a service's command line.

    Args:
        cli: of `service_cli`.
        settings: the service's.
        migrations: the package of its migrations.
        tables: its keys.
        editors: what keys of that role are for, as `set festivals up`.
    """

    def work(action: Callable[[ApiKeys], Awaitable[T]]) -> T:
        """Run this on the service's keys, beside whatever server runs on the database."""

        async def run() -> T:
            async with open_database(read_settings(settings), migrations) as database:
                return await action(ApiKeys(database, tables))

        return asyncio.run(run())

    @cli.command("key")
    def key_command(
        name: Annotated[str, typer.Argument(help="What the key is for.")],
        role: Annotated[Role, typer.Option(help=f"What may be done with it; editors {editors}.")] = Role.ADMIN,
    ) -> None:
        """Make an API key and print it: this once, for only its hash is kept."""
        try:
            key, secret = work(lambda keys: keys.create(name, role))
        except ProblemError as error:
            fail(f"{name}: {error}")
        typer.echo(
            f"Key {key.id} for {key.name} was made, as {key.role}. Send it as “Authorization: Bearer …”:", err=True
        )
        typer.echo(secret)

    @cli.command("keys")
    def keys_command() -> None:
        """List the API keys, but not their secrets."""
        for key in work(ApiKeys.listed):
            made = datetime.fromtimestamp(key.created_at / 1000, UTC)
            state = "in use" if key.revoked_at is None else "revoked"
            typer.echo(f"{key.id}\t{key.prefix}…\t{key.role}\t{made:%Y-%m-%d}\t{state}\t{key.name}")

    @cli.command("revoke-key")
    def revoke_key_command(key_id: Annotated[int, typer.Argument(metavar="ID", help="As `keys` lists it.")]) -> None:
        """Make an API key useless; servers forget it within seconds."""
        if not work(lambda keys: keys.revoke(key_id)):
            fail(f"{key_id}: there is no such key in use")
        typer.echo(f"Key {key_id} opens nothing any more.")
