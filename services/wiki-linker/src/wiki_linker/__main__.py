"""The command line: `wiki-linker serve`, `import`, `export`, `user`, `config`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from genba_servicekit.auth import Role
from genba_servicekit.cli import fail, fail_without, progress, read_settings, service_cli
from genba_servicekit.errors import NotFound, ProblemError
from wiki_linker.adapters.imports import ImportJobs
from wiki_linker.adapters.store import WikiStore
from wiki_linker.app import service
from wiki_linker.core.imports import Format, Job
from wiki_linker.core.validation import InvalidText, check_user_name
from wiki_linker.settings import WikiSettings
from wiki_linker.usecases.importing import Importing, guess_format
from wiki_linker.usecases.people import Accounts
from wiki_linker.wiring import open_accounts, open_storage, wiki_database

cli = service_cli(service, help="A wiki in which every mention of every entry's keyword becomes a link.")


@dataclass(frozen=True, slots=True)
class Offline:
    """What commands work on: the database itself. A running server follows at once."""

    importing: Importing
    accounts: Accounts
    store: WikiStore


class _NobodyWaits:
    """Fulfils `ports.Freshness` for a command: it serves nobody, and servers follow the counter and the log."""

    def is_current(self) -> bool:
        return True

    async def catch_up(self, token: int = 0) -> None:
        """There is nothing to be level with."""

    async def announce(self) -> None:
        """The counter was moved at the commit."""


@asynccontextmanager
async def offline(settings: WikiSettings) -> AsyncIterator[Offline]:
    """Open the wiki's database beside whatever server runs on it."""
    async with AsyncExitStack() as stack:
        database, nobody = wiki_database(settings), _NobodyWaits()
        with fail_without(database):
            storage = await open_storage(settings, database, stack)
        importing = Importing(storage.store, ImportJobs(database), nobody, inbox=settings.data_dir)
        yield Offline(importing, open_accounts(settings, storage, nobody, stack), storage.store)


@cli.command("import")
def import_command(
    file: Annotated[
        Path, typer.Argument(help="NDJSON (an entry a line), or a MediaWiki XML dump, perhaps as .gz or .bz2.")
    ],
    file_format: Annotated[
        str, typer.Option("--format", help="ndjson or mediawiki; auto goes by the file's name.")
    ] = "auto",
    author: Annotated[str, typer.Option(help="Author of entries that name none.")] = "import",
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing if the wiki has entries already.")] = False,
) -> None:
    """Import entries. Importing a file twice changes nothing; bad lines are reported, the rest is kept.

    A server that runs on the same database shows what is imported at once.
    """
    if not file.is_file():
        fail(f"{file}: there is no such file")
    chosen = guess_format(file, file_format)
    if chosen is None:
        fail(f"--format {file_format}: must be auto, ndjson or mediawiki")
    try:
        check_user_name(author, field="--author")
    except InvalidText as error:
        fail(str(error))
    job = asyncio.run(_import(read_settings(WikiSettings), file, chosen, author, if_empty=if_empty))
    if job is None:
        typer.echo("The wiki has entries already: nothing was imported.")
        return
    for line, reason in job.rejected:
        typer.echo(f"{file}:{line}: {reason}", err=True)
    if job.rejected_count > len(job.rejected):
        typer.echo(f"… and {job.rejected_count - len(job.rejected):,} more lines were not taken.", err=True)
    typer.echo(
        f"{job.created:,} entries created, {job.updated:,} updated, {job.unchanged:,} unchanged, "
        f"{job.rejected_count:,} lines rejected."
    )
    if job.error is not None:
        fail(f"{file}: {job.error}", code=1)


async def _import(
    settings: WikiSettings, file: Path, file_format: Format, author: str, *, if_empty: bool
) -> Job | None:
    async with offline(settings) as wiki:
        if if_empty and (await wiki.store.totals()).entries:
            return None
        with progress(f"Importing {file.name}", _size(file)) as advance:
            done = 0

            def moved(_job: Job, position: int) -> None:
                nonlocal done
                advance(position - done)
                done = position

            return await wiki.importing.import_file(file, file_format, author=author, progress=moved)


def _size(file: Path) -> int:
    return file.stat().st_size


@cli.command("export")
def export_command(
    file: Annotated[Path | None, typer.Argument(help="File to write; standard output if none is given.")] = None,
) -> None:
    """Export every entry as NDJSON, oldest first: what `import` reads."""
    count = asyncio.run(_export(read_settings(WikiSettings), file))
    typer.echo(f"{count:,} entries exported.", err=True)


async def _export(settings: WikiSettings, file: Path | None) -> int:
    count = 0
    async with offline(settings) as wiki:
        try:
            with nullcontext(sys.stdout.buffer) if file is None else file.open("wb") as out:
                async for line in wiki.importing.export():
                    out.write(line)
                    count += 1
                out.flush()
        except OSError as error:
            if file is None:
                raise  # whoever read it has gone: the command line's own matter
            fail(f"{file}: {error.strerror}")
    return count


@cli.command("user")
def user_command(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.EDITOR,
    password: Annotated[
        str | None,
        typer.Option(envvar="WIKI_USER_PASSWORD", help="Makes a new person with this password; asks if none is given."),
    ] = None,
) -> None:
    """Make a person, or give one who is there another role."""
    asyncio.run(_user(read_settings(WikiSettings), name, role, password))


async def _user(settings: WikiSettings, name: str, role: Role, password: str | None) -> None:
    async with offline(settings) as wiki:
        with suppress(NotFound):
            await wiki.accounts.set_role(name, role)
            typer.echo(f"{name} is {role} now.")
            return
        if password is None and not sys.stdin.isatty():
            fail(f"{name}: there is nobody of this name yet, and a new person needs --password or WIKI_USER_PASSWORD")
        chosen = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        try:
            await wiki.accounts.add(name, chosen, role)
        except ProblemError as error:
            fail(f"{name}: {error}")
        typer.echo(f"{name} was made, as {role}.")


def main() -> None:
    """Run the command line."""
    cli()


if __name__ == "__main__":
    main()
