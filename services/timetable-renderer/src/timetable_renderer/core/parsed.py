"""What a parser gives: what a source says, before a festival's settings make days, stages and slots of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from timetable_renderer.core.festival import Kind


@dataclass(frozen=True, slots=True)
class DayTime:
    """A time as timetables without dates write it.

    Attributes:
        day: a date, or the number of the festival's day, from 1.
        minutes: since that day's midnight by the clock; 1530 is 25:30, half past one in the night after.
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
        where: its place in the source, for messages: `day1 / HOT STAGE / 3`, `line 12`.
    """

    stage: str
    start: When
    end: When
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
    """

    where: str
    reason: str

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
        passed_over: what was no slot, such as placeholders and lines that cannot be read, each with its reason.
    """

    format: str
    slots: tuple[ParsedSlot, ...]
    stages: tuple[ParsedStage, ...] = ()
    days: tuple[date, ...] = ()
    name: str | None = None
    timezone: str | None = None
    official_url: str | None = None
    passed_over: tuple[Fault, ...] = ()


class SourceRefusedError(ValueError):
    """A source that cannot be read, or in which too much is wrong; `faults` says where and why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(str(fault) for fault in faults[:3]))
        self.faults = faults
