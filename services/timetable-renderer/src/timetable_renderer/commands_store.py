"""The command line's part that works on what is kept: `timetable-renderer add`, `fetch`.

Both work on the database itself, beside whatever server runs on it, which shows what they did at once.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import structlog
import typer

from genba_servicekit.cli import fail, open_database, read_settings
from genba_servicekit.logging import configure_structlog
from genba_servicekit.upstream import Upstream
from timetable_renderer.adapters.sources import Sources
from timetable_renderer.adapters.store import Store
from timetable_renderer.adapters.timetable_files import festival_settings
from timetable_renderer.commands_reading import SHOWN_FAULTS, FirstDay, say_first_day
from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.parsed import SourceRefusedError
from timetable_renderer.settings import TimetableSettings
from timetable_renderer.usecases.festivals import Festivals
from timetable_renderer.usecases.refreshing import Refreshed, Refreshing, Result


@dataclass(frozen=True, slots=True)
class Kept:
    """What the commands work on."""

    store: Store
    refreshing: Refreshing


def add_store_commands(cli: typer.Typer) -> None:
    """Add the commands to a command line."""
    cli.command("add")(add_command)
    cli.command("fetch")(fetch_command)


@asynccontextmanager
async def kept() -> AsyncIterator[Kept]:
    """The festivals that are kept, and what refreshes them."""
    settings = read_settings(TimetableSettings)
    async with _quiet(settings), open_database(settings, "timetable_renderer.migrations") as database:
        upstream = Upstream(
            allow=settings.fetch_networks,
            ports=settings.fetch_ports,
            timeout=settings.fetch_timeout,
            limit=settings.fetch_limit,
        )
        store = Store(database, versions_kept=settings.versions_kept)
        try:
            yield Kept(store, Refreshing(store, Sources(upstream, limit=settings.fetch_limit), Festivals(store)))
        finally:
            await upstream.close()


@asynccontextmanager
async def _quiet(settings: TimetableSettings) -> AsyncIterator[None]:
    """No log but of errors: the commands say themselves what they did."""
    before = structlog.get_config()
    configure_structlog(settings.model_copy(update={"log_level": "error"}))
    try:
        yield
    finally:
        structlog.configure(**before)


def add_command(
    file: Annotated[Path, typer.Argument(help="A festival's settings (TOML, JSON), or a timetable alone.")],
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing if there is a festival already.")] = False,
    first_day: FirstDay = None,
) -> None:
    """Set a festival up, or otherwise than before, and fetch its timetable."""
    try:
        config, undated = festival_settings(file, first_day=first_day.date() if first_day else None)
    except SourceRefusedError as error:
        fail("\n".join(str(fault) for fault in error.faults[:SHOWN_FAULTS]))
    if undated:
        say_first_day(file)
    done = asyncio.run(_add(config, if_empty=if_empty))
    if done is None:
        typer.echo("There is a festival already: nothing was added.")
    else:
        _report({config.id: done})


async def _add(config: FestivalConfig, *, if_empty: bool) -> Refreshed | None:
    async with kept() as all_of_it:
        if if_empty and await all_of_it.store.configs():
            return None
        await all_of_it.store.put_config(config)
        return await all_of_it.refreshing.refresh(config.id)


def fetch_command(
    festivals: Annotated[list[str] | None, typer.Argument(help="Ids of festivals; all, if none is given.")] = None,
) -> None:
    """Fetch timetables now. Exit code 1 if a source could not be had or read; what was kept before stays then."""
    _report(asyncio.run(_fetch(festivals or [])))


async def _fetch(wanted: list[str]) -> dict[str, Refreshed]:
    async with kept() as all_of_it:
        known = [config.id for config in await all_of_it.store.configs()]
        if unknown := [festival for festival in wanted if festival not in known]:
            fail(f"{', '.join(unknown)}: there is no such festival; there are {', '.join(known) or 'none'}")
        return {festival: await all_of_it.refreshing.refresh(festival) for festival in wanted or known}


def _report(done: dict[str, Refreshed]) -> None:
    for festival_id, refreshed in done.items():
        for fault in refreshed.faults[:SHOWN_FAULTS]:
            typer.echo(f"{festival_id}: {fault}", err=True)
        typer.echo(f"{festival_id}: {_said(refreshed)}")
    if not done:
        typer.echo("There is no festival: `add` sets one up.")
    if any(refreshed.faults for refreshed in done.values()):
        raise SystemExit(1)


def _said(refreshed: Refreshed) -> str:
    festival, diff = refreshed.festival, refreshed.diff
    slots = f"version {festival.version}, {len(festival.slots):,} slots" if festival else "no version so far"
    if refreshed.result is Result.BUSY:
        return f"a server is fetching it at this moment; {slots}"
    if refreshed.result is Result.REFUSED or festival is None:
        return "nothing new was accepted"
    if diff is None:
        return f"unchanged: {slots}"
    changes = (
        f"{len(diff.added)} added, {len(diff.removed)} removed, {len(diff.moved)} moved, {len(diff.changed)} changed"
    )
    return f"{slots}: {changes}"
