"""The command line's `forecast`: what prices may be in the next hours, and how far to trust that."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from genba_servicekit.cli import fail
from spot_price.commands_watch import run_quietly
from spot_price.forecasts.options import FORECAST, ForecastOptions, read_options
from spot_price.forecasts.printing import printed
from spot_price.options import OptionError
from spot_price.watch.feed import Foresight, Foreteller

OPTION: Final = FORECAST.by_name
Open = Callable[[str | None], Foreteller]
"""Makes what is asked, within a running event loop, of a service's address or of the settings."""


def open_foreteller(server: str | None) -> Foreteller:
    """The service or the source, what it needs loaded only now."""
    from spot_price.watch import opening  # noqa: PLC0415  (an HTTP client takes 0.2 s to load)

    return opening.open_feed(server)


def add_forecast_command(cli: typer.Typer, open_foreteller: Open = open_foreteller) -> None:
    """Add `forecast` to a command line."""

    @cli.command("forecast")
    def forecast_command(  # noqa: PLR0917  (options of a command line, by name)
        types: Annotated[list[str] | None, OPTION["type"].typer("-t")] = None,
        regions: Annotated[list[str] | None, OPTION["regions"].typer("-r")] = None,
        product: Annotated[list[str] | None, OPTION["product"].typer()] = None,
        hours: Annotated[str | None, OPTION["hours"].typer()] = None,
        cap: Annotated[str | None, OPTION["cap"].typer()] = None,
        server: Annotated[str | None, OPTION["server"].typer()] = None,
        print_format: Annotated[str | None, OPTION["format"].typer()] = None,
        config: Annotated[Path | None, FORECAST.config_option] = None,
    ) -> None:
        """Tell what prices may be in the next hours: between what and what, and the chance that they stay under a cap.

        It is told where such forecasts have been better than two that are free: “it stays as it is”, and “as it mostly
        was”. The figures stand beside it.

        Each option may also stand in the environment (SPOT_FORECAST_HOURS=6; lists with commas) or in the table
        `forecast` of a TOML file (hours = 6). The command line goes first, then the environment, then the file.
        """
        given = {
            "type": types,
            "regions": regions,
            "product": product,
            "hours": hours,
            "cap": cap,
            "server": server,
            "format": print_format,
        }
        try:
            options = read_options(given, os.environ, config)
        except OptionError as error:
            fail(str(error))
        seen = run_quietly(lambda: _ask(options, open_foreteller))
        typer.echo(printed(seen, options.hours, options.cap, options.format), nl=False)
        for state in seen.failing:
            typer.echo(f"{state.region}: {state.reason}", err=True)
        if not any(one.forecast for one in seen.items):
            raise SystemExit(1)


async def _ask(options: ForecastOptions, open_foreteller: Open) -> Foresight:
    foreteller = open_foreteller(options.server)
    try:
        return await foreteller.outlooks(options.selection, hours=options.hours, cap=options.cap)
    finally:
        await foreteller.close()
