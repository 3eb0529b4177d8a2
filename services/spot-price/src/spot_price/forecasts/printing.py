"""Forecasts as a table, as JSON or as CSV."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from spot_price.core.forecast import BAND, HOUR, SHARES
from spot_price.core.records import LINUX, key_text, names_of
from spot_price.options import Format
from spot_price.usecases.forecasting import Outlook, Silence
from spot_price.watch.feed import Foresight
from spot_price.watch.printing import WIDE, dollars, moment, rounded

QUANTILES: Final = tuple(f"p{round(100 * share)}" for share in SHARES)
_POOL: Final = ("region", "zone_id", "zone_name", "instance_type", "product", "key", "price")
_SCORE: Final = ("tried", "loss", "staying", "usual", "in_band")
COLUMNS: Final = (*_POOL, "reason", "at", *QUANTILES, "under", *_SCORE)
_WORDS: Final = {
    Silence.NO_PRICE: "the price of now is not known",
    Silence.TOO_LITTLE_KNOWN: "too little is known",
    Silence.NOT_BETTER: "no better than what is free",
}
_SHOWN: Final = (BAND[0], len(SHARES) // 2, BAND[1])
_DIGITS: Final = 6


def printed(seen: Foresight, hours: int, cap: float | None, form: Format) -> str:
    """What is printed, the cheapest now first, with a line end."""
    if form is Format.TABLE:
        return _table(seen, hours, cap)
    if form is Format.JSON:
        told = {
            "source": seen.source,
            "synthetic": seen.synthetic,
            "now": moment(seen.now),
            "cap": cap,
            "items": [_item(one) for one in seen.items],
            "failing": [{"region": one.region, "reason": one.reason, "code": one.code} for one in seen.failing],
        }
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in seen.items:
        item = _item(one)
        fixed = {name: item[name] for name in (*_POOL, "reason")} | (item["score"] or {})
        # A pool without a forecast has one row, which says why.
        for hour in item["hours"] or [{"price": {}}]:
            writer.writerow(fixed | {name: hour.get(name) for name in ("at", "under")} | hour["price"])
    return text.getvalue()


def _item(one: Outlook) -> dict[str, Any]:
    fared, score = one.fared, None
    if fared is not None:
        figures = (fared.ours, fared.staying, fared.usual, fared.in_band)
        score = dict(zip(_SCORE, (fared.tried, *(round(figure, _DIGITS) for figure in figures)), strict=True))
    return {
        **names_of(one.pool),
        "key": key_text(one.pool),
        "price": one.price,
        "offered": one.forecast is not None,
        "reason": one.silence,
        "hours": list(_hours(one)),
        "score": score,
    }


def _hours(one: Outlook) -> Iterator[dict[str, Any]]:
    if one.forecast is None:
        return
    under = one.forecast.under
    for number, row in enumerate(one.forecast.quantiles.tolist()):
        yield {
            "at": moment(one.now + (number + 1) * HOUR),
            "price": dict(zip(QUANTILES, (round(price, _DIGITS) for price in row), strict=True)),
            "under": None if under is None else rounded(float(under[number])),
        }


def _table(seen: Foresight, hours: int, cap: float | None) -> str:
    table = Table(box=None, pad_edge=False)
    under = [] if cap is None else [f"≤ {dollars(cap)}"]
    for name in ("$/h", *(f"{SHARES[place]:.0%}" for place in _SHOWN), *under, "of staying", "of usual", "in band"):
        table.add_column(name, justify="right")
    for name in ("zone", "region", "type", "product", ""):
        table.add_column(name)
    for one in seen.items:
        pool, fared = one.pool, one.fared
        figures = [""] * (len(_SHOWN) + len(under))
        if one.forecast is not None:
            figures = [f"{one.forecast.quantiles[-1, place]:.4f}" for place in _SHOWN]
            if one.forecast.under is not None:
                figures.append(f"{one.forecast.under[-1]:.0%}")
        table.add_row(
            dollars(one.price),
            *figures,
            *(["", "", ""] if fared is None else [_share(fared.ours, fared.staying), _share(fared.ours, fared.usual)]),
            *([] if fared is None else [f"{fared.in_band:.0%}"]),
            " ".join(name for name in (pool.zone_id, pool.zone_name) if name),
            pool.region,
            pool.instance_type,
            "" if pool.product == LINUX else pool.product,
            "" if one.silence is None else _WORDS[one.silence],
        )
    console = Console(width=WIDE, file=StringIO(), color_system=None)
    with console.capture() as caught:
        console.print(table)
    lines = [line.rstrip() for line in caught.get().splitlines()] if seen.items else ["There is no such pool."]
    return "\n".join([*lines, "", f"{seen.source}, {moment(seen.now)}, in {hours} h", ""])


def _share(loss: float, of: float) -> str:
    return f"{loss / of:.2f}" if of else ""
