"""Picks as plain text, for messengers and notes: one line a pick, its time first."""

from typing import Final

from timetable_renderer.core.layout.words import Words, from_to, words_of
from timetable_renderer.core.plan import DayPlan, Plan

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
    stages = {stage.id: _one_line(stage.name) for stage in plan.festival.stages}
    parts = [_one_line(plan.festival.name)]
    for day in plan.days:
        notes = _notes(day, words)
        lines = [words.day(day.day)]
        for slot in day.picks:
            when = from_to(slot, over_24h=plan.festival.shows_over_24h)
            said = _BETWEEN[words.language].join(notes.get(slot.id, ()))
            of_it = _NOTES[words.language].format(said) if said else ""
            lines.append(f"{when} {stages.get(slot.stage, slot.stage)} {_one_line(slot.title)}{of_it}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _notes(day: DayPlan, words: Words) -> dict[str, list[str]]:
    """What is to be said of each pick, by its id: all pairs are looked at once, not once for every pick."""
    notes: dict[str, list[str]] = {}
    clashes, walks = _CLASH[words.language], _WALK[words.language]
    for clash in day.clashes:
        minutes = words.duration(clash.minutes)
        for mine, its in ((clash.first, clash.second), (clash.second, clash.first)):
            notes.setdefault(mine.id, []).append(clashes.format(minutes=minutes, other=_one_line(its.title)))
    for walk in day.walks:
        needed, available = words.duration(walk.needed), words.duration(walk.available)
        said = walks.format(needed=needed, available=available, goal=_one_line(walk.second.title))
        notes.setdefault(walk.first.id, []).append(said)
    return notes
