"""A festival as everything here knows it: days, stages, slots.

Times are aware datetimes in the festival's own zone. A slot belongs to the day on which it starts, where a day goes
from one boundary to the next (05:00 by default): what starts at 01:30 belongs to the evening before.
"""

import re
import unicodedata
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

DAY_BOUNDARY: Final = time(5)
WALKING_MINUTES: Final = 10
_SPACES: Final = re.compile(r"\s+")


class Kind(StrEnum):
    """What a slot is: something on a stage, a meeting with those who were on it, a talk, or something else."""

    LIVE = "live"
    GREETING = "greeting"
    TALK = "talk"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Stage:
    """A place where something goes on.

    Attributes:
        id: `stage_key` of its name; the same in every version of the timetable.
        name: as it is shown.
        colour: `#rrggbb`, lower case.
    """

    id: str
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Something that goes on somewhere for some time.

    Attributes:
        id: of `slot_id`; the same in every version of the timetable while day, stage, start and lane are.
        day: the festival's day that it belongs to.
        stage: the stage's id.
        lane: 0, or more where several slots of one stage start at once.
        start: aware, in the festival's zone.
        end: aware, in the festival's zone; after the start.
        title: who plays, or what it is called, as it is shown.
        performers: who takes part, one by one, where the source says; else the title alone.
        detail: more about it, in lines of plain text; empty if there is nothing.
        kind: what it is.
    """

    id: str
    day: date
    stage: str
    lane: int
    start: datetime
    end: datetime
    title: str
    performers: tuple[str, ...] = ()
    detail: str = ""
    kind: Kind = Kind.LIVE

    @property
    def minutes(self) -> int:
        """How long it takes; on a day when clocks change, as long as it really does."""
        return elapsed_minutes(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Festival:
    """A festival's timetable, of one version.

    Attributes:
        id: its name in paths: lower-case ASCII letters, digits and hyphens.
        name: as it is shown.
        timezone: IANA's name of its zone.
        day_boundary: wall-clock time at which one of its days ends and the next begins.
        days: in order.
        stages: in the order of the source.
        slots: by start, then by the stages' order, then by lane.
        shows_over_24h: write 25:30, not 1:30, for what starts after midnight and belongs to the evening before.
        walking_minutes: from one stage to another, where `walks` does not say.
        walks: minutes from a stage (id) to another, both ways entered.
        official_url: of the festival's own site; http or https.
        version: 1 for the first that was accepted; 0 for one that is not kept.
        fetched_at: when its data was last seen to be so, aware; None if it was never fetched.
    """

    id: str
    name: str
    timezone: str
    day_boundary: time
    days: tuple[date, ...]
    stages: tuple[Stage, ...]
    slots: tuple[Slot, ...]
    shows_over_24h: bool = False
    walking_minutes: int = WALKING_MINUTES
    walks: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    official_url: str | None = None
    version: int = 0
    fetched_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return ZoneInfo(self.timezone)

    def walk(self, start: str, goal: str) -> int:
        """Minutes on foot from one stage (id) to another; 0 within one."""
        return 0 if start == goal else self.walks.get((start, goal), self.walking_minutes)


def elapsed_minutes(start: datetime, end: datetime) -> int:
    """Minutes that pass from one aware time to another.

    Subtracting two times of one zone compares what their clocks show (PEP 495), an hour off when clocks change.
    """
    return int((end.timestamp() - start.timestamp()) // 60)


def stage_key(name: str) -> str:
    """A stage's id: its name without differences of case, width and white space, hyphens for spaces.

    `HOT STAGE`, `Hot  Stage ` and `ＨＯＴ　ＳＴＡＧＥ` are one stage: `hot-stage`.
    """
    return _SPACES.sub("-", unicodedata.normalize("NFKC", name).casefold().strip())


def slot_id(day: date, stage: str, start: datetime, lane: int) -> str:
    """A slot's id: `20170804-1030-k3x9q2`. The last part is a hash of the stage's id and the lane."""
    digest = blake2b(f"{stage}\0{lane}".encode(), digest_size=5).digest()
    return f"{day:%Y%m%d}-{start:%H%M}-{b32encode(digest).decode().lower()[:6]}"


def day_of(start: datetime, boundary: time) -> date:
    """The festival's day that something belongs to: the date on which it starts, or the one before."""
    return start.date() if start.timetz().replace(tzinfo=None) >= boundary else start.date() - timedelta(days=1)
