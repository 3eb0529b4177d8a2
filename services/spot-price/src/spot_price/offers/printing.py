"""Offers as a table, as JSON or as CSV."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from spot_price.core.offers import Measure, cost, discount
from spot_price.core.records import LINUX, key_text
from spot_price.options import Format
from spot_price.usecases.market import Quote
from spot_price.watch.feed import Snapshot
from spot_price.watch.printing import COLUMNS, WIDE, as_json, dollars, moment, of_date, rounded, row

PER: Final = {"per_vcpu": Measure.VCPU, "per_gpu": Measure.GPU, "per_gpu_gib": Measure.GPU_MEMORY}
HAS: Final = ("vcpus", "gpus", "gpu_name", "gpu_memory_gib")
_DIGITS: Final = 8


def printed(seen: Snapshot, ranking: Sequence[Quote], by: Measure, form: Format) -> str:
    """What is printed, the best first, with a line end."""
    if form is Format.TABLE:
        return _table(seen, ranking, by)
    rows = [_row(quote) for quote in ranking]
    if form is Format.JSON:
        return json.dumps(as_json(seen) | {"by": by.value, "items": rows}, ensure_ascii=False, indent=2) + "\n"
    text = StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, "key", *HAS, *PER), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(quote: Quote) -> dict[str, Any]:
    has = quote.instance
    return {
        **row(quote),
        "key": key_text(quote.pool),
        **{name: None if has is None else getattr(has, name) for name in HAS},
        **{name: rounded(cost(quote, measure), _DIGITS) for name, measure in PER.items()},
    }


def _table(seen: Snapshot, ranking: Sequence[Quote], by: Measure) -> str:
    table = Table(box=None, pad_edge=False)
    for name in ("#", "$/h", "$/vCPU", "$/GPU", "$/GiB GPU", "below on demand"):
        table.add_column(name, justify="right")
    for name in ("zone", "region", "type", "GPUs", "product"):
        table.add_column(name)
    for number, quote in enumerate(ranking, 1):
        pool, has, less = quote.pool, quote.instance, discount(quote)
        table.add_row(
            str(number),
            dollars(quote.price),
            *(_figure(cost(quote, measure)) for measure in PER.values()),
            "" if less is None else f"{less:.0%}",
            " ".join(name for name in (pool.zone_id, pool.zone_name) if name),
            pool.region,
            pool.instance_type,
            f"{has.gpus} {has.gpu_name or ''}".rstrip() if has and has.gpus else "",
            "" if pool.product == LINUX else pool.product,
        )
    console = Console(width=WIDE, file=StringIO(), color_system=None)
    with console.capture() as caught:
        console.print(table)
    lines = [line.rstrip() for line in caught.get().splitlines()] if ranking else ["There is no such offer."]
    return "\n".join([*lines, "", f"{seen.source}, {moment(seen.now)}, by {by}{of_date(ranking)}", ""])


def _figure(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.4f}"
