"""Which pools a job could run in at what is known now, what would be done, and what it would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from spot_price.core import controlling
from spot_price.core.controlling import Budget, Decision, Launch, Offer, Rules
from spot_price.core.jobs import Rehearsal
from spot_price.core.records import Pool
from spot_price.ports import RegionState
from spot_price.usecases.market import Quote
from spot_price.watch.feed import Snapshot

HOUR: Final = 3600
STALE: Final = HOUR
"""Seconds after which a price is not counted on: EC2 is asked every minute, and a region that fails is told of."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pool that may not be taken.

    Attributes:
        pool: which.
        price: US dollars an hour; None where it is not known.
        reason: why, for people.
    """

    pool: Pool
    price: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Costs:
    """What a job would cost in a pool.

    Attributes:
        hourly: US dollars an hour, at the price of now.
        most_hourly: at the highest price that is paid.
        seconds: after which the budget stops it, at the price of now; None: never.
        total: US dollars until then; None: nothing stops it.
    """

    hourly: float
    most_hourly: float
    seconds: float | None
    total: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done now.

    Attributes:
        source: where the prices come from.
        synthetic: whether they are made up.
        now: what time it was there.
        quotes: what every pool costs.
        decision: what would be done.
        offers: those that may be taken, the cheapest first.
        left_out: those that may not.
        failing: regions that could not be asked.
        costs: what it would cost where it would be started; None if nothing would be.
        rehearsal: what EC2 says to it; None if it was not asked.
    """

    source: str
    synthetic: bool
    now: int
    quotes: Sequence[Quote]
    decision: Decision
    offers: Sequence[Offer]
    left_out: Sequence[LeftOut]
    failing: Sequence[RegionState]
    costs: Costs | None
    rehearsal: Rehearsal | None = None


def offers_of(snapshot: Snapshot, rules: Rules, max_price: float | None) -> list[Offer]:
    """Every pool of known price, with the most that is paid there: the hourly budget too is told to EC2."""
    found = []
    for quote in snapshot.quotes:
        cap = _cap(quote, rules, max_price)
        if quote.price is not None and cap is not None and not _stale(quote, snapshot.now):
            found.append(Offer(quote.pool, quote.price, cap))
    return found


def plan_of(snapshot: Snapshot, rules: Rules, max_price: float | None) -> Plan:
    """What would be done at these prices with a job that nothing was done for yet."""
    offers = offers_of(snapshot, rules, max_price)
    _, decision = controlling.decide(controlling.begin(snapshot.now), rules, snapshot.now, offers)
    taken = controlling.acceptable(offers, rules)
    pools = {offer.pool for offer in taken}
    left_out = [
        LeftOut(quote.pool, quote.price, _reason(quote, snapshot.now, rules, max_price))
        for quote in snapshot.quotes
        if quote.pool not in pools
    ]
    return Plan(
        source=snapshot.source,
        synthetic=snapshot.synthetic,
        now=snapshot.now,
        quotes=snapshot.quotes,
        decision=decision,
        offers=taken,
        left_out=left_out,
        failing=snapshot.failing,
        costs=costs_of(decision.offer, rules.budget) if isinstance(decision, Launch) else None,
    )


def costs_of(offer: Offer, budget: Budget) -> Costs:
    """What a job costs that runs there, at the price of now, until its budget stops it."""
    seconds = budget.lasts(offer.price)
    total = None if seconds is None else seconds / HOUR * offer.price
    return Costs(offer.price, offer.cap, seconds, total)


def _cap(quote: Quote, rules: Rules, max_price: float | None) -> float | None:
    most = max_price or quote.on_demand
    hourly = rules.budget.hourly
    return most if most is None or hourly is None else min(most, hourly)


def _stale(quote: Quote, now: int) -> bool:
    return quote.observed_until is not None and now - quote.observed_until > STALE


def _reason(quote: Quote, now: int, rules: Rules, max_price: float | None) -> str:
    if quote.price is None:
        return "its price is not known"
    if _stale(quote, now):
        return "its region has not answered for an hour"
    if max_price is None and quote.on_demand is None:
        return "what it costs on demand is not known: --max-price says what may be paid"
    hourly = rules.budget.hourly
    if hourly is not None and quote.price > hourly:
        return f"dearer than the ${hourly:g} an hour of --budget-hourly"
    if max_price is not None:
        return f"dearer than the ${max_price:g} an hour of --max-price"
    return f"dearer than the ${quote.on_demand:g} an hour of on demand"
