"""Picks as plain text, for messengers and notes: one line a pick, its time first."""

from collections.abc import Sequence
from typing import Final

from timetable_renderer.core.festival import Festival, Slot
from timetable_renderer.core.layout.words import Words, from_to, words_of
from timetable_renderer.core.plan import Clash, DayPlan, Plan, TightWalk

_CLASH: Final = {"ja": "重複{minutes}: {other}", "en": "overlaps {other} by {minutes}"}
_WALK: Final = {
    "ja": "移動{needed}、間は{available}: {goal}",
    "en": "{needed} on foot to {goal}, {available} left",
}
_NOTES: Final = {"ja": "（{}）", "en": " ({})"}
_BETWEEN: Final = {"ja": "、", "en": "; "}


def plain_text(plan: Plan, *, language: str) -> str:
    """A plan as text: the festival, and each day with its picks, by start. Ends with a line break.

    Args:
        plan: what is picked.
        language: `ja` or `en`.
    """
    words = words_of(language)
    parts = [_one_line(plan.festival.name)]
    for day in plan.days:
        lines = [words.day(day.day)]
        lines += [_line(plan.festival, day, slot, words) for slot in day.picks]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _line(festival: Festival, day: DayPlan, slot: Slot, words: Words) -> str:
    when = from_to(slot, over_24h=festival.shows_over_24h)
    stage = next((stage.name for stage in festival.stages if stage.id == slot.stage), slot.stage)
    notes = _notes(slot, day.clashes, day.walks, words)
    said = _NOTES[words.language].format(_BETWEEN[words.language].join(notes)) if notes else ""
    return f"{when} {_one_line(stage)} {_one_line(slot.title)}{said}"


def _notes(slot: Slot, clashes: Sequence[Clash], walks: Sequence[TightWalk], words: Words) -> list[str]:
    notes = []
    for clash in clashes:
        if slot.id in {clash.first.id, clash.second.id}:
            other = clash.second if slot.id == clash.first.id else clash.first
            minutes = words.duration(clash.minutes)
            notes.append(_CLASH[words.language].format(minutes=minutes, other=_one_line(other.title)))
    for walk in walks:
        if slot.id == walk.first.id:
            goal = _one_line(walk.second.title)
            needed, available = words.duration(walk.needed), words.duration(walk.available)
            notes.append(_WALK[words.language].format(needed=needed, available=available, goal=goal))
    return notes
