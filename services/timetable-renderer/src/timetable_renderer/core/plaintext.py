"""Picks as plain text, for messengers and notes: one line a pick, its time first."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from timetable_renderer.core.festival import Festival, Slot
from timetable_renderer.core.plan import Clash, DayPlan, Plan, TightWalk

_WEEKDAYS: Final = {
    "ja": ("月", "火", "水", "木", "金", "土", "日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLASH: Final = {"ja": "重複{minutes}分: {other}", "en": "overlaps {other} by {minutes} min"}
_WALK: Final = {
    "ja": "移動{needed}分、間は{available}分: {goal}",
    "en": "{needed} min walk to {goal}, {available} left",
}
_NOTES: Final = {"ja": "（{}）", "en": " ({})"}
_BETWEEN: Final = {"ja": "、", "en": "; "}


def clock_text(when: datetime, day: date, *, over_24h: bool) -> str:
    """A time as the festival's timetable writes it: `1:30` in the night is `25:30` where hours go on after midnight."""
    if over_24h and when.date() > day:
        return f"{when.hour + 24 * (when.date() - day).days}:{when.minute:02}"
    return f"{when:%H:%M}"


def day_text(day: date, language: str) -> str:
    """A day with its weekday: `8月4日(金)`, `Fri 4 Aug`."""
    weekday = _WEEKDAYS[language][day.weekday()]
    if language == "ja":
        return f"{day.month}月{day.day}日({weekday})"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]}"


def plain_text(plan: Plan, *, language: str) -> str:
    """A plan as text: the festival, and each day with its picks, by start. Ends with a line break.

    Args:
        plan: what is picked.
        language: `ja` or `en`.
    """
    parts = [plan.festival.name]
    for day in plan.days:
        lines = [day_text(day.day, language)]
        lines += [_line(plan.festival, day, slot, language) for slot in day.picks]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _line(festival: Festival, day: DayPlan, slot: Slot, language: str) -> str:
    over = festival.shows_over_24h
    start, end = (clock_text(when, day.day, over_24h=over) for when in (slot.start, slot.end))
    stage = next((stage.name for stage in festival.stages if stage.id == slot.stage), slot.stage)
    notes = _notes(slot, day.clashes, day.walks, language)
    said = _NOTES[language].format(_BETWEEN[language].join(notes)) if notes else ""
    return f"{start}–{end} {stage} {' '.join(slot.title.split())}{said}"


def _notes(slot: Slot, clashes: Sequence[Clash], walks: Sequence[TightWalk], language: str) -> list[str]:
    notes = []
    for clash in clashes:
        if slot.id in {clash.first.id, clash.second.id}:
            other = clash.second if slot.id == clash.first.id else clash.first
            notes.append(_CLASH[language].format(minutes=clash.minutes, other=" ".join(other.title.split())))
    for walk in walks:
        if slot.id == walk.first.id:
            goal = " ".join(walk.second.title.split())
            notes.append(_WALK[language].format(needed=walk.needed, available=walk.available, goal=goal))
    return notes
