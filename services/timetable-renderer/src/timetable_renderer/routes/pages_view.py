"""What the pages show of a festival: days, slots and picks in the words of one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from genba_servicekit.languages import Language
from timetable_renderer.core.festival import Festival, Kind, Slot
from timetable_renderer.core.finding import fold, names_of
from timetable_renderer.core.layout.words import clock, times, words_of
from timetable_renderer.core.plan import Plan

_HOUR: Final = 60
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Row:
    """A slot in a list.

    Attributes:
        start: Unix minutes; `end` too.
        minutes: of the festival's day, from its date's midnight: what the time filter compares.
        stage_number: its stage's place among the festival's, from 1.
        folded: title and performers as the search compares them.
        link: address of the performer's entry in the wiki; empty if there is none.
        notes: what is to be said of a pick: clashes, walks.
    """

    id: str
    start: int
    end: int
    minutes: int
    from_label: str
    until_label: str
    title: str
    stage: str
    stage_number: int
    colour: str
    kind: str
    folded: str
    link: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of a festival: its number from 1, how it is called, and its rows."""

    number: int
    label: str
    slots: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Hour:
    """A choice of the time filter."""

    minutes: int
    label: str


class FestivalView:
    """A festival in a language.

    Args:
        festival: of some version.
        language: of the words.
        links: addresses of performers' entries by name.
    """

    def __init__(self, festival: Festival, language: Language, links: Mapping[str, str]) -> None:
        self.festival = festival
        self._language = language
        self._words = words_of(language.code)
        self._links = links
        self._stages = {stage.id: (number, stage) for number, stage in enumerate(festival.stages, 1)}

    def dates(self) -> str:
        """The festival's days in a few words."""
        return self._words.days(self.festival.days)

    def day_label(self, day: date) -> str:
        """How a day is called."""
        return self._words.day(day)

    def moment(self, when: datetime | None) -> str:
        """A point in time by the festival's clock, to the minute; empty for None."""
        if when is None:
            return ""
        local = when.astimezone(self.festival.zone)
        return f"{local.month}/{local.day} {local:%H:%M}"

    def moved(self, slot: Slot) -> str:
        """A pick that is at another time or place now, and where."""
        stage = self._stages[slot.stage][1].name
        return f"{slot.title} → {self.day_label(slot.day)} {self._clock(slot.start, slot)} {stage}"

    def gone(self, was: Slot | str) -> str:
        """A pick that is not in the timetable any more: what it was, or its id where that is not known."""
        if isinstance(was, str):
            return was
        return f"{was.title} ({self.day_label(was.day)} {self._clock(was.start, was)})"

    def _clock(self, when: datetime, slot: Slot) -> str:
        return clock(when, slot.day, over_24h=self.festival.shows_over_24h)

    def day_choices(self) -> list[tuple[int, str]]:
        """Every day's number and how it is called."""
        return [(number, self.day_label(day)) for number, day in enumerate(self.festival.days, 1)]

    def days(self) -> tuple[DayView, ...]:
        """Every day with all its slots."""
        rows: dict[date, list[Row]] = {day: [] for day in self.festival.days}
        for slot in self.festival.slots:
            rows[slot.day].append(self._row(slot))
        return tuple(
            DayView(number, label, tuple(found))
            for (number, label), found in zip(self.day_choices(), rows.values(), strict=True)
        )

    def kinds(self) -> list[str]:
        """The kinds that there are."""
        present = {slot.kind for slot in self.festival.slots}
        return [kind.value for kind in Kind if kind in present]

    def hours(self) -> list[Hour]:
        """The full hours between the first start and the last."""
        minutes = [self._minutes(slot) for slot in self.festival.slots]
        if not minutes:
            return []
        first, last = min(minutes) // _HOUR, max(minutes) // _HOUR + 1
        over = self.festival.shows_over_24h
        return [Hour(hour * _HOUR, f"{hour if over else hour % 24}:00") for hour in range(first, last + 1)]

    def planned(self, plan: Plan) -> tuple[DayView, ...]:
        """The days with picks, each with what is to be said of it."""
        t = self._language
        days = []
        numbers = {day: number for number, day in enumerate(self.festival.days, 1)}
        for day in plan.days:
            notes: dict[str, list[str]] = {}
            for clash in day.clashes:
                for mine, its in ((clash.first, clash.second), (clash.second, clash.first)):
                    notes.setdefault(mine.id, []).append(t("clash", name=its.title, minutes=clash.minutes))
            for walk in day.walks:
                said = t("walk", name=walk.second.title, needed=walk.needed, available=walk.available)
                notes.setdefault(walk.first.id, []).append(said)
            rows = tuple(self._row(slot, tuple(notes.get(slot.id, ()))) for slot in day.picks)
            days.append(DayView(numbers.get(day.day, 0), self.day_label(day.day), rows))
        return tuple(days)

    def _minutes(self, slot: Slot) -> int:
        days = (slot.start.date() - slot.day).days
        return days * _DAY + slot.start.hour * _HOUR + slot.start.minute

    def _row(self, slot: Slot, notes: tuple[str, ...] = ()) -> Row:
        number, stage = self._stages[slot.stage]
        names = names_of(slot)
        from_label, until_label = times(slot, over_24h=self.festival.shows_over_24h)
        return Row(
            id=slot.id,
            start=int(slot.start.timestamp() // 60),
            end=int(slot.end.timestamp() // 60),
            minutes=self._minutes(slot),
            from_label=from_label,
            until_label=until_label,
            title=slot.title,
            stage=stage.name,
            stage_number=number,
            colour=stage.colour,
            kind=slot.kind.value,
            folded=" ".join(dict.fromkeys(fold(text) for text in (slot.title, *names))),
            link=next((self._links[name] for name in (slot.title, *names) if name in self._links), ""),
            notes=notes,
        )
