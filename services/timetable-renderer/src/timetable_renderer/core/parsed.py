"""What a parser gives: what a source says, before a festival's settings make days, stages and slots of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from timetable_renderer.core.festival import Kind


@dataclass(frozen=True, slots=True)
class DayTime:
    """A time as timetables without dates write it.

    Attributes:
        day: the festival's day: a date, or its number, from 1.
        minutes: since that day's midnight by the clock; 1530 is 25:30, half past one in the night after. What is
            before the day's boundary (0:30 under a heading “day 1”) is in the night after, too.
    """

    day: date | int
    minutes: int


When: TypeAlias = datetime | DayTime
"""A point in time. A datetime without a zone is by the festival's clock."""


@dataclass(frozen=True, slots=True)
class ParsedStage:
    """A stage as a source names it; what it does not say is None."""

    name: str
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedSlot:
    """A slot as a source gives it, texts cleaned already (see `core/cleaning.py`).

    Attributes:
        end: when it ends, or how long it really takes.
        where: its place in the source, for messages: `day1 / HOT STAGE / 3`, `line 12`.
    """

    stage: str
    start: When
    end: When | timedelta
    title: str
    performers: tuple[str, ...] = ()
    detail: str = ""
    kind: Kind | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a source that was passed over, or for which it was refused.

    Attributes:
        where: its place in the source.
        reason: what is wrong, for people.
        harmless: passed over as a matter of course (placeholders, all-day events): says nothing against the source.
    """

    where: str
    reason: str
    harmless: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}" if self.where else self.reason


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that a source says.

    Attributes:
        format: by which parser it was read.
        slots: in the source's order.
        stages: in the source's order; those of slots alone may be missing.
        days: that the source names, in order; empty if it names none.
        name: of the festival.
        timezone: IANA's name.
        official_url: of the festival's site.
        day_boundary: at which time by the clock its days end, if it says so.
        passed_over: what was no slot, such as placeholders and lines that cannot be read, each with its reason.
    """

    format: str
    slots: tuple[ParsedSlot, ...]
    stages: tuple[ParsedStage, ...] = ()
    days: tuple[date, ...] = ()
    name: str | None = None
    timezone: str | None = None
    official_url: str | None = None
    day_boundary: time | None = None
    passed_over: tuple[Fault, ...] = ()


class SourceRefusedError(ValueError):
    """A source that cannot be read, or in which too much is wrong; `faults` says where and why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(str(fault) for fault in faults[:3]))
        self.faults = faults
