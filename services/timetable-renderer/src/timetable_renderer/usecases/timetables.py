"""What is made once of each version of a timetable: what searches it, and what tells it from every other."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from timetable_renderer.core.festival import Festival
from timetable_renderer.core.festival_json import digest
from timetable_renderer.core.finding import Finder

_KEPT: Final = 64
"""Versions: 1,000 slots take 1 MB."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Timetable:
    """One version of a timetable, and what is made of it.

    Attributes:
        festival: the version itself; `fetched_at` is as of now.
        finder: finds in it.
        digest: differs wherever something differs that is shown of it.
    """

    festival: Festival
    finder: Finder
    digest: str


class Timetables:
    """Keeps what was made of the versions that were asked for last. It belongs to the event loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Timetable] = OrderedDict()

    def of(self, festival: Festival) -> Timetable:
        """What is made of this version: 5 ms for 1,000 slots the first time."""
        key = festival.id, festival.version
        kept = self._kept.get(key)
        # A festival that was deleted and set up anew begins again at 1: the number alone does not tell versions apart.
        if kept is None or not _is_same(kept.festival, festival):
            kept = Timetable(festival, Finder(festival), f"{festival.version}-{digest(festival)}")
            self._kept[key] = kept
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept


def _is_same(one: Festival, other: Festival) -> bool:
    """Whether two are one version: seen again later, the version has another `fetched_at` but the same parts."""
    return one is other or (one.slots is other.slots and one.stages is other.stages and one.name == other.name)
