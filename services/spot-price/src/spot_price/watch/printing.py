"""Prices as a table, as JSON or as CSV, for `--once` and for what is no terminal."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table

from spot_price.core.offers import discount
from spot_price.core.records import Seconds, names_of
from spot_price.options import Format
from spot_price.usecases.market import Quote
from spot_price.watch.feed import Snapshot

WIDE = 200
COLUMNS = (
    "region",
    "zone_id",
    "zone_name",
    "instance_type",
    "product",
    "price",
    "since",
    "on_demand",
    "on_demand_dated",
    "discount",
)


def printed(snapshot: Snapshot, form: Format) -> str:
    """What `--once` prints, the cheapest first, with a line end."""
    if form is Format.JSON:
        return json.dumps(as_json(snapshot), ensure_ascii=False, indent=2) + "\n"
    if form is Format.CSV:
        text = StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row(quote) for quote in snapshot.quotes)
        return text.getvalue()
    return as_table(snapshot)


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """Everything that the look has seen but the past; a price that is not known is null."""
    return {
        "source": snapshot.source,
        "synthetic": snapshot.synthetic,
        "now": moment(snapshot.now),
        "items": [row(quote) for quote in snapshot.quotes],
        "failing": [{"region": state.region, "reason": state.reason, "code": state.code} for state in snapshot.failing],
    }


def row(quote: Quote) -> dict[str, Any]:
    """One pool's price by `COLUMNS`; what is not known is None."""
    return {
        **names_of(quote.pool),
        "price": quote.price,
        "since": moment(quote.since),
        "on_demand": quote.on_demand,
        "on_demand_dated": quote.on_demand_dated,
        "discount": rounded(discount(quote)),
    }


def as_table(snapshot: Snapshot) -> str:
    """A table for people, as wide as it has to be."""
    console = Console(width=WIDE, file=StringIO(), color_system=None)
    table = Table(
        "$/h", "zone", "region", "type", "product", "since (UTC)", "below on demand", box=None, pad_edge=False
    )
    table.columns[0].justify = table.columns[6].justify = "right"
    for quote in snapshot.quotes:
        pool, less = quote.pool, discount(quote)
        names = " ".join(name for name in (pool.zone_id, pool.zone_name) if name)
        table.add_row(
            dollars(quote.price),
            names,
            pool.region,
            pool.instance_type,
            pool.product,
            moment(quote.since)[:16].replace("T", " "),
            "" if less is None else f"{less:.0%}",
        )
    with console.capture() as caught:
        console.print(table)
    lines = [line.rstrip() for line in caught.get().splitlines()]
    return "\n".join([*lines, "", f"{snapshot.source}, {moment(snapshot.now)}{of_date(snapshot.quotes)}", ""])


def of_date(quotes: Iterable[Quote]) -> str:
    """Of what date their prices on demand are, to go on a line with; empty where none is known."""
    dates = sorted({quote.on_demand_dated for quote in quotes if quote.on_demand_dated})
    return f"; on demand as of {' to '.join(dict.fromkeys((dates[0], dates[-1])))}" if dates else ""


def rounded(figure: float | None, digits: int = 4) -> float | None:
    """A figure to some decimals."""
    return None if figure is None else round(figure, digits)


def dollars(price: float | None) -> str:
    """A price for people, four decimals or more where it has them."""
    if price is None:
        return "?"
    text = f"{price:.6f}".rstrip("0")
    return text if len(text.partition(".")[2]) > 4 else f"{price:.4f}"  # noqa: PLR2004  (what EC2 says, mostly)


def moment(at: Seconds) -> str:
    """A point in time as RFC 3339."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
