"""What to do about a job on Spot instances: start it where, leave it, take it elsewhere, stop.

A state machine without a clock, a network or a random number: every function takes what is known and gives the next
`State`; `decide` also gives what is to be done now. Whoever drives it does that, and tells it what came of it. Nothing
else may start an instance, so that there is never more than one.

Source: EC2 User Guide, "Spot Instance interruptions"; EC2 API Reference, "Error codes" (InsufficientInstanceCapacity).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeAlias

from spot_price.core.records import Pool, Seconds

LEAST_SAVING: Final = 0.2
"""Share of the price that a move must save at least: below it, boots cost more than is saved (see the backtest)."""
BLOCK: Final = 30 * 60
"""Seconds that a pool is left alone after it had no capacity, or took an instance back."""
FIRST_BACKOFF: Final = 60
LONGEST_BACKOFF: Final = 600
HALF_A_MICRO: Final = 5e-7
"""Prices are whole millionths of a dollar: what is nearer together is the same."""
MOST_DEATHS: Final = 3
"""Instances in a row that may end of themselves before they settled: what fails alike each time fails the next time."""
SETTLED: Final = 600
"""Seconds that an instance must have run for what failed before it to be forgotten."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A pool that the job could run in.

    Attributes:
        pool: which.
        price: US dollars an hour, now.
        cap: the most that is paid there, US dollars an hour: MaxPrice.
    """

    pool: Pool
    price: float
    cap: float


@dataclass(frozen=True, slots=True)
class Budget:
    """What stops the job.

    Attributes:
        total: US dollars in all; None: no bound.
        hourly: US dollars an hour; dearer pools are not taken, and left.
        seconds: from the beginning on, whether it runs or waits.
    """

    total: float | None = None
    hourly: float | None = None
    seconds: int | None = None

    def lasts(self, price: float) -> float | None:
        """Seconds that it lasts from the beginning on at a price that stays, US dollars an hour; None: for ever."""
        bounds = [] if self.seconds is None else [float(self.seconds)]
        if self.total is not None and price > 0:
            bounds.append(self.total / price * 3600)
        return min(bounds, default=None)


@dataclass(frozen=True, slots=True)
class Rules:
    """How a job is to be treated.

    Attributes:
        moves_for: share of the price that a move must save; None: a running job stays where it is.
        budget: what stops it.
        block: seconds that a pool is left alone after an interruption or a lack of capacity.
    """

    moves_for: float | None = None
    budget: Budget = field(default_factory=Budget)
    block: int = BLOCK

    def __post_init__(self) -> None:
        if self.moves_for is not None and not LEAST_SAVING <= self.moves_for < 1:
            raise ValueError(f"a running job is moved for {LEAST_SAVING:.0%} at least, and for less than all")


class Leaving(StrEnum):
    """Why an instance is being left."""

    INTERRUPTED = "interrupted"
    MOVE = "move"
    OVER_BUDGET = "over budget"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Running:
    """The one instance that there is.

    Attributes:
        instance: its id.
        offer: where it runs, at what price as far as is known.
        since: when it was started.
        leaving: why it is being left; None while it is not.
    """

    instance: str
    offer: Offer
    since: Seconds
    leaving: Leaving | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The job is over.

    Attributes:
        reason: why, for people.
        good: whether it did what it was to do.
    """

    reason: str
    good: bool


@dataclass(frozen=True, slots=True)
class State:
    """All that is known of a job.

    Attributes:
        began: when it was first looked after.
        at: until when `spent` is counted.
        running: the instance that there is.
        asked: what an instance was asked for and no answer is known of. It is asked for again under the same number,
            unless the job has ended: then whoever drives this sees to it that no instance is left.
        blocked: pools that are left alone, each until when.
        failures: one after the other.
        deaths: instances that ended of themselves before they had settled, one after the other.
        next_try: nothing is started before then.
        number: of the last instance that was asked for, from 1.
        interruptions: instances that EC2 took back.
        moves: instances left for a cheaper pool.
        spent: US dollars, at the prices that were seen.
        ended: how it ended.
    """

    began: Seconds
    at: Seconds
    running: Running | None = None
    asked: Offer | None = None
    blocked: tuple[tuple[Pool, Seconds], ...] = ()
    failures: int = 0
    deaths: int = 0
    next_try: Seconds = 0
    number: int = 0
    interruptions: int = 0
    moves: int = 0
    spent: float = 0.0
    ended: Ended | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """Start an instance; the same number means the same instance."""

    offer: Offer
    number: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End the instance, its job's checkpoint first."""

    running: Running


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing now."""

    reason: str


Decision: TypeAlias = Launch | Stop | Wait | Ended


def begin(now: Seconds) -> State:
    """A job that nothing has been done for yet."""
    return State(began=now, at=now)


def acceptable(offers: Iterable[Offer], rules: Rules, blocked: Iterable[Pool] = ()) -> list[Offer]:
    """Offers that may be taken, the cheapest first."""
    left_alone = set(blocked)
    hourly = rules.budget.hourly
    found = [
        offer
        for offer in offers
        if offer.pool not in left_alone and 0 < offer.price <= offer.cap and (hourly is None or offer.price <= hourly)
    ]
    return sorted(found, key=lambda offer: (offer.price, offer.pool.region, *offer.pool.key))


def decide(state: State, rules: Rules, now: Seconds, offers: Sequence[Offer]) -> tuple[State, Decision]:
    """What is to be done now, at these prices.

    Args:
        state: what is known of the job.
        rules: how it is to be treated.
        now: the time; not before `state.at`.
        offers: every pool that the job could run in, those included that may not be taken now.
    """
    state = _counted(state, now, offers)
    state = replace(state, blocked=tuple((pool, until) for pool, until in state.blocked if until > now))
    if state.ended is None and (reason := _over_budget(state, rules, now)):
        state = replace(state, ended=Ended(reason, good=False))
    if state.ended is not None:
        return _end(state, state.ended)
    if state.running is not None:
        return _stay_or_leave(state, state.running, rules, offers)
    if state.asked is not None:
        return state, Launch(state.asked, state.number)
    if now < state.next_try:
        return state, Wait(f"trying again in {state.next_try - now} s")
    found = acceptable(offers, rules, (pool for pool, _ in state.blocked))
    if not found:
        return state, Wait("no pool may be taken now: each is too dear, unknown or left alone")
    state = replace(state, asked=found[0], number=state.number + 1)
    return state, Launch(found[0], state.number)


def launched(state: State, now: Seconds, instance: str) -> State:
    """What was asked for was started."""
    if state.asked is None:
        raise ValueError("nothing was asked for")
    return replace(state, asked=None, at=now, running=Running(instance, state.asked, now))


def refused(state: State, rules: Rules, now: Seconds, *, pools: Iterable[Pool] = ()) -> State:
    """What was asked for could not be started; `pools` have no capacity, and are left alone."""
    blocked = _with_blocked(state, pools, now + rules.block)
    return _failed(replace(state, asked=None, blocked=blocked), now)


def noticed(state: State, rules: Rules, now: Seconds) -> State:
    """The instance was told that EC2 takes it back: its job is saving its work."""
    if state.running is None or state.running.leaving is Leaving.INTERRUPTED:
        return state
    blocked = _with_blocked(state, [state.running.offer.pool], now + rules.block)
    return replace(state, blocked=blocked, running=replace(state.running, leaving=Leaving.INTERRUPTED))


def warned(state: State, rules: Rules, now: Seconds) -> State:
    """The instance was told that it is likelier than usual to be taken back: nothing else is started in its pool."""
    if state.running is None:
        return state
    return replace(state, blocked=_with_blocked(state, [state.running.offer.pool], now + rules.block))


def finished(state: State, now: Seconds, code: int) -> State:
    """The job ended by itself. One that failed is not tried again: it would fail again, for money."""
    ended = Ended("the job is done" if code == 0 else f"the job ended with exit code {code}", good=code == 0)
    return replace(state, at=max(state.at, now), ended=state.ended or ended)


def gone(state: State, rules: Rules, now: Seconds, *, interrupted: bool, by_hand: bool = False) -> State:
    """The instance is no more.

    Args:
        state: what is known of the job.
        rules: how it is to be treated.
        now: the time.
        interrupted: EC2 says that it took it back.
        by_hand: somebody ended it, not we: they will not want another.
    """
    running = state.running
    if running is None:
        return state
    state = replace(_counted(state, now, ()), running=None)
    if interrupted or running.leaving is Leaving.INTERRUPTED:
        blocked = _with_blocked(state, [running.offer.pool], now + rules.block)
        state = replace(state, blocked=blocked, interruptions=state.interruptions + 1)
    elif running.leaving is not None:
        return replace(state, moves=state.moves + (running.leaving is Leaving.MOVE))
    elif by_hand:
        return replace(state, ended=state.ended or Ended("somebody ended the instance", good=False))
    if now - running.since >= SETTLED:
        return replace(state, failures=0, deaths=0, next_try=now)
    return _failed(_died(state) if running.leaving is None and not interrupted else state, now)


def backoff(failures: int) -> int:
    """Seconds to wait after so many failures in a row: 60, 120, 240, 480, then 600."""
    return 0 if failures < 1 else min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(failures - 1, 10))


def _counted(state: State, now: Seconds, offers: Sequence[Offer]) -> State:
    """What was spent until now, at the price that was last known; then the price of now."""
    running = state.running
    if running is None:
        return replace(state, at=max(state.at, now))
    spent = state.spent + running.offer.price * max(0, now - state.at) / 3600
    price = next((offer.price for offer in offers if offer.pool == running.offer.pool), running.offer.price)
    if not price > 0:  # unknown, NaN included: it goes on costing what it did
        price = running.offer.price
    running = replace(running, offer=replace(running.offer, price=price))
    return replace(state, at=max(state.at, now), spent=spent, running=running)


def _over_budget(state: State, rules: Rules, now: Seconds) -> str:
    budget = rules.budget
    if budget.total is not None and state.spent >= budget.total:
        return f"the budget of ${budget.total:.2f} is spent"
    if budget.seconds is not None and now - state.began >= budget.seconds:
        return "the time that the job was given is over"
    return ""


def _end(state: State, ended: Ended) -> tuple[State, Decision]:
    running = state.running
    if running is None:
        return replace(state, asked=None), ended
    if running.leaving is None:
        running = replace(running, leaving=Leaving.ENDED)
        return replace(state, running=running), Stop(running)
    return state, Wait(f"{running.instance} is ending")


def _stay_or_leave(state: State, running: Running, rules: Rules, offers: Sequence[Offer]) -> tuple[State, Decision]:
    if running.leaving is not None:
        return state, Wait(f"{running.instance} is being left: {running.leaving}")
    hourly = rules.budget.hourly
    if hourly is not None and running.offer.price > hourly:
        return _leave(state, running, Leaving.OVER_BUDGET)
    if rules.moves_for is not None:
        found = acceptable(offers, rules, (pool for pool, _ in state.blocked))
        most = (1 - rules.moves_for) * running.offer.price + HALF_A_MICRO
        if found and found[0].pool != running.offer.pool and found[0].price <= most:
            return _leave(state, running, Leaving.MOVE)
    return state, Wait(f"{running.instance} runs at ${running.offer.price:.4f} an hour")


def _leave(state: State, running: Running, why: Leaving) -> tuple[State, Decision]:
    running = replace(running, leaving=why)
    return replace(state, running=running), Stop(running)


def _died(state: State) -> State:
    deaths = state.deaths + 1
    reason = f"{deaths} instances in a row ended before the job had worked for {SETTLED // 60} minutes"
    ended = Ended(reason, good=False) if deaths >= MOST_DEATHS else None
    return replace(state, deaths=deaths, ended=state.ended or ended)


def _failed(state: State, now: Seconds) -> State:
    failures = state.failures + 1
    return replace(state, failures=failures, next_try=now + backoff(failures))


def _with_blocked(state: State, pools: Iterable[Pool], until: Seconds) -> tuple[tuple[Pool, Seconds], ...]:
    blocked = dict(state.blocked)
    for pool in pools:
        blocked[pool] = max(until, blocked.get(pool, 0))
    return tuple(blocked.items())
