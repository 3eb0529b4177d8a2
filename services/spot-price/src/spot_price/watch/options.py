"""What the monitor is told."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spot_price.core.records import LINUX, Seconds
from spot_price.core.selection import Selection
from spot_price.options import Format, Option, Section, names_of, one_of, products_of, server_of, types_of
from spot_price.watch.view import HOUR, window_of

LEAST_REFRESH: Final = 1.0


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What the monitor was told.

    Attributes:
        type: instance types, or patterns.
        regions: names, prefixes or aliases; empty: all.
        product: product descriptions.
        window: seconds from the chart's left edge to now.
        auto_refresh: seconds from one look to the next; 0: only when asked.
        server: address of a price service; None: the source itself.
        format: of what is printed.
    """

    type: tuple[str, ...] = ("g5.2xlarge",)
    regions: tuple[str, ...] = ()
    product: tuple[str, ...] = (LINUX,)
    window: Seconds = 3 * HOUR
    auto_refresh: float = 10.0
    server: str | None = None
    format: Format = Format.TABLE

    @property
    def selection(self) -> Selection:
        """Which pools are to be seen."""
        return Selection(types=self.type, regions=self.regions, products=self.product)


def _window(said: Any) -> Seconds:
    return window_of(str(said))


def _refresh(said: Any) -> float:
    try:
        seconds = float(said)
    except (TypeError, ValueError):
        seconds = math.nan
    if not (seconds == 0 or LEAST_REFRESH <= seconds < math.inf):
        raise ValueError(f"“{said}” is no number of seconds: 0 for never, else at least {LEAST_REFRESH:g}")
    return seconds


WATCH: Final = Section(
    "watch",
    (
        Option("type", "Instance type, or a pattern such as `g5.*`; may be given again.", "g5.2xlarge", types_of),
        Option(
            "regions", "Region, prefix (`us-west`) or `us eu ap sa ca me af all`; may be given again.", "all", names_of
        ),
        Option("product", "Product description; may be given again.", LINUX, products_of),
        Option("window", "How much time the chart shows: 15m to 90d.", "3h", _window),
        Option("auto-refresh", "Seconds from one look to the next; 0: only when asked.", "10", _refresh),
        Option("server", "Address of a running service; without it the source is asked.", "none", server_of),
        Option("format", "How `--once` prints: table, json or csv.", "table", one_of(Format, "format")),
    ),
)
"""Everything that the monitor can be told in all three ways."""


def read_options(given: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None) -> WatchOptions:
    """What the monitor is told; see Section.read. Raises OptionError."""
    return WatchOptions(**WATCH.read(given, environ, config))
