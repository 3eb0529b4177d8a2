"""The elastic time axis: as long as time takes, but never so short that a card has no room."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PER_MINUTE: Final = 2.6
"""Pixels a minute, of a picture 1080 wide."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that goes on from one time to another (POSIX seconds) and needs so many pixels at the least."""

    start: float
    end: float
    least: int


def stretch(spans: Sequence[Span], per_minute: float, apart: int = 0) -> list[tuple[int, int]]:
    """Top and bottom of each span, from 0: the shortest axis on which every one has its room.

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
        y += (moment - before) / 60 * per_minute
        for span in ending.get(moment, ()):
            y = max(y, places[span.start] + span.least)
        if moment in starts:
            if last_start is not None:
                y = max(y, last_start + apart)
            last_start = y
        places[moment] = y
        before = moment
    # Rounded alike everywhere: what is a whole number of pixels apart stays so.
    return [(int(places[span.start] + 0.5), int(places[span.end] + 0.5)) for span in spans]
