"""What `offers` is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spot_price.core.offers import Measure
from spot_price.core.records import LINUX
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
from spot_price.usecases.market import Quote
from spot_price.watch.options import WatchOptions

MOST: Final = 100_000
"""Offers, or GPUs, that one may ask for."""


@dataclass(frozen=True, slots=True)
class OffersOptions:
    """What is asked for.

    Attributes:
        by: what offers are ranked by.
        type: instance types, or patterns.
        regions: names, prefixes or aliases; empty: all.
        product: product descriptions.
        gpus: with at least so many GPUs.
        max_price: at most so dear, US dollars an hour; None: however dear.
        limit: the best so many.
        server: address of a price service; None: the source itself.
        format: of what is printed.
    """

    by: Measure = Measure.PRICE
    type: tuple[str, ...] = ("*",)
    regions: tuple[str, ...] = ()
    product: tuple[str, ...] = (LINUX,)
    gpus: int = 0
    max_price: float | None = None
    limit: int = 20
    server: str | None = None
    format: Format = Format.TABLE

    @property
    def look(self) -> WatchOptions:
        """The same pools, for the monitor's feed."""
        return WatchOptions(type=self.type, regions=self.regions, product=self.product, server=self.server)

    def fits(self, quote: Quote) -> bool:
        """Whether a pool is asked for."""
        has = quote.instance
        return (not self.gpus or (has is not None and has.gpus >= self.gpus)) and (
            self.max_price is None or (quote.price is not None and quote.price <= self.max_price)
        )


AGAIN: Final = "may be given again."
OFFERS: Final = Section(
    "offers",
    (
        Option("by", f"What they are ranked by: {', '.join(Measure)}.", "price", one_of(Measure, "ranking")),
        Option("type", f"Instance type, or a pattern such as `g5.*`; {AGAIN}", "all", types_of),
        Option("regions", f"Region, prefix (`us-west`) or `us eu ap sa ca me af all`; {AGAIN}", "all", names_of),
        Option("product", f"Product description; {AGAIN}", LINUX, products_of),
        Option("gpus", "With at least so many GPUs.", "0", count_of(0, MOST)),
        Option("max-price", "At most so dear, $ an hour.", "none", dollars_of),
        Option("limit", "The best so many.", "20", count_of(1, MOST)),
        Option("server", "Address of a running service; without it the source is asked.", "none", server_of),
        Option("format", f"How they are printed: {', '.join(Format)}.", "table", one_of(Format, "format")),
    ),
)
"""Everything that it can be told in all three ways."""


def read_options(given: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None) -> OffersOptions:
    """What is asked for; see Section.read. Raises OptionError."""
    return OffersOptions(**OFFERS.read(given, environ, config))
