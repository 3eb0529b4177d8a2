"""What a job would have cost on recorded prices, by how it is placed.

The model. An instance is paid for from its start at the price in force, second by second. It boots; then its job
works, and saves a checkpoint every so often. A price over the cap takes the instance away at once, with the work since
the last checkpoint; its pool is then left alone for a while. A move saves first and loses nothing but the boot. Where
no price of any pool is known, nothing is reckoned: holes of a recording are in neither the cost nor the time.

Prices are looked at whenever one changes, and whenever a pool is no longer left alone while nothing runs.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import inf, isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.controlling import BLOCK, LEAST_SAVING
from spot_price.core.records import Pool, Records, Seconds
from spot_price.core.steps import Steps, steps_of

HOUR: Final = 3600


class Policy(StrEnum):
    """How a job is placed."""

    ON_DEMAND = "on-demand"
    FIXED = "fixed"
    CHEAPEST = "cheapest"
    CHASE = "chase"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every policy.

    Attributes:
        cap: the most that is paid, US dollars an hour.
        on_demand: what the type costs on demand, US dollars an hour.
        boot: seconds from an instance's start until its job works.
        checkpoint: seconds of work between checkpoints.
        saving: seconds that a checkpoint takes, in which the job does not work.
        block: seconds that a pool is left alone after it took an instance back.
        moves_for: share of the price that a move must save, for `CHASE`.
    """

    cap: float
    on_demand: float
    boot: int = 360
    checkpoint: int = 600
    saving: int = 0
    block: int = BLOCK
    moves_for: float = LEAST_SAVING

    def __post_init__(self) -> None:
        if not self.cap > 0 or not self.on_demand > 0:
            raise ValueError("the cap and the price on demand are above 0")
        if self.boot < 0 or self.checkpoint < 1 or self.saving < 0 or self.block < 0:
            raise ValueError("times are 0 or more, the time between checkpoints 1 s or more")
        if not 0 < self.moves_for < 1:
            raise ValueError("a move saves more than nothing and less than all")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a policy.

    Attributes:
        policy: how the job was placed.
        pool: the pool, for `FIXED`.
        cost: US dollars.
        useful: seconds of work that were not lost.
        wall: seconds in which a price was known.
        unknown: seconds in which none was, outside of `wall`.
        launches, interruptions, moves: how often.
    """

    policy: Policy
    pool: Pool | None
    cost: float
    useful: int
    wall: int
    unknown: int
    launches: int
    interruptions: int
    moves: int

    @property
    def per_useful_hour(self) -> float:
        """US dollars an hour of useful work; NaN where there was none."""
        return self.cost * HOUR / self.useful if self.useful else float("nan")

    @property
    def useful_share(self) -> float:
        """Share of the time that was useful; NaN where there was no time."""
        return self.useful / self.wall if self.wall else float("nan")


class Trace:
    """Prices of some pools on one axis of time.

    Args:
        steps: of each pool.
        start: from then; None: from the first price that is known.
        end: until then; None: until the last step ends.
    """

    def __init__(
        self, steps: Mapping[Pool, Steps], *, start: Seconds | None = None, end: Seconds | None = None
    ) -> None:
        self.pools: Sequence[Pool] = tuple(steps)
        known = [pool.at[0] for pool in steps.values() if len(pool)]
        if not known:
            raise ValueError("there is no price in it")
        self.start = max(int(min(known)), start) if start is not None else int(min(known))
        last = max(pool.end for pool in steps.values())
        self.end = min(last, end) if end is not None else last
        if self.end <= self.start:
            raise ValueError("there is no price between its start and its end")
        parts = [pool.window(self.start, self.end) for pool in steps.values()]
        edges = [part.at for part in parts] + [np.array([min(part.end, self.end) for part in parts], np.int64)]
        times = np.unique(np.concatenate([*edges, np.array([self.start], np.int64)]))
        self.times: NDArray[np.int64] = times[times < self.end]
        """When a price changes, from the start on."""
        self.prices: NDArray[np.float64] = np.stack([_at(part, self.times) for part in parts])
        """US dollars an hour, by pool and time; NaN where it is not known."""

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Seconds from each time until the next."""
        return np.diff(self.times, append=np.int64(self.end))

    @cached_property
    def paid(self) -> NDArray[np.float64]:
        """US dollars that each pool has cost from the start until each time."""
        costs = np.nan_to_num(self.prices) * self.lengths / HOUR
        return np.concatenate([np.zeros((len(self.pools), 1)), np.cumsum(costs, axis=1)], axis=1)

    def cost(self, pool: int, start: Seconds, end: Seconds) -> float:
        """US dollars of a pool from one moment until another."""
        return self._paid_until(pool, end) - self._paid_until(pool, start)

    def _paid_until(self, pool: int, moment: Seconds) -> float:
        index = int(self.times.searchsorted(moment, side="right")) - 1
        price = self.prices[pool, index]
        since = float(price) * (moment - int(self.times[index])) / HOUR if price == price else 0.0  # noqa: PLR0124  (NaN)
        return float(self.paid[pool, index]) + since

    def only(self, pool: Pool) -> "Trace":
        """The same with one pool alone."""
        found = object.__new__(Trace)
        found.pools, found.start, found.end = (pool,), self.start, self.end
        found.times = self.times
        found.prices = self.prices[[self.pools.index(pool)]]
        return found


def trace_of(parts: Sequence[Records], *, start: Seconds | None = None, end: Seconds | None = None) -> Trace:
    """The prices that records say, until the last record there is.

    Raises:
        ValueError: there are none between start and end.
    """
    columns: dict[Pool, list[NDArray[np.int64]]] = {}
    for part in parts:
        order = np.argsort(part.which, kind="stable")
        edges = np.searchsorted(part.which[order], np.arange(len(part.pools) + 1))
        for number, pool in enumerate(part.pools):
            rows = order[edges[number] : edges[number + 1]]
            holds = np.full(len(rows), part.holds or 0, np.int64)
            columns.setdefault(pool, []).append(np.stack([part.at[rows], part.micros[rows], holds]))
    last = max((int(part.at.max()) for part in parts if len(part)), default=0)
    steps = {}
    for pool, found in columns.items():
        table = np.concatenate(found, axis=1)
        _, first = np.unique(table[0], return_index=True)
        at, micros, holds = table[:, first]
        steps[pool] = steps_of(at, micros, holds, until=last + 1)
    return Trace(steps, start=start, end=end)


def backtest(trace: Trace, policy: Policy, terms: Terms) -> Outcome:
    """What a policy would have come to; for `FIXED`, the trace has the one pool."""
    unknown = int(trace.lengths[np.isnan(trace.prices).all(axis=0)].sum())
    wall = trace.end - trace.start - unknown
    if policy is Policy.ON_DEMAND:
        useful = kept(wall - terms.boot, terms, lost=False)
        return Outcome(policy, None, wall * terms.on_demand / HOUR, useful, wall, unknown, 1, 0, 0)
    runs, moves = _runs(trace, terms, chases=policy is Policy.CHASE)
    return Outcome(
        policy=policy,
        pool=trace.pools[0] if policy is Policy.FIXED else None,
        cost=sum(trace.cost(run.pool, run.start, run.end) for run in runs),
        useful=sum(kept(run.end - run.start - terms.boot, terms, lost=run.interrupted) for run in runs),
        wall=wall,
        unknown=unknown,
        launches=len(runs),
        interruptions=sum(run.interrupted for run in runs),
        moves=moves,
    )


def kept(worked: int, terms: Terms, *, lost: bool) -> int:
    """Seconds of work that are kept of a job that ran so long; `lost` if what came after its last checkpoint is."""
    whole, rest = divmod(max(0, worked), terms.checkpoint + terms.saving)
    return whole * terms.checkpoint + (0 if lost else min(rest, terms.checkpoint))


@dataclass(frozen=True, slots=True)
class Run:
    """One instance: its pool by number, from when until when, and whether it was taken away."""

    pool: int
    start: Seconds
    end: Seconds
    interrupted: bool


def _runs(trace: Trace, terms: Terms, *, chases: bool) -> tuple[list[Run], int]:
    """Every instance that there would have been; goes from one that ends to the next without looking in between."""
    market = _Market(trace, terms)
    runs: list[Run] = []
    moves = 0
    blocked: dict[int, Seconds] = {}
    begun = market.next_start(trace.start, blocked)
    while begun is not None:
        now, pool = begun
        away = market.taken_away(pool, now)
        better = market.better(pool, now + terms.boot, away, blocked) if chases else None
        if better is not None:
            runs.append(Run(pool, now, better, interrupted=False))
            moves += 1
            begun = market.next_start(better, blocked)
            continue
        end = trace.end if away is None else away
        dear = away is not None and not np.isnan(trace.prices[pool, market.index(away)])
        runs.append(Run(pool, now, end, interrupted=dear))
        if dear:
            blocked[pool] = end + terms.block
        begun = None if away is None else market.next_start(end, blocked)
    return runs, moves


class _Market:
    """Where in a trace something happens, by search in place of a walk."""

    def __init__(self, trace: Trace, terms: Terms) -> None:
        self._trace, self._terms = trace, terms
        self._moments: list[int] = trace.times.tolist()  # a search in a list is ten times as fast as in an array
        with np.errstate(invalid="ignore"):
            fits = trace.prices <= terms.cap
        self._offered = np.where(fits, trace.prices, np.inf)
        self._best = self._offered.min(axis=0)
        self._some = np.flatnonzero(np.isfinite(self._best))
        self._away = [trace.times[~row] for row in fits]
        self._better: dict[int, NDArray[np.int64]] = {}

    def index(self, moment: Seconds) -> int:
        """Of the prices in force then."""
        return bisect_right(self._moments, moment) - 1

    def next_start(self, since: Seconds, blocked: Mapping[int, Seconds]) -> tuple[Seconds, int] | None:
        """When and in which pool the next instance can be started."""
        now = since
        while now < self._trace.end:
            index = self.index(now)
            if not isfinite(self._best[index]):
                place = int(self._some.searchsorted(index, side="right"))
                if place == len(self._some):
                    return None
                index = int(self._some[place])
                now = self._moments[index]
            pool = self.cheapest(index, blocked, now)
            if pool is not None:
                return now, pool
            # What there is, is left alone: until it is not, or until a price changes.
            following = [until for until in blocked.values() if until > now]
            now = min([*following, *self._moments[index + 1 : index + 2]])
        return None

    def cheapest(self, index: int, blocked: Mapping[int, Seconds], now: Seconds) -> int | None:
        """The pool to be in, by number."""
        offered = self._offered[:, index].tolist()
        for pool, until in blocked.items():
            if until > now:
                offered[pool] = inf
        best = min(offered)
        return offered.index(best) if best < inf else None

    def taken_away(self, pool: int, since: Seconds) -> Seconds | None:
        """When a pool's price is over the cap or unknown, after then."""
        moments = self._away[pool]
        place = int(moments.searchsorted(since + 1))
        return int(moments[place]) if place < len(moments) else None

    def better(
        self, pool: int, since: Seconds, before: Seconds | None, blocked: Mapping[int, Seconds]
    ) -> Seconds | None:
        """When another pool is so much cheaper that a move is due, from then on."""
        if pool not in self._better:
            with np.errstate(invalid="ignore"):
                due = self._best <= (1 - self._terms.moves_for) * self._trace.prices[pool]
            self._better[pool] = self._trace.times[due]
        moments = self._better[pool]
        for place in range(int(moments.searchsorted(since)), len(moments)):
            moment = int(moments[place])
            if before is not None and moment >= before:
                return None
            index = self.index(moment)
            target = self.cheapest(index, blocked, moment)
            most = (1 - self._terms.moves_for) * self._trace.prices[pool, index]
            if target is not None and self._offered[target, index] <= most:
                return moment
        return None


def _at(steps: Steps, times: NDArray[np.int64]) -> NDArray[np.float64]:
    if not len(steps):
        return np.full(len(times), np.nan)
    index = np.searchsorted(steps.at, times, side="right") - 1
    return np.where((index >= 0) & (times < steps.end), steps.price[np.maximum(index, 0)], np.nan)
