"""What `forecast` is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spot_price.core.forecast import AHEAD
from spot_price.core.records import LINUX
from spot_price.core.selection import Selection
from spot_price.offers.options import AGAIN
from spot_price.options import (
    Format,
    Option,
    Section,
    count_of,
    dollars_of,
    names_of,
    one_of,
    products_of,
    server_of,
    types_of,
)


@dataclass(frozen=True, slots=True)
class ForecastOptions:
    """What is asked for.

    Attributes:
        type: instance types, or patterns.
        regions: names, prefixes or aliases; empty: all.
        product: product descriptions.
        hours: so many are looked ahead.
        cap: the chance to stay under it is told, US dollars an hour; None: it is not.
        server: address of a price service; None: the source itself.
        format: of what is printed.
    """

    type: tuple[str, ...] = ("g5.2xlarge",)
    regions: tuple[str, ...] = ()
    product: tuple[str, ...] = (LINUX,)
    hours: int = AHEAD
    cap: float | None = None
    server: str | None = None
    format: Format = Format.TABLE

    @property
    def selection(self) -> Selection:
        """Which pools are meant."""
        return Selection(types=self.type, regions=self.regions, products=self.product)


FORECAST: Final = Section(
    "forecast",
    (
        Option("type", f"Instance type, or a pattern such as `g5.*`; {AGAIN}", "g5.2xlarge", types_of),
        Option("regions", f"Region, prefix (`us-west`) or `us eu ap sa ca me af all`; {AGAIN}", "all", names_of),
        Option("product", f"Product description; {AGAIN}", LINUX, products_of),
        Option("hours", f"So many are looked ahead, 1 to {AHEAD}.", f"{AHEAD}", count_of(1, AHEAD)),
        Option("cap", "Tell the chance that the price is never over this, $ an hour.", "none", dollars_of),
        Option("server", "Address of a running service; without it the source is asked.", "none", server_of),
        Option("format", f"How they are printed: {', '.join(Format)}.", "table", one_of(Format, "format")),
    ),
)
"""Everything that it can be told in all three ways."""


def read_options(
    given: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None
) -> ForecastOptions:
    """What is asked for; see Section.read. Raises OptionError."""
    return ForecastOptions(**FORECAST.read(given, environ, config))
