"""Picks as an iCalendar file (RFC 5545), which any phone's calendar takes."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from icalendar import Timezone

from timetable_renderer.core.festival import Festival, Slot

PRODUCT: Final = "-//Genba//timetable-renderer//EN"
_UTC: Final = "UTC"
_CLOCK: Final = "%Y%m%dT%H%M%S"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")
_LONGEST: Final = 74
"""Bytes of a line without the space before what goes on from the line above: 75 with it (RFC 5545, 3.1)."""
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def event_uid(festival: str, slot: str) -> str:
    """The same for a slot in every version, so that importing again moves events and does not double them."""
    return f"{slot}@{festival}.timetable.genba"


def calendar_of(festival: Festival, picks: Sequence[Slot], *, stamp: datetime) -> bytes:
    """A calendar with an event for each pick, in the festival's zone, whose rules come with it (VTIMEZONE).

    The same picks of the same version are the same bytes. The lines are written here: the library, which reads them
    in tests, takes 20 times as long for 500 picks, and holds up whoever else asks something meanwhile.

    Args:
        festival: whose picks they are; its version is each event's SEQUENCE.
        picks: slots of it.
        stamp: when this version came to be, aware: each event's DTSTAMP.
    """
    name = _text(festival.name)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        f"UID:{festival.id}.timetable.genba",
    ]
    if picks and festival.timezone != _UTC:
        first, last = min(slot.start for slot in picks), max(slot.end for slot in picks)
        # A year of the zone's rules is enough, and 40 times shorter than all of them.
        lines += _rules(festival.timezone, first.year, last.year + 1)
    stages = {stage.id: _text(stage.name) for stage in festival.stages}
    shared = (f"DTSTAMP:{stamp.astimezone(UTC):{_CLOCK}}Z", f"SEQUENCE:{festival.version}")
    for slot in picks:
        lines += ("BEGIN:VEVENT", f"UID:{event_uid(festival.id, slot.id)}", *shared)
        lines += _event(slot, festival.timezone, stages.get(slot.stage, slot.stage))
        if festival.official_url:
            lines.append(f"URL:{festival.official_url}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return b"".join(map(_folded, lines))


def _event(slot: Slot, zone: str, stage: str) -> Iterator[str]:
    """What one slot says of itself."""
    yield _moment("DTSTART", slot.start, zone)
    yield _moment("DTEND", slot.end, zone)
    yield f"SUMMARY:{_text(slot.title)}"
    yield f"LOCATION:{stage}"
    if slot.detail:
        yield f"DESCRIPTION:{_text(slot.detail)}"
    yield f"CATEGORIES:{slot.kind.value}"


@lru_cache(maxsize=256)
def _rules(zone: str, first: int, last: int) -> tuple[str, ...]:
    """A zone's VTIMEZONE from one year's beginning to another's, which takes 20 ms to find out."""
    made = Timezone.from_tzid(zone, first_date=date(first, 1, 1), last_date=date(last, 1, 1))
    text: bytes = made.to_ical()
    return tuple(text.decode().replace("\r\n ", "").split("\r\n")[:-1])


def _moment(name: str, when: datetime, zone: str) -> str:
    """A time in its zone; in UTC where the clock shows it a second time that night, which a TZID cannot say (3.3.5)."""
    if when.fold or zone == _UTC:
        return f"{name}:{when.astimezone(UTC):{_CLOCK}}Z"
    return f"{name};TZID={zone}:{when:{_CLOCK}}"


def _text(text: str) -> str:
    """A value of type TEXT: without control characters but line feeds and tabs, and escaped (RFC 5545, 3.3.11)."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n")).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """A line as it is written: what is longer than 75 bytes goes on in the next, after a space (3.1)."""
    rest = line.encode()
    parts = []
    while len(rest) > _LONGEST:
        end = _LONGEST
        while rest[end] & 0xC0 == 0x80:  # noqa: PLR2004 - a byte that goes on with a character, in UTF-8
            end -= 1
        # Nor within what is escaped: some readers take lines for themselves.
        end -= (end - len(rest[:end].rstrip(b"\\"))) % 2
        parts.append(rest[:end])
        rest = rest[end:]
    return b"\r\n ".join((*parts, rest)) + b"\r\n"
