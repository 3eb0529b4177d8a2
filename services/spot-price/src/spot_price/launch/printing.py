"""A dry run as a table for people, and as JSON for programs."""

import json
import shlex
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from spot_price.core.controlling import Launch, Offer, Wait
from spot_price.core.durations import words_of
from spot_price.core.records import names_of
from spot_price.launch.options import LaunchOptions, Printed
from spot_price.launch.planning import LeftOut, Plan
from spot_price.watch.printing import WIDE, dollars, moment, of_date

SHOWN: Final = 8
"""Pools that may be taken, and reasons for those that may not, in the table; JSON has all."""
SOME: Final = 4
"""Zones that are named with a reason."""
DAY: Final = 24


def printed(plan: Plan, options: LaunchOptions) -> str:
    """What a dry run prints, with a line end."""
    if options.format is Printed.JSON:
        return json.dumps(as_json(plan, options), ensure_ascii=False, indent=2) + "\n"
    return as_text(plan, options)


def as_json(plan: Plan, options: LaunchOptions) -> dict[str, Any]:
    """All of it."""
    budget = options.rules.budget
    return {
        "source": plan.source,
        "synthetic": plan.synthetic,
        "now": moment(plan.now),
        "job": {
            "name": options.name,
            "command": list(options.command),
            "store": options.store and f"{options.store}/{options.name}",
        },
        "budget": {"dollars": budget.total, "dollars_an_hour": budget.hourly, "seconds": budget.seconds},
        "would": would(plan),
        "launch": _offer(plan.decision.offer) if isinstance(plan.decision, Launch) else None,
        "costs": plan.costs
        and {
            "dollars_an_hour": plan.costs.hourly,
            "dollars_an_hour_at_most": plan.costs.most_hourly,
            "seconds": None if plan.costs.seconds is None else round(plan.costs.seconds),
            "dollars": None if plan.costs.total is None else round(plan.costs.total, 6),
        },
        "ec2": plan.rehearsal
        and {
            "image": plan.rehearsal.image,
            "subnet": plan.rehearsal.subnet,
            "user_data_bytes": plan.rehearsal.user_data_bytes,
            "says": plan.rehearsal.said,
        },
        "offers": [_offer(offer) for offer in plan.offers],
        "left_out": [{**names_of(each.pool), "price": each.price, "reason": each.reason} for each in plan.left_out],
        "failing": [{"region": state.region, "reason": state.reason, "code": state.code} for state in plan.failing],
    }


def as_text(plan: Plan, options: LaunchOptions) -> str:
    """A few lines and a table."""
    lines = [f"{options.name}: {shlex.join(options.command)}", would(plan)]
    if plan.costs is not None:
        lines.append(_costs(plan))
    if plan.rehearsal is not None:
        lines.append(
            f"EC2 says: {plan.rehearsal.said} ({plan.rehearsal.image} in {plan.rehearsal.subnet}, "
            f"{plan.rehearsal.user_data_bytes:,} bytes of user data)"
        )
    if options.store is None:
        lines.append("To start it, --store has to say where it is kept safe: s3://bucket/folder")
    lines += ["", *_table(plan)] if plan.offers else []
    if more := len(plan.offers) - SHOWN:
        lines += [f"and {more} more"] if more > 0 else []
    lines += _left_out(plan.left_out)
    lines += ["", f"nothing was started; prices: {plan.source}, {moment(plan.now)}{of_date(plan.quotes)}", ""]
    return "\n".join(lines)


def would(plan: Plan) -> str:
    """What would be done, in a line."""
    match plan.decision:
        case Launch(offer=offer):
            return (
                f"would start a {offer.pool.instance_type} in {offer.pool.zone} ({offer.pool.region}) "
                f"at ${dollars(offer.price)} an hour, at most ${dollars(offer.cap)}"
            )
        case Wait(reason=reason):
            return f"would wait: {reason}"
        case other:  # of a job that nothing was done for yet, only these two can come
            raise AssertionError(other)


def _costs(plan: Plan) -> str:
    costs = plan.costs
    if costs is None:
        return ""
    a_day = f"a day costs ${costs.hourly * DAY:.2f} at this price, ${costs.most_hourly * DAY:.2f} at most"
    if costs.seconds is None or costs.total is None:
        return f"{a_day}; no --budget ends it"
    return f"{a_day}; its budget ends it after {words_of(costs.seconds)}, at ${costs.total:.2f}"


def _table(plan: Plan) -> list[str]:
    table = Table("$/h", "at most", "zone", "region", "type", "below on demand", box=None, pad_edge=False)
    table.columns[0].justify = table.columns[1].justify = table.columns[5].justify = "right"
    on_demand = {quote.pool: quote.on_demand for quote in plan.quotes}
    for offer in plan.offers[:SHOWN]:
        pool, whole = offer.pool, on_demand.get(offer.pool)
        names = " ".join(name for name in (pool.zone_id, pool.zone_name) if name)
        less = f"{1 - offer.price / whole:.0%}" if whole else ""
        table.add_row(dollars(offer.price), dollars(offer.cap), names, pool.region, pool.instance_type, less)
    console = Console(width=WIDE, file=StringIO(), color_system=None)
    with console.capture() as caught:
        console.print(table)
    return [line.rstrip() for line in caught.get().splitlines()]


def _left_out(left_out: Sequence[LeftOut]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for each in left_out:
        by_reason.setdefault(each.reason, []).append(each.pool.zone)
    lines = []
    for reason, zones in list(by_reason.items())[:SHOWN]:
        more = f" and {len(zones) - SOME} more" if len(zones) > SOME else ""
        lines.append(f"not in {', '.join(zones[:SOME])}{more}: {reason}")
    return ["", *lines] if lines else []


def _offer(offer: Offer) -> dict[str, Any]:
    return {**names_of(offer.pool), "price": offer.price, "max_price": offer.cap}
