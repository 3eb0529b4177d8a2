"""What a person's picks come to: clashes, gaps, and walks for which the time is too short.

Computed once, here, for the picture, the page, the text and the API alike.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from timetable_renderer.core.festival import Festival, Slot

MOST_PICKS: Final = 500


@dataclass(frozen=True, slots=True)
class Clash:
    """Two picks that overlap. That one ends when the other starts is no clash.

    Attributes:
        first: the one that starts earlier.
        second: the other.
        minutes: for how long both go on.
    """

    first: Slot
    second: Slot
    minutes: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A time between picks in which nothing is picked; `minutes` long."""

    start: datetime
    end: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class TightWalk:
    """Two picks in a row on different stages, with less time between them than the way takes.

    Attributes:
        available: minutes between the one's end and the other's start.
        needed: minutes on foot.
    """

    first: Slot
    second: Slot
    available: int
    needed: int


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a pick stands beside those that overlap it: the `index`-th of `count` columns."""

    index: int
    count: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One day's picks, in order of their start.

    Attributes:
        lanes: of each pick, by its id; greedy: the first column that is free.
    """

    day: date
    picks: tuple[Slot, ...]
    lanes: dict[str, Lane]
    clashes: tuple[Clash, ...]
    gaps: tuple[Gap, ...]
    walks: tuple[TightWalk, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A person's picks of a festival; days without picks are left out."""

    festival: Festival
    days: tuple[DayPlan, ...]
