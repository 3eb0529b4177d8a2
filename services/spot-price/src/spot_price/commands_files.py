"""The command line's part for files of prices: `import` and `export`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from genba_servicekit.cli import fail, open_database, progress, read_settings
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.clock import WallClock
from spot_price.adapters.store import Store
from spot_price.core.file_writing import Format, writer_of
from spot_price.core.files import PriceFileError, read_prices
from spot_price.core.records import Records, Seconds
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.settings import SpotSettings
from spot_price.usecases.filing import export_records, import_records
from spot_price.usecases.market import Market

_DAY: Final = 86_400
_END: Final = 1 << 40
"""Unix seconds, after everything."""


def add_file_commands(cli: typer.Typer) -> None:
    """Add the commands to a command line."""
    cli.command("import")(import_command)
    cli.command("export")(export_command)


def import_command(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, TSV, Parquet, or JSON of `aws ec2 describe-spot-price-history`; each also as .zst."),
    ],
) -> None:
    """Take recorded prices into the service's database. Importing a file twice changes nothing.

    A file is read whole first: one that is broken is named with its line, and nothing of it is kept. A server that runs
    on the same database shows what is new within seconds.
    """
    settings = read_settings(SpotSettings)
    if not settings.database_url and settings.kind != "aws":
        what = "made-up" if settings.kind == "synthetic" else "replayed"
        fail(
            f"{settings.database} holds {what} prices, with which real ones are not mixed: set SPOT_SOURCE=aws for the "
            "database of real prices (no account is needed to import), or SPOT_DATABASE_URL"
        )
    kept_since = WallClock().now() - settings.retention * _DAY
    for file, count, new, old in asyncio.run(_import(settings, files, kept_since)):
        typer.echo(f"{file}: {count:,} records, {new:,} of them new")
        if old:
            day = datetime.fromtimestamp(kept_since, UTC).date()
            typer.echo(
                f"{file}: {old:,} of them are from before {day}, and a server drops what was over by then; "
                "a longer SPOT_RETENTION keeps it",
                err=True,
            )


async def _import(settings: SpotSettings, files: list[Path], kept_since: Seconds) -> list[tuple[Path, int, int, int]]:
    """Of each file: how many records it has, how many of them were new, how many are from before a moment."""
    counts = []
    async with open_database(settings, "spot_price.migrations") as database:
        store = Store(database)
        for file in files:
            try:
                with progress(f"Reading {file.name}") as seen:
                    parts = await asyncio.to_thread(_read, file, seen)
            except (OSError, PriceFileError) as error:
                fail(f"{file}: {error.strerror if isinstance(error, OSError) else error}")
            count = sum(map(len, parts))
            old = sum(int((part.at < kept_since).sum()) for part in parts)
            with progress(f"Importing {file.name}", count) as done:
                counts.append((file, count, await import_records(store, file.name, parts, done=done), old))
    return counts


def _read(file: Path, seen: Callable[[int], None]) -> list[Records]:
    return read_prices(file.read_bytes(), seen=seen)


def export_command(  # noqa: PLR0917  (options of a command line, by name)
    file: Annotated[Path | None, typer.Argument(help="File to write; standard output if none is given.")] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to write it. [what the file's name ends with, else csv]")
    ] = None,
    instance_type: Annotated[
        list[str] | None, typer.Option("--type", help="Only these types, or patterns: g5.*")
    ] = None,
    region: Annotated[list[str] | None, typer.Option(help="Only these regions: names, prefixes, aliases.")] = None,
    zone: Annotated[list[str] | None, typer.Option(help="Only these zones, by id or name.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="Only these product descriptions.")] = None,
    start: Annotated[datetime | None, typer.Option(help="From then (UTC), with the prices in force then.")] = None,
    end: Annotated[datetime | None, typer.Option(help="Until then (UTC).")] = None,
) -> None:
    """Write recorded prices into a file, which `import`, `backtest` and a replay read.

    It is what the service keeps, of the same settings: also made-up prices, whose zones do not exist.
    """
    first, last = _moment(start, 0), _moment(end, _END)
    if first >= last:
        fail("--start has to be before --end")
    chosen = form or _form_of(file)
    wanted = Selection(tuple(instance_type or ()), tuple(region or ()), tuple(zone or ()), tuple(product or ()))
    try:
        count = asyncio.run(_export(read_settings(SpotSettings), file, chosen, wanted, (first, last)))
    except UnknownNameError as error:
        fail(str(error))
    typer.echo(f"{count:,} records exported", err=True)


async def _export(
    settings: SpotSettings, file: Path | None, form: Format, wanted: Selection, window: tuple[Seconds, Seconds]
) -> int:
    async with _market(settings) as (store, market):
        pools = market.pools(wanted)
        with _opened(file) as out, progress("Exporting pools", len(pools)) as done:
            return await export_records(store, pools, writer_of(form, out), start=window[0], end=window[1], done=done)


@asynccontextmanager
async def _market(settings: SpotSettings) -> AsyncIterator[tuple[Store, Market]]:
    async with open_database(settings, "spot_price.migrations") as database:
        store = Store(database)
        market = Market(store, packaged(), WallClock(), source="", synthetic=False)
        await market.load()
        yield store, market


@contextmanager
def _opened(file: Path | None) -> Iterator[IO[bytes]]:
    """The file, written beside and moved into place when it is whole; or standard output."""
    if file is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with beside.open("xb") as out:
            yield out
        beside.replace(file)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    finally:
        beside.unlink(missing_ok=True)


def _form_of(file: Path | None) -> Format:
    ending = "" if file is None else file.suffix.removeprefix(".").lower()
    return Format(ending) if ending in set(Format) else Format.CSV


def _moment(said: datetime | None, otherwise: Seconds) -> Seconds:
    return otherwise if said is None else int(said.replace(tzinfo=said.tzinfo or UTC).timestamp())
