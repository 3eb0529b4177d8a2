"""When an alert speaks: once as something comes true, and again only after it was no longer true by a margin.

An alert watches the pools that it chooses as one: what the cheapest of them costs. What it has said already is its
state, which is kept, so that no restart makes it say it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Final

from spot_price.core.records import Pool
from spot_price.core.selection import Selection

REARM: Final = 5.0
"""Per cent that a price has to go back behind its threshold: one that flutters around it is told of once."""


class Prices:
    """What those pools cost whose price is known, of all that an alert chooses.

    Args:
        known: pools with US dollars an hour.

    Attributes:
        cheapest: what costs least, with its price; None: nothing is known.
    """

    def __init__(self, known: Iterable[tuple[Pool, float]]) -> None:
        self._known = list(known)
        lowest = min((price for _, price in self._known), default=None)
        first = [pool for pool, price in self._known if price == lowest]
        self.cheapest = None if lowest is None else Spoken(min(first, key=lambda pool: (pool.region, pool.key)), lowest)

    @cached_property
    def by_place(self) -> Mapping[str, float]:
        """The same by the names that states keep."""
        return {place_of(pool): price for pool, price in self._known}


class Kind(StrEnum):
    """What an alert waits for, of the cheapest of its pools."""

    BELOW = "below"
    """It costs no more than the threshold."""
    ABOVE = "above"
    """It costs no less than the threshold: nothing is cheaper."""
    CHANGE = "change"
    """It costs so many per cent more or less than when the alert last spoke, or was made."""
    CHEAPEST = "cheapest"
    """It is in another place than before."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What somebody wants to be told of.

    Attributes:
        id: names it.
        name: as people read it.
        kind: what it waits for.
        selection: the pools that it watches.
        threshold: US dollars an hour; of `below` and `above`.
        percent: of `change`.
        rearm: per cent that the price has to go back until it can speak again; of `cheapest`, by which another place
            has to be cheaper.
        webhook: a URL that is told; None: an event alone.
        paused: whether it keeps silent.
    """

    id: str
    name: str
    kind: Kind
    selection: Selection
    threshold: float | None = None
    percent: float | None = None
    rearm: float = REARM
    webhook: str | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What an alert has said.

    Attributes:
        armed: whether it can speak; of `below` and `above`.
        reference: the price that changes are measured from; of `change`.
        place: where it was cheapest, as `place_of` writes it; of `cheapest`.
    """

    armed: bool = True
    reference: float | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an alert says.

    Attributes:
        pool: the cheapest.
        price: US dollars an hour.
        before: what was: the reference of `change`, what the former place of `cheapest` costs now; None: nothing known.
    """

    pool: Pool
    price: float
    before: float | None = None


def judge(alert: Alert, state: State, prices: Prices) -> tuple[State, Spoken | None]:
    """What an alert says now, if anything, and what its state is then. Where no price is known it waits."""
    now = prices.cheapest
    if now is None:
        return state, None
    match alert.kind:
        case Kind.BELOW | Kind.ABOVE:
            return _threshold(alert, state, now)
        case Kind.CHANGE:
            return _change(alert, state, replace(now, before=state.reference))
        case Kind.CHEAPEST:
            return _cheapest(alert, state, now, prices)


def _threshold(alert: Alert, state: State, now: Spoken) -> tuple[State, Spoken | None]:
    limit = alert.threshold or 0.0
    below = alert.kind is Kind.BELOW
    if state.armed:
        true = now.price <= limit if below else now.price >= limit
        return (replace(state, armed=False), now) if true else (state, None)
    margin = limit * alert.rearm / 100
    gone = now.price > limit + margin if below else now.price < limit - margin
    return replace(state, armed=gone), None


def _change(alert: Alert, state: State, now: Spoken) -> tuple[State, Spoken | None]:
    if state.reference is None:
        return replace(state, reference=now.price), None
    moved = abs(now.price - state.reference) * 100 >= (alert.percent or 0.0) * state.reference
    return (replace(state, reference=now.price), now) if moved else (state, None)


def _cheapest(alert: Alert, state: State, now: Spoken, prices: Prices) -> tuple[State, Spoken | None]:
    place = place_of(now.pool)
    if state.place is None:
        return replace(state, place=place), None
    if place == state.place:
        return state, None
    former = prices.by_place.get(state.place)
    if former is not None and now.price >= former * (1 - alert.rearm / 100):
        return state, None
    return replace(state, place=place), replace(now, before=former)


def place_of(pool: Pool) -> str:
    """A pool in one text, as states keep it."""
    return "/".join((pool.region, *pool.key))
