"""The command line's `offers`: pools ranked by what they cost for what they have."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from genba_servicekit.cli import fail
from spot_price.commands_watch import Open, look_once, open_feed, run_quietly
from spot_price.core.offers import rank
from spot_price.offers.options import OFFERS, read_options
from spot_price.offers.printing import printed
from spot_price.options import OptionError

OPTION: Final = OFFERS.by_name


def add_offers_command(cli: typer.Typer, open_feed: Open = open_feed) -> None:
    """Add `offers` to a command line."""

    @cli.command("offers")
    def offers_command(  # noqa: PLR0917  (options of a command line, by name)
        by: Annotated[str | None, OPTION["by"].typer()] = None,
        types: Annotated[list[str] | None, OPTION["type"].typer("-t")] = None,
        regions: Annotated[list[str] | None, OPTION["regions"].typer("-r")] = None,
        product: Annotated[list[str] | None, OPTION["product"].typer()] = None,
        gpus: Annotated[str | None, OPTION["gpus"].typer()] = None,
        max_price: Annotated[str | None, OPTION["max-price"].typer()] = None,
        limit: Annotated[str | None, OPTION["limit"].typer()] = None,
        server: Annotated[str | None, OPTION["server"].typer()] = None,
        print_format: Annotated[str | None, OPTION["format"].typer()] = None,
        config: Annotated[Path | None, OFFERS.config_option] = None,
    ) -> None:
        """Rank pools by what they cost now: of all, of a vCPU, of a GPU, of a GiB of GPU memory, or by the discount.

        Each option may also stand in the environment (SPOT_OFFERS_GPUS=1; lists with commas) or in the table `offers`
        of a TOML file (gpus = 1). The command line goes first, then the environment, then the file.
        """
        given = {
            "by": by,
            "type": types,
            "regions": regions,
            "product": product,
            "gpus": gpus,
            "max-price": max_price,
            "limit": limit,
            "server": server,
            "format": print_format,
        }
        try:
            options = read_options(given, os.environ, config)
        except OptionError as error:
            fail(str(error))
        seen = run_quietly(lambda: look_once(options.look, open_feed))
        ranking = rank(filter(options.fits, seen.quotes), options.by)[: options.limit]
        typer.echo(printed(seen, ranking, options.by, options.format), nl=False)
        for state in seen.failing:
            typer.echo(f"{state.region}: {state.reason}", err=True)
        if not ranking:
            raise SystemExit(1)
