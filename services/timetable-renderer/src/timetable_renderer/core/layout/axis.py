"""The elastic time axis: as long as time takes, but never so short that a card has no room."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PER_MINUTE: Final = 2.6
"""Pixels a minute, of a picture 1080 wide."""
LONGEST: Final = 240
"""Minutes in which nothing starts or ends, at the most: what goes on for days takes no more of the axis than that."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that goes on from one time to another (POSIX seconds) and needs so many pixels at the least."""

    start: float
    end: float
    least: int


@dataclass(frozen=True, slots=True)
class Axis:
    """Moments (POSIX seconds) in order, and how far below the first each is, in pixels."""

    moments: tuple[float, ...]
    places: tuple[float, ...]

    def at(self, moment: float) -> int:
        """How far below the first a moment is; between two in proportion, before and after all like the nearest."""
        index = bisect_right(self.moments, moment) - 1
        if index < 0:
            return 0
        place = self.places[index]
        if index + 1 < len(self.moments):
            share = (moment - self.moments[index]) / (self.moments[index + 1] - self.moments[index])
            place += share * (self.places[index + 1] - place)
        # Rounded alike everywhere: what is a whole number of pixels apart stays so.
        return int(place + 0.5)

    @property
    def length(self) -> int:
        """How far below the first the last is."""
        return int(self.places[-1] + 0.5) if self.places else 0


def stretch(spans: Sequence[Span], per_minute: float, apart: int = 0) -> Axis:
    """The shortest axis on which every span has its room.

    One pass over all starts and ends: each stands as far below the one before as time says, and at least as far below
    a start that is waiting for it as that needs (a longest path). Two different starts are `apart` from each other.
    """
    moments = sorted({moment for span in spans for moment in (span.start, span.end)})
    starts = {span.start for span in spans}
    ending: dict[float, list[Span]] = {}
    for span in spans:
        ending.setdefault(span.end, []).append(span)
    places: dict[float, float] = {}
    y, before, last_start = 0.0, moments[0] if moments else 0.0, None
    for moment in moments:
        y += min((moment - before) / 60, LONGEST) * per_minute
        for span in ending.get(moment, ()):
            y = max(y, places[span.start] + span.least)
        if moment in starts:
            if last_start is not None:
                y = max(y, last_start + apart)
            last_start = y
        places[moment] = y
        before = moment
    return Axis(tuple(moments), tuple(places.values()))
