"""The command line's monitor: `watch`. Textual is loaded when there is something to watch, not before."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeVar

import structlog
import typer

from genba_servicekit.cli import fail
from spot_price.core.regions import UnknownNameError
from spot_price.options import OptionError
from spot_price.watch.feed import Feed, FeedError, Snapshot
from spot_price.watch.options import WATCH, WatchOptions, read_options
from spot_price.watch.printing import printed

OPTION: Final = WATCH.by_name
MOST: Final = 1000
"""Columns or rows of a screenshot."""
T = TypeVar("T")
Open = Callable[[WatchOptions], Feed]
"""Makes what is looked at, within a running event loop."""


def open_feed(options: WatchOptions) -> Feed:
    """The feed that the options mean, what it needs loaded only now."""
    from spot_price.watch import opening  # noqa: PLC0415  (an HTTP client takes 0.2 s to load)

    return opening.open_feed(options.server)


def add_watch_command(cli: typer.Typer, open_feed: Open = open_feed) -> None:
    """Add `watch` to a command line."""

    @cli.command("watch")
    def watch_command(  # noqa: PLR0917  (options of a command line, by name)
        types: Annotated[list[str] | None, OPTION["type"].typer("-t")] = None,
        regions: Annotated[list[str] | None, OPTION["regions"].typer("-r")] = None,
        product: Annotated[list[str] | None, OPTION["product"].typer()] = None,
        window: Annotated[str | None, OPTION["window"].typer()] = None,
        auto_refresh: Annotated[float | None, OPTION["auto-refresh"].typer()] = None,
        server: Annotated[str | None, OPTION["server"].typer()] = None,
        config: Annotated[Path | None, WATCH.config_option] = None,
        print_format: Annotated[str | None, OPTION["format"].typer()] = None,
        once: Annotated[
            bool, typer.Option("--once", help="Print the prices and end, as where there is no terminal.")
        ] = False,
        screenshot: Annotated[
            Path | None, typer.Option(help="Draw the monitor into this SVG file and end.", dir_okay=False)
        ] = None,
        size: Annotated[str, typer.Option(help="Columns and rows of the screenshot.")] = "110x30",
    ) -> None:
        """Watch what instance types cost in every zone, zoomed to where it is cheap.

        Each option may also stand in the environment (SPOT_WATCH_WINDOW=6h; lists with commas) or in the table `watch`
        of a TOML file (window = "6h"). The command line goes first, then the environment, then the file.

        Press ? for the keys.
        """
        given = {
            "type": types,
            "regions": regions,
            "product": product,
            "window": window,
            "auto-refresh": auto_refresh,
            "server": server,
            "format": print_format,
        }
        try:
            options = read_options(given, os.environ, config)
        except OptionError as error:
            fail(str(error))
        if once or not (screenshot or (sys.stdin.isatty() and sys.stdout.isatty())):
            snapshot = run_quietly(lambda: look_once(options, open_feed))
            typer.echo(printed(snapshot, options.format), nl=False)
            for state in snapshot.failing:
                typer.echo(f"{state.region}: {state.reason}", err=True)
            if snapshot.failing and not snapshot.quotes:
                raise SystemExit(1)
            return
        from spot_price.watch.running import draw, run  # noqa: PLC0415  (Textual takes 0.3 s to load)

        if screenshot:
            try:
                run_quietly(lambda: draw(options, open_feed, screenshot, _cells(size)))
            except OSError as error:
                fail(f"{screenshot}: {error.strerror or error}")
        else:
            run_quietly(lambda: run(options, open_feed))


def _cells(text: str) -> tuple[int, int]:
    columns, x, rows = text.lower().partition("x")
    if not (x and columns.isdecimal() and rows.isdecimal() and 0 < int(columns) <= MOST and 0 < int(rows) <= MOST):
        fail(f"--size: “{text}” is no size: it looks like 110x30")
    return int(columns), int(rows)


def run_quietly(make: Callable[[], Coroutine[object, object, T]]) -> T:
    """Run it without a log; what cannot be had, or is not known, ends the command with one line."""
    try:
        with without_logs():
            return asyncio.run(make())
    except (FeedError, UnknownNameError) as error:
        fail(str(error))


@contextmanager
def without_logs() -> Iterator[None]:
    """What goes wrong is said by the command itself; a line of a log would go across it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        structlog.reset_defaults()
        logging.disable(logging.NOTSET)


async def look_once(options: WatchOptions, open_feed: Open) -> Snapshot:
    """What is chosen costs now."""
    feed = open_feed(options)
    try:
        return await feed.look(options.selection)
    finally:
        await feed.close()
