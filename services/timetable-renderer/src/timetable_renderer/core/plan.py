"""What a person's picks come to: clashes, gaps, and walks for which the time is too short.

Computed once, here, for the picture, the page, the text and the API alike.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from operator import itemgetter
from typing import Final, TypeAlias, TypeVar

from timetable_renderer.core.festival import Festival, Slot, elapsed_minutes

MOST_PICKS: Final = 500
_Timed: TypeAlias = tuple[float, float, Slot]
"""A slot behind its start and end in POSIX seconds."""
_Pair = TypeVar("_Pair", "Clash", "TightWalk")


class UnknownPicksError(ValueError):
    """Picks that the timetable does not have; `ids` are all of them, in the order in which they were given."""

    def __init__(self, *ids: str) -> None:
        super().__init__(f"the timetable has no slot {', '.join(ids)}")
        self.ids = ids


class TooManyPicksError(ValueError):
    """More than `MOST_PICKS` picks; `count` of them."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} picks are too many; at most {MOST_PICKS} go on one picture")
        self.count = count


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
        clashes: all pairs, those with a pick of an earlier day that goes on for so long among them.
        gaps: between this day's picks.
        walks: to a pick of this day.
    """

    day: date
    picks: tuple[Slot, ...]
    lanes: dict[str, Lane]
    clashes: tuple[Clash, ...]
    gaps: tuple[Gap, ...]
    walks: tuple[TightWalk, ...]


@dataclass(frozen=True)
class Plan:
    """A person's picks of a festival, in the order of its slots."""

    festival: Festival
    picks: tuple[Slot, ...]

    @cached_property
    def days(self) -> tuple[DayPlan, ...]:
        """What they come to, day by day; days without picks are left out.

        Found out when it is first asked for, 7 ms for 500 picks: who only asks whether a picture has changed, or draws
        in a thread, does not hold others up for it. All durations are of time that passes, not differences between
        what clocks show: they differ when clocks change.
        """
        return _days(self.festival, self.picks)


def make_plan(festival: Festival, picks: Iterable[str]) -> Plan:
    """Picks of a festival, to say what they come to. The same pick twice is one pick.

    Raises:
        TooManyPicksError: there are more than `MOST_PICKS`.
        UnknownPicksError: the festival does not have all of them.
    """
    wanted = dict.fromkeys(picks)
    if len(wanted) > MOST_PICKS:
        raise TooManyPicksError(len(wanted))
    chosen = tuple(slot for slot in festival.slots if slot.id in wanted)
    known = {slot.id for slot in chosen}
    if unknown := [pick for pick in wanted if pick not in known]:
        raise UnknownPicksError(*unknown)
    return Plan(festival, chosen)


def _days(festival: Festival, picks: Sequence[Slot]) -> tuple[DayPlan, ...]:
    # Seconds are looked up once: a zone's answer for a time takes longer than all else here.
    timed = [(slot.start.timestamp(), slot.end.timestamp(), slot) for slot in picks]
    # Stable: slots that start at once stay in the order of their stages.
    timed.sort(key=itemgetter(0))
    clashes = _by_day(_clashes(timed))
    walks = _by_day(_tight_walks(festival, timed))
    days: dict[date, list[Slot]] = {}
    for _, _, slot in timed:
        days.setdefault(slot.day, []).append(slot)
    return tuple(
        DayPlan(
            day=day,
            picks=tuple(of_day),
            lanes=make_lanes(of_day),
            clashes=tuple(clashes.get(day, ())),
            gaps=tuple(_gaps(of_day)),
            walks=tuple(walks.get(day, ())),
        )
        for day, of_day in sorted(days.items())
    )


def overlap(one: Slot, other: Slot) -> bool:
    """Do the two go on at the same time? That one ends when the other starts is no overlap."""
    return max(one.start.timestamp(), other.start.timestamp()) < min(one.end.timestamp(), other.end.timestamp())


def clusters(slots: Iterable[Slot]) -> Iterator[list[Slot]]:
    """Slots, in order of their start, in groups that have no moment in common; each hangs together by overlaps."""
    cluster: list[Slot] = []
    end = float("-inf")
    for slot in slots:
        if cluster and slot.start.timestamp() >= end:
            yield cluster
            cluster = []
        cluster.append(slot)
        end = max(end, slot.end.timestamp())
    if cluster:
        yield cluster


def _by_day(pairs: Iterable[_Pair]) -> dict[date, list[_Pair]]:
    days: dict[date, list[_Pair]] = {}
    for pair in pairs:
        days.setdefault(pair.second.day, []).append(pair)
    return days


def _clashes(timed: Sequence[_Timed]) -> Iterator[Clash]:
    open_slots: list[_Timed] = []
    for one in timed:
        start, end, slot = one
        open_slots = [other for other in open_slots if other[1] > start]
        for _, ends, other in open_slots:
            # A clash of some seconds is one all the same.
            yield Clash(other, slot, max(1, int(min(ends, end) - start) // 60))
        open_slots.append(one)


def _gaps(slots: Sequence[Slot]) -> Iterator[Gap]:
    end: datetime | None = None
    for cluster in clusters(slots):
        start = cluster[0].start
        if end is not None and (minutes := elapsed_minutes(end, start)) > 0:
            yield Gap(start=end, end=start, minutes=minutes)
        end = max((slot.end for slot in cluster), key=datetime.timestamp)


def _tight_walks(festival: Festival, timed: Sequence[_Timed]) -> Iterator[TightWalk]:
    """Walks from each pick to those that start next, once it has ended."""
    starts = [start for start, _, _ in timed]
    for _, end, first in timed:
        index = following = bisect_left(starts, end)
        while following < len(timed) and starts[following] == starts[index]:
            second = timed[following][2]
            available = int(starts[index] - end) // 60
            needed = festival.walk(first.stage, second.stage)
            if available < needed:
                yield TightWalk(first=first, second=second, available=available, needed=needed)
            following += 1


def make_lanes(slots: Sequence[Slot]) -> dict[str, Lane]:
    """Each slot's column, by its id: the first that is free, for one after the other by start (they are in order).

    No other way needs fewer columns. `count` is of the slots that hang together by overlaps.
    """
    lanes: dict[str, Lane] = {}
    for cluster in clusters(slots):
        ends: list[float] = []
        taken: list[tuple[str, int]] = []
        for slot in cluster:
            start = slot.start.timestamp()
            index = next((column for column, end in enumerate(ends) if end <= start), len(ends))
            ends[index : index + 1] = [slot.end.timestamp()]
            taken.append((slot.id, index))
        lanes |= {slot_id: Lane(index=index, count=len(ends)) for slot_id, index in taken}
    return lanes
