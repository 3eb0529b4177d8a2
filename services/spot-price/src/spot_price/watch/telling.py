"""What the monitor says in words: its head, its foot, a line's details."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from rich.text import Text

from spot_price.core.offers import discount
from spot_price.core.records import LINUX, Pool
from spot_price.core.selection import Selection
from spot_price.ports import RegionState
from spot_price.usecases.market import Quote
from spot_price.watch import palette
from spot_price.watch.feed import Snapshot
from spot_price.watch.printing import dollars, moment
from spot_price.watch.view import Band, View, span

HINT: Final = "? keys  q leave "
NAMED: Final = 2
"""Failing regions that the foot names with their reason; the rest it counts."""


def fits(pool: Pool, text: str) -> bool:
    """Whether every word of a text is in a pool's zone, region, type or product."""
    names = " ".join(filter(None, (pool.region, pool.zone_id, pool.zone_name, pool.instance_type, pool.product)))
    return all(word in names.lower() for word in text.lower().split())


def head(
    snapshot: Snapshot | None, selection: Selection, view: View, *, band: Band, text: str, every: float, width: int
) -> Text:
    """Two lines: what is seen and where it comes from; the window, the band, the time."""
    what = [f" {' '.join(selection.types)}", ", ".join(selection.regions) or "all regions"]
    if selection.products != (LINUX,):
        what.append(", ".join(selection.products))
    if text:
        what.append(f"/{text}")
    source = snapshot.source if snapshot else ""
    if snapshot and snapshot.synthetic and "synthetic" not in source:
        source = f"synthetic: {source}"
    until = "now" if view.end is None else _minute(view.end)
    how = [f" {span(view.window)} until {until}"]
    if snapshot:
        how.append(f"{_price(band[0])} to {_price(band[1])} $/h")
    how.append("log" if view.log else "")
    how.append(f"every {every:g} s" if every else "on r")
    return Text.assemble(
        _line(what, source, width, palette.WARNING if snapshot and snapshot.synthetic else palette.FAINT),
        "\n",
        _line(how, _second(snapshot.now) if snapshot else "", width, palette.FAINT),
    )


def foot(said: str, trouble: str, failing: Sequence[RegionState], lines: int, width: int) -> Text:
    """One line: what was said, else what is wrong, else how many lines there are; then how to get on."""
    if said:
        words, style = said, palette.TEXT
    elif trouble:
        words, style = trouble, palette.WARNING
    elif failing:
        named = [f"{state.region}: {state.reason}" for state in failing[:NAMED]]
        more = [f"{len(failing) - NAMED} more fail"] if len(failing) > NAMED else []
        words, style = "; ".join([*named, *more]), palette.WARNING
    else:
        words, style = f"{lines} lines" if lines != 1 else "1 line", palette.FAINT
    return _line([f" {words}"], HINT.rstrip(), width, palette.FAINT, style)


def details(quote: Quote, snapshot: Snapshot) -> list[tuple[str, str]]:
    """All that is known of a line, as (what, what it is)."""
    pool, steps, instance = quote.pool, snapshot.steps.get(quote.pool), quote.instance
    rows = [
        ("price", f"{dollars(quote.price)} $/h since {_second(quote.since)}"),
        ("on demand", _on_demand(quote)),
        ("zone", " ".join(name for name in (pool.zone_id, pool.zone_name) if name)),
        ("region", pool.region + _failing(pool.region, snapshot)),
        ("product", pool.product),
    ]
    if instance:
        rows.append(("machine", f"{instance.vcpus} vCPU, {instance.memory_gib:g} GiB"))
        if instance.gpus:
            rows.append(("GPU", f"{instance.gpus} × {instance.gpu_name}, {instance.gpu_memory_gib:g} GiB in all"))
    if steps is not None:
        price, lengths = steps.price, steps.lengths()
        known = ~np.isnan(price) & (lengths > 0)
        if known.any():
            mean = float(np.average(price[known], weights=lengths[known]))
            low, high = float(price[known].min()), float(price[known].max())
            rows.append(("in this window", f"{dollars(low)} to {dollars(high)}, {mean:.4f} $/h on average"))
            rows.append(("changes", str(int(np.count_nonzero(np.diff(price[known]))))))
    observed = "never" if quote.observed_until is None else _second(quote.observed_until)
    return [*rows, ("last answer", observed), ("source", snapshot.source)]


def _failing(region: str, snapshot: Snapshot) -> str:
    return next((f": {state.reason}" for state in snapshot.failing if state.region == region), "")


def _line(parts: Sequence[str], right: str, width: int, style: str, left_style: str = palette.TEXT) -> Text:
    """Parts at the left as far as there is room, something at the right."""
    right = f"{right} " if right else ""
    if len(right) > width // 2:
        right = right[: max(0, width // 2 - 2)] + "… "
    left = "  ·  ".join(part for part in parts if part)
    room = width - len(right) - 1
    if len(left) > room:
        left = left[: max(0, room - 1)] + "…"
    return Text.assemble((left.ljust(room + 1), left_style), (right, style))


def _price(price: float) -> str:
    return f"{price:.3g}" if price < 1 else f"{price:.2f}"


def _second(at: int) -> str:
    return moment(at).replace("T", " ").replace("Z", " UTC")


def _minute(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%M")


def _on_demand(quote: Quote) -> str:
    less = discount(quote)
    words = [f"{dollars(quote.on_demand)} $/h"]
    words += [] if less is None else [f"{less:.0%} less"]
    words += [f"of {quote.on_demand_dated}"] if quote.on_demand_dated else []
    return ", ".join(words)
