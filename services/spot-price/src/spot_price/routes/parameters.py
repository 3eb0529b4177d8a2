"""What queries of several routes have in common."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Depends, Query
from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

from genba_contracts.fields import PAGE_LIMIT_MAX
from genba_contracts.spot_fields import (
    PRICES_MAX,
    TYPES_MAX,
    AskedProduct,
    AskedRegion,
    AskedType,
    AskedZone,
    Resolution,
)
from spot_price.core.records import LINUX, Seconds
from spot_price.core.selection import Selection
from spot_price.usecases.history import ReversedWindow

ALL: Final = "all"
DAY: Final = 86_400
MOST_DOLLARS: Final = 100_000
"""US dollars an hour: more than any instance costs."""
SECONDS_OF: Final = {"m": 60, "h": 3600, "d": DAY}
_LAST: Final = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that can be said
_RFC_3339: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _time(value: object) -> object:
    """Numbers and dates alone are no points in time here, though pydantic takes them for some."""
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    raise PydanticCustomError("time", "It must be a time such as 2026-04-18T09:30:00Z (in a URL, + is %2B)")


Time = Annotated[AwareDatetime, BeforeValidator(_time)]
Types = Annotated[
    list[AskedType],
    Query(alias="type", max_length=TYPES_MAX, description="Of this type, or of those that fit `g5.*`; several."),
]
Regions = Annotated[
    list[AskedRegion],
    Query(
        alias="region",
        max_length=TYPES_MAX,
        description="In this region, in those that begin so (`us-west`), or in `us eu ap sa ca me af all`; several.",
    ),
]
Zones = Annotated[
    list[AskedZone], Query(alias="zone", max_length=TYPES_MAX, description="In this zone, by id or name; several.")
]
Products = Annotated[
    list[AskedProduct],
    Query(
        alias="product",
        max_length=TYPES_MAX,
        description="With this product, in any case, with or without ` (Amazon VPC)`; several; `all` for every one; "
        "Linux/UNIX if none is said.",
    ),
]
Start = Annotated[
    Time | None,
    Query(description="From then on, RFC 3339; a day before the end if none.", examples=["2026-04-18T06:30:00Z"]),
]
End = Annotated[
    Time | None, Query(description="Until then, RFC 3339; until now if none.", examples=["2026-04-18T09:30:00Z"])
]
Gpus = Annotated[int, Query(ge=0, le=1_000, description="With at least so many GPUs.", examples=[1])]
ResolutionQuery = Annotated[Resolution, Query()]
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT_MAX, description="At most so many items.")]
PriceLimit = Annotated[int, Query(ge=1, le=PRICES_MAX, description="At most so many prices.")]
Cursor = Annotated[
    str | None, Query(max_length=4096, description="`next_cursor` of the page before; none for the first page.")
]


async def selection(
    type_: Types = [],  # noqa: B006  (FastAPI copies it)
    region: Regions = [],  # noqa: B006
    zone: Zones = [],  # noqa: B006
    product: Products = [],  # noqa: B006
) -> Selection:
    """The pools that a query asks for."""
    return Selection(tuple(type_), tuple(region), tuple(zone), wanted_products(product))


def wanted_products(product: Sequence[str]) -> tuple[str, ...]:
    """Product descriptions as a selection has them: Linux/UNIX if none is said, nothing for all."""
    products = tuple(product) or (LINUX,)
    return () if ALL in map(str.casefold, products) else products


Selected = Annotated[Selection, Depends(selection)]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, in `Seconds`."""

    start: Seconds
    end: Seconds


@dataclass(frozen=True, slots=True)
class AskedWindow:
    """The stretch of time that a query asks for; what it does not say depends on what time it is."""

    start: datetime | None
    end: datetime | None

    def at(self, now: Seconds) -> Window:
        """The window, when it is so late; it never ends later than now.

        Raises:
            ReversedWindow: it ends before it begins, or has no length.
        """
        end = now if self.end is None else min(now, seconds(self.end))
        start = max(0, end - DAY) if self.start is None else seconds(self.start)
        if start >= end:
            raise ReversedWindow(f"It begins at {_said(start)} and ends at {_said(end)}.")
        return Window(start, end)


async def asked_window(start: Start = None, end: End = None) -> AskedWindow:
    """The stretch of time that a query asks for."""
    return AskedWindow(start, end)


WindowQuery = Annotated[AskedWindow, Depends(asked_window)]


def seconds(time: datetime) -> Seconds:
    """A point in time in the service's unit; one before 1970 is 1970: nothing was recorded then."""
    return min(max(0, int(time.timestamp())), _LAST)


def length_of(resolution: str) -> Seconds | None:
    """The length of a bucket in seconds; None for steps as they are."""
    return None if resolution == "raw" else int(resolution[:-1]) * SECONDS_OF[resolution[-1]]


def _said(at: Seconds) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
