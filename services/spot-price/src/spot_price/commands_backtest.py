"""The command line's part that tries policies on recorded prices: `backtest`."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from genba_servicekit.cli import fail
from spot_price.core.backtest import HOUR, Outcome, Policy, Terms, Trace, backtest, trace_of
from spot_price.core.durations import seconds_of, words_of
from spot_price.core.files import PriceFileError, read_prices
from spot_price.core.records import LINUX, Pool, Records
from spot_price.core.regions import UnknownNameError, expand_regions, near
from spot_price.core.selection import Selection
from spot_price.usecases.market import product_of

ROUNDED = 6


class Printed(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"


def add_backtest_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("backtest")(backtest_command)


def backtest_command(  # noqa: PLR0917  (options of a command line, by name)
    files: Annotated[list[Path], typer.Argument(help="Recorded prices: CSV, TSV, JSON, Parquet, also .zst.")],
    on_demand: Annotated[float, typer.Option(help="What the type costs on demand, $ an hour.", min=0.0001)],
    policy: Annotated[list[Policy] | None, typer.Option(help="Only this policy; all if none is named.")] = None,
    cap: Annotated[float | None, typer.Option(help="The most that is paid, $ an hour. [the price on demand]")] = None,
    instance_type: Annotated[str | None, typer.Option("--type", help="The type, if there are several.")] = None,
    product: Annotated[str, typer.Option(help="The product description.")] = LINUX,
    region: Annotated[list[str] | None, typer.Option(help="Only these regions: names, prefixes, aliases.")] = None,
    zone: Annotated[list[str] | None, typer.Option(help="Only these zones, by id or name.")] = None,
    boot: Annotated[str, typer.Option(metavar="TIME", help="From an instance's start until its job works.")] = "6m",
    checkpoint: Annotated[str, typer.Option(metavar="TIME", help="Work between checkpoints.")] = "10m",
    saving: Annotated[str, typer.Option(metavar="TIME", help="How long a checkpoint takes.")] = "0s",
    block: Annotated[
        str, typer.Option(metavar="TIME", help="How long a pool that took an instance back is left.")
    ] = "30m",
    move_for: Annotated[float, typer.Option(help="Per cent that a move must save, for `chase`.", min=1, max=99)] = 20,
    start: Annotated[datetime | None, typer.Option(help="From then (UTC). [the first price]")] = None,
    end: Annotated[datetime | None, typer.Option(help="Until then (UTC). [the last price]")] = None,
    print_format: Annotated[Printed, typer.Option("--format", help="How to print it.")] = Printed.TABLE,
) -> None:
    """Try policies on recorded prices: what useful work would have cost, and how often it was interrupted."""
    types = (instance_type,) if instance_type else ()
    wanted = Selection(types, tuple(region or ()), tuple(zone or ()), (product,))
    try:
        booting, working, taking, left = (seconds_of(text) for text in (boot, checkpoint, saving, block))
        terms = Terms(cap or on_demand, on_demand, booting, working, taking, left, move_for / 100)
        parts = [chosen for path in files for part in _read(path) if (chosen := select(part, wanted)) is not None]
        trace = trace_of(one_type(parts), start=_moment(start), end=_moment(end))
    except (UnknownNameError, ValueError) as error:
        fail(str(error))
    outcomes = [outcome for one in policy or list(Policy) for outcome in tried(trace, one, terms)]
    if print_format is Printed.JSON:
        typer.echo(json.dumps({"terms": _terms_json(terms), "outcomes": [_json(each) for each in outcomes]}, indent=1))
    else:
        _print(trace, terms, outcomes)


def tried(trace: Trace, policy: Policy, terms: Terms) -> list[Outcome]:
    """What a policy comes to; `fixed` in each pool, the cheapest by the useful hour first."""
    if policy is not Policy.FIXED:
        return [backtest(trace, policy, terms)]
    found = [backtest(trace.only(pool), policy, terms) for pool in trace.pools]
    return sorted(found, key=lambda outcome: (math.isnan(outcome.per_useful_hour), outcome.per_useful_hour))


def select(part: Records, wanted: Selection) -> Records | None:
    """Those records that are asked for; None if there are none.

    Raises:
        UnknownNameError: a region or product that there is none of.
    """
    regions = set(expand_regions(wanted.regions)) if wanted.regions else None
    products = {product_of(name) for name in wanted.products}
    keep = [
        (not wanted.types or pool.instance_type in wanted.types)
        and (regions is None or pool.region in regions)
        and (not wanted.zones or bool({pool.zone_id, pool.zone_name} & set(wanted.zones)))
        and pool.product in products
        for pool in part.pools
    ]
    if wanted.types and not any(pool.instance_type in wanted.types for pool in part.pools):
        name = wanted.types[0]
        raise UnknownNameError("instance type", name, near(name, {pool.instance_type for pool in part.pools}))
    rows = np.array(keep, bool)[part.which] if len(part) else np.zeros(0, bool)
    if not rows.any():
        return None
    return replace(part, which=part.which[rows], at=part.at[rows], micros=part.micros[rows])


def one_type(parts: Sequence[Records]) -> Sequence[Records]:
    """The records, if they are of one type; a job runs on one."""
    found: set[str] = set()
    for part in parts:
        found |= {part.pools[index].instance_type for index in np.unique(part.which).tolist()}
    if len(found) > 1:
        some = ", ".join(sorted(found)[:5])
        raise ValueError(f"there are {len(found)} instance types ({some}…): name one with --type")
    return [_without_empty(part) for part in parts]


def _without_empty(part: Records) -> Records:
    numbers, which = np.unique(part.which, return_inverse=True)
    pools: tuple[Pool, ...] = tuple(part.pools[number] for number in numbers.tolist())
    return replace(part, pools=pools, which=which.astype(np.int32))


def _read(path: Path) -> list[Records]:
    try:
        return read_prices(path.read_bytes())
    except (OSError, PriceFileError) as error:
        fail(f"{path}: {error.strerror if isinstance(error, OSError) else error}")


def _moment(said: datetime | None) -> int | None:
    return None if said is None else int(said.replace(tzinfo=said.tzinfo or UTC).timestamp())


def _print(trace: Trace, terms: Terms, outcomes: Sequence[Outcome]) -> None:
    first, last = (
        datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M") for moment in (trace.start, trace.end)
    )
    typer.echo(
        f"{trace.pools[0].instance_type}, {trace.pools[0].product}, {len(trace.pools)} pools, {first} to {last} UTC\n"
        f"cap ${terms.cap:g}, boot {words_of(terms.boot)}, a checkpoint every {words_of(terms.checkpoint)}; "
        f"{words_of(outcomes[0].unknown)} without any price are left out"
    )
    table = Table("policy", "$/useful hour", "useful", "interruptions", "moves", "$ in all", box=None, pad_edge=False)
    for outcome in outcomes:
        name = outcome.policy.value + (f" {outcome.pool.zone}" if outcome.pool else "")
        dollars, share = f"{outcome.per_useful_hour:.4f}", f"{outcome.useful_share:.1%}"
        counts = (str(outcome.interruptions), str(outcome.moves))
        table.add_row(name, dollars, share, *counts, f"{outcome.cost:,.2f}")
    Console(width=100).print(table)


def _terms_json(terms: Terms) -> dict[str, Any]:
    return {
        "cap": terms.cap,
        "on_demand": terms.on_demand,
        "boot_seconds": terms.boot,
        "checkpoint_seconds": terms.checkpoint,
        "saving_seconds": terms.saving,
        "block_seconds": terms.block,
        "moves_for": terms.moves_for,
    }


def _json(outcome: Outcome) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return None if math.isnan(value) else round(value, ROUNDED)

    return {
        "policy": outcome.policy.value,
        "zone": outcome.pool.zone if outcome.pool else None,
        "dollars_per_useful_hour": number(outcome.per_useful_hour),
        "useful_share": number(outcome.useful_share),
        "dollars": number(outcome.cost),
        "useful_hours": number(outcome.useful / HOUR),
        "hours": number(outcome.wall / HOUR),
        "hours_unknown": number(outcome.unknown / HOUR),
        "launches": outcome.launches,
        "interruptions": outcome.interruptions,
        "moves": outcome.moves,
    }
