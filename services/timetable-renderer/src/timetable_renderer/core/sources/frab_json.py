"""frab's and pretalx's `schedule.json`: a conference's days, in them rooms, in them events.

Real ones leave out much of what their schema asks for: offsets, days' starts and ends, rooms; guids occur twice. Ids
here are made of none of it.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from timetable_renderer.core.cleaning import minutes_of
from timetable_renderer.core.festival import Kind
from timetable_renderer.core.parsed import DayTime, Parsed, When
from timetable_renderer.core.sources._reading import (
    MOST_DAYS,
    Gathering,
    date_of,
    duration_of,
    items,
    json_of,
    mapping,
    moment_of,
    refused,
    said,
    web_address,
    zone_name,
)

EARLIEST_BOUNDARY: Final = time(1)
LATEST_BOUNDARY: Final = time(12)
_TALKS: Final = ("lecture", "talk", "podium", "panel", "keynote", "vortrag", "講演", "トーク")
_LIVE: Final = ("concert", "performance", "music", "live", "dj", "show")


def is_frab(whole: Any) -> bool:
    """Does JSON have this form?"""
    return isinstance(whole, dict) and isinstance(whole.get("schedule"), dict)


def parse(text: str) -> Parsed:
    """Read it.

    Raises:
        SourceRefusedError: it cannot be read; says where and why.
    """
    return read(json_of(text))


def read(whole: Any) -> Parsed:
    """Read what the JSON says.

    Raises:
        SourceRefusedError: it has another form.
    """
    conference = mapping(mapping(mapping(whole).get("schedule")).get("conference"))
    days = conference.get("days")
    if not isinstance(days, list):
        raise refused("schedule / conference / days", "there is no list of days")
    if len(days) > MOST_DAYS:
        raise refused("schedule / conference / days", f"it has more than {MOST_DAYS} days")
    found = Gathering("frab-json")
    for room in map(mapping, items(conference.get("rooms"))):
        if name := said(room.get("name")):
            found.stage(name)
    dates: list[date] = []
    ends: list[str] = []
    for number, day in enumerate(map(mapping, days), 1):
        on = date_of(said(day.get("date")))
        dates += [on] if on else []
        ends.append(said(day.get("day_end")))
        rooms = day.get("rooms")
        if rooms is not None and not isinstance(rooms, dict):
            found.fault(f"day {number} / rooms", "it should be an object of rooms, each with a list of events")
        for name, events in mapping(rooms).items():
            found.stage(name)
            for index, event in enumerate(items(events), 1):
                where = f"day {number} / {name[:60]} / {index}"
                if isinstance(event, dict):
                    _event(found, where, name, on or number, event)
                else:
                    found.fault(where, "an event should be an object")
    return found.parsed(
        days=dates,
        name=said(conference.get("title")) or said(conference.get("acronym")),
        timezone=zone_name(said(conference.get("time_zone_name"))),
        official_url=web_address(said(conference.get("url")) or said(mapping(whole["schedule"]).get("base_url"))),
        day_boundary=boundary_of(ends, said(conference.get("day_change"))),
    )


def _event(found: Gathering, where: str, room: str, day: date | int, event: dict[str, Any]) -> None:
    try:
        start = start_of(said(event.get("date")), said(event.get("start")), day)
        length = duration_of(said(event.get("duration")))
    except ValueError as error:
        found.fault(where, error)
        return
    persons = map(mapping, items(event.get("persons")))
    found.slot(
        where,
        stage=room or said(event.get("room")),
        start=start,
        end=length,
        title=said(event.get("title")),
        performers=[said(person.get("public_name")) or said(person.get("name")) for person in persons],
        detail=detail_of(said(event.get("subtitle")), said(event.get("abstract")), said(event.get("description"))),
        kind=kind_of(said(event.get("type"))),
    )


def start_of(moment: str, clock: str, day: date | int) -> When:
    """When an event starts: its own date, or else the time by the clock of the day under which it stands.

    Raises:
        ValueError: neither can be read.
    """
    if not moment.strip():
        return DayTime(day, minutes_of(clock))
    start = moment_of(moment)
    if "T" not in moment and " " not in moment.strip():  # a date alone: the time is in `start`
        return datetime.combine(start.date(), time()) + timedelta(minutes=minutes_of(clock))
    return start


def detail_of(subtitle: str, abstract: str, description: str) -> str:
    """More about an event: the subtitle, then the abstract, or the description where there is none."""
    return "\n".join(part for part in (subtitle.strip(), abstract.strip() or description.strip()) if part)


def kind_of(word: str) -> Kind | None:
    """What an event is, by the word that it gives itself; those are everybody's own."""
    word = word.casefold()
    if any(part in word for part in _TALKS):
        return Kind.TALK
    if any(part in word for part in _LIVE):
        return Kind.LIVE
    return Kind.OTHER if word.strip() else None


def boundary_of(ends: Iterable[str], day_change: str = "") -> time | None:
    """The time by the clock at which all days end, if they agree and it is one of the early morning: 03:59 is 04:00.

    Where they do not, what frab's older files call the day's change.
    """
    found = {_end_of_day(end) for end in ends}
    boundary = found.pop() if len(found) == 1 else None
    if boundary is None and day_change.strip():
        try:
            boundary = (datetime.combine(date(2000, 1, 1), time()) + timedelta(minutes=minutes_of(day_change))).time()
        except ValueError:
            return None
    return boundary if boundary and EARLIEST_BOUNDARY <= boundary <= LATEST_BOUNDARY else None


def _end_of_day(end: str) -> time | None:
    try:
        moment = moment_of(end)
    except ValueError:
        return None
    last_minute = moment.minute == 59  # noqa: PLR2004  (pretalx: 03:59)
    return (moment.replace(tzinfo=None, second=0, microsecond=0) + timedelta(minutes=last_minute)).time()
