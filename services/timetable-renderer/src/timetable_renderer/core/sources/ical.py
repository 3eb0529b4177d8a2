"""iCalendar (RFC 5545): every event a slot, its location the stage.

A rule by which an event repeats is not followed: its first time alone is taken, and said.
"""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from icalendar import Calendar

from timetable_renderer.core.cleaning import clean_line, in_range
from timetable_renderer.core.parsed import Parsed
from timetable_renderer.core.sources._reading import NO_STAGE, Gathering, refused, web_address, zone_name

MOST_CHARACTERS: Final = 5_000_000
MOST_LINES: Final = 100_000
LONGEST_LINE: Final = 50_000
"""The library reads some 20,000 lines a second: bounds below those of the other formats, so that it ends in time."""


def parse(text: str) -> Parsed:
    """Read it.

    Raises:
        SourceRefusedError: it cannot be read; says where and why.
    """
    lines = text.split("\n", MOST_LINES)
    if len(text) > MOST_CHARACTERS or len(lines) > MOST_LINES or max(map(len, lines)) > LONGEST_LINE:
        raise refused(
            "",
            f"iCalendar is read up to {MOST_CHARACTERS:,} characters in {MOST_LINES:,} lines of {LONGEST_LINE:,}",
        )
    try:
        calendar: Any = Calendar.from_ical(text.strip())
    except Exception as error:  # noqa: BLE001  (the library raises whatever its parts do: ValueError, IndexError, …)
        raise refused("", f"it is no iCalendar file: {_reason(error)}") from None
    found = Gathering("ical")
    for number, event in enumerate(calendar.walk("VEVENT"), 1):
        where = f"event {number}"
        try:
            title = _text(event, "SUMMARY")
            where = f"{where} ({clean_line(title, 60)})"
            _event(found, where, event, title)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
            found.fault(where, _reason(error))
    return found.parsed(
        name=_text(calendar, "X-WR-CALNAME") or _text(calendar, "NAME"),
        timezone=zone_name(_text(calendar, "X-WR-TIMEZONE")),
        official_url=web_address(_text(calendar, "URL")),
    )


def _event(found: Gathering, where: str, event: Any, title: str) -> None:
    start = _time(event, "DTSTART")
    if start is None:
        found.fault(where, "it has no start")
        return
    if not isinstance(start, datetime):
        found.fault(where, "it takes whole days", harmless=True)
        return
    if _text(event, "STATUS").strip().upper() == "CANCELLED":
        found.fault(where, "it is cancelled", harmless=True)
        return
    end = _end(event, start)
    if end is None:
        found.fault(where, "it has neither an end nor a duration")
        return
    if event.get("RRULE") is not None or event.get("RDATE") is not None:
        found.fault(where, "it repeats; only its first time is taken", harmless=True)
    found.slot(
        where,
        stage=_text(event, "LOCATION") or NO_STAGE,
        start=start,
        end=end,
        title=title,
        detail=_text(event, "DESCRIPTION"),
    )


def _end(event: Any, start: datetime) -> datetime | timedelta | None:
    end = _time(event, "DTEND")
    if end is not None:
        if not isinstance(end, datetime):  # a date alone: that day's midnight
            return datetime.combine(end, time(), start.tzinfo)
        return end
    duration = event.get("DURATION")
    length = getattr(duration, "dt", None)
    return length if isinstance(length, timedelta) else None


def _time(event: Any, name: str) -> date | None:
    prop = event.get(name)
    if isinstance(prop, list):  # written twice: the first counts
        prop = prop[0]
    when = getattr(prop, "dt", None)
    if isinstance(when, datetime):
        return in_range(when)
    return in_range(when) if isinstance(when, date) else None


def _text(component: Any, name: str) -> str:
    value = component.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    return "" if value is None else str(value)


def _reason(error: Exception) -> str:
    return clean_line(str(error), 200) or type(error).__name__
