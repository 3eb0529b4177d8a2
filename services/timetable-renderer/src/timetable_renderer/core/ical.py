"""Picks as an iCalendar file (RFC 5545), which any phone's calendar takes."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from icalendar import Calendar, Event

from timetable_renderer.core.festival import Festival, Slot

PRODUCT: Final = "-//Genba//timetable-renderer//EN"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


def event_uid(festival: str, slot: str) -> str:
    """The same for a slot in every version, so that importing again moves events and does not double them."""
    return f"{slot}@{festival}.timetable.genba"


def calendar_of(festival: Festival, picks: Sequence[Slot], *, stamp: datetime) -> bytes:
    """A calendar with an event for each pick, in the festival's zone, whose rules come with it (VTIMEZONE).

    The same picks of the same version are the same bytes.

    Args:
        festival: whose picks they are; its version is each event's SEQUENCE.
        picks: slots of it.
        stamp: when this version came to be, aware: each event's DTSTAMP.
    """
    calendar = Calendar.new(prodid=PRODUCT, uid=f"{festival.id}.timetable.genba", name=_text(festival.name))
    stages = {stage.id: stage.name for stage in festival.stages}
    for slot in picks:
        event = Event.new(
            uid=event_uid(festival.id, slot.id),
            stamp=stamp,
            sequence=festival.version,
            start=_moment(slot.start),
            end=_moment(slot.end),
            summary=_text(slot.title),
            location=_text(stages.get(slot.stage, slot.stage)),
            description=_text(slot.detail) or None,
            categories=[slot.kind.value],
            url=festival.official_url,
        )
        calendar.add_component(event)
    if picks:
        first, last = min(slot.start for slot in picks), max(slot.end for slot in picks)
        # A year of the zone's rules is enough, and 40 times shorter than all of them.
        calendar.add_missing_timezones(date(first.year, 1, 1), date(last.year + 1, 1, 1))
    body: bytes = calendar.to_ical()
    return body


def _moment(when: datetime) -> datetime:
    """A time in its zone; in UTC where the clock shows it a second time that night, which a TZID cannot say (3.3.5)."""
    return when.astimezone(UTC) if when.fold else when


def _text(text: str) -> str:
    """What TEXT may hold: no control characters but line feeds and tabs (RFC 5545, 3.3.11)."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n"))
