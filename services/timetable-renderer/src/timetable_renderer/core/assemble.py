"""A festival made of what is set about it and what its sources say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from timetable_renderer.core import local_time
from timetable_renderer.core.cleaning import is_placeholder
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.festival import Festival, Kind, Slot, Stage, day_of, slot_id, stage_key
from timetable_renderer.core.palette import stage_colours
from timetable_renderer.core.parsed import DayTime, Fault, Parsed, ParsedSlot, SourceRefusedError, When

MOST_SLOTS: Final = 20_000
MOST_STAGES: Final = 400
MOST_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Assembled:
    """A festival, and what of its sources is not in it, each with its place and the reason."""

    festival: Festival
    passed_over: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A slot whose times are known, without the lane and the id that depend on the others."""

    day: date
    stage: str
    start: datetime
    end: datetime
    kind: Kind
    said: ParsedSlot


def assemble(config: FestivalConfig, sources: Sequence[tuple[SourceConfig, Parsed]]) -> Assembled:
    """Make the festival.

    Slots that say nothing (未使用) or whose times make no sense are passed over.

    Raises:
        SourceRefusedError: no slot is left, more than half of them have faults, or there are too many.
    """
    faults = [fault for _, parsed in sources for fault in parsed.passed_over]
    days = config.days or tuple(sorted({day for _, parsed in sources for day in parsed.days}))
    stages = _Stages(config)
    placed: list[_Placed] = []
    for source, parsed in sources:
        for stage in parsed.stages:
            stages.add(source.stage_prefix + stage.name, stage.colour)
        for slot in parsed.slots:
            if is_placeholder(slot.title):
                faults.append(Fault(slot.where, f"“{slot.title}” is no performance", harmless=True))
                continue
            try:
                start, end = _times(config, days, slot)
            except (ValueError, OverflowError) as error:  # overflow: a festival in the year 9999
                faults.append(Fault(slot.where, str(error)))
                continue
            day = day_of(start, config.day_boundary)
            if config.days and day not in config.days:
                faults.append(Fault(slot.where, f"its day, {day}, is none of the festival's", harmless=True))
                continue
            stage_id = stages.add(source.stage_prefix + slot.stage)
            placed.append(_Placed(day, stage_id, start, end, slot.kind or source.kind or Kind.LIVE, slot))
    order = stages.ids()
    slots = _with_ids(placed, order, faults)
    _check(slots, order, faults)
    used = {slot.day for slot in slots}
    festival = Festival(
        id=config.id,
        name=config.name,
        timezone=config.timezone,
        day_boundary=config.day_boundary,
        days=config.days or tuple(sorted(used.union(days))),
        stages=stages.all(used={slot.stage for slot in slots}),
        slots=tuple(slots),
        shows_over_24h=config.shows_over_24h,
        walking_minutes=config.walking_minutes,
        walks=stages.walks(),
        official_url=config.official_url or next((p.official_url for _, p in sources if p.official_url), None),
    )
    if len(festival.days) > MOST_DAYS:
        raise SourceRefusedError(
            Fault("", f"its slots are on {len(festival.days)} days; at most {MOST_DAYS} are taken")
        )
    return Assembled(festival, tuple(faults))


def _check(slots: Sequence[Slot], stages: Sequence[str], faults: Sequence[Fault]) -> None:
    wrong = [fault for fault in faults if not fault.harmless]
    if not slots:
        raise SourceRefusedError(Fault("", "no slot is left of it"), *(wrong or faults))
    if len(wrong) > len(slots):
        whole = len(wrong) + len(slots)
        raise SourceRefusedError(Fault("", f"{len(wrong):,} of its {whole:,} slots have faults"), *wrong)
    if len(slots) > MOST_SLOTS or len(stages) > MOST_STAGES:
        raise SourceRefusedError(Fault("", f"it has more than {MOST_SLOTS:,} slots, or more than {MOST_STAGES} stages"))


def _times(config: FestivalConfig, days: Sequence[date], slot: ParsedSlot) -> tuple[datetime, datetime]:
    zone = ZoneInfo(config.timezone)
    start_clock = _clock(slot.start, days, config.day_boundary)
    start = local_time.in_zone(start_clock, zone) if start_clock.tzinfo else local_time.at(start_clock, zone)
    end = _end(slot, start, start_clock, days, zone)
    length = local_time.between(start, end)
    if length < timedelta(minutes=1):
        raise ValueError("it ends when it starts" if length >= timedelta() else "it ends before it starts")
    if length > local_time.LONGEST:
        raise ValueError(f"it takes {length.days} days")
    return start, end


def _clock(when: When, days: Sequence[date], boundary: time) -> datetime:
    """What the clock shows, or the aware point in time itself."""
    if isinstance(when, datetime):
        return when
    into = when.minutes
    if into < boundary.hour * 60 + boundary.minute:  # 0:30 of a festival's day is in the night after
        into += local_time.MIDNIGHT
    return _midnight(when, days) + timedelta(minutes=into)


def _midnight(when: DayTime, days: Sequence[date]) -> datetime:
    day = when.day
    if isinstance(day, int):
        if not days:
            raise ValueError("its day has a number and no date; say the festival's days")
        if not 1 <= day <= len(days):
            raise ValueError(f"it is on day {day}, and the festival has {len(days)} days")
        day = days[day - 1]
    return datetime.combine(day, time())


def _end(slot: ParsedSlot, start: datetime, start_clock: datetime, days: Sequence[date], zone: ZoneInfo) -> datetime:
    end = slot.end
    if isinstance(end, timedelta):
        return local_time.after(start, end, zone)
    if isinstance(end, datetime):
        if end.tzinfo:
            return local_time.in_zone(end, zone)
        end_clock = end
    else:
        end_clock = _midnight(end, days) + timedelta(minutes=end.minutes)
        end_clock = local_time.past_midnight(start_clock.replace(tzinfo=None), end_clock)
    return local_time.end_at(start, start.replace(tzinfo=None) if start_clock.tzinfo else start_clock, end_clock, zone)


def _with_ids(placed: Sequence[_Placed], order: Sequence[str], faults: list[Fault]) -> list[Slot]:
    """The slots in order, each with its lane and id.

    Of several that start at once on one stage, the lanes go by title: the order in the source does not matter.
    """
    together: dict[tuple[date, str, str], list[_Placed]] = defaultdict(list)
    for one in placed:
        together[one.day, one.stage, f"{one.start:%H%M}"].append(one)
    taken: set[str] = set()
    slots: list[Slot] = []
    for group in together.values():
        group.sort(key=lambda one: (one.said.title, one.end.timestamp(), one.start.timestamp(), one.said.detail))
        for lane, one in enumerate(group):
            identity = slot_id(one.day, one.stage, one.start, lane)
            if identity in taken:
                faults.append(Fault(one.said.where, f"its id, {identity}, is another slot's"))
                continue
            taken.add(identity)
            slots.append(
                Slot(
                    id=identity,
                    day=one.day,
                    stage=one.stage,
                    lane=lane,
                    start=one.start,
                    end=one.end,
                    title=one.said.title,
                    performers=one.said.performers or (one.said.title,),
                    detail=one.said.detail,
                    kind=one.kind,
                )
            )
    ranks = {stage: rank for rank, stage in enumerate(order)}
    slots.sort(key=lambda slot: (slot.start.timestamp(), ranks[slot.stage], slot.lane))
    return slots


class _Stages:
    """The stages: those that are set first, then those of the sources; spellings of one are one."""

    def __init__(self, config: FestivalConfig) -> None:
        self._names: dict[str, str] = {}
        self._colours: dict[str, str] = {}
        self._same: dict[str, str] = {}
        self._walks = config.walks
        for stage in config.stages:
            identity = stage_key(stage.name)
            self._names[identity] = stage.name
            if stage.colour:
                self._colours[identity] = stage.colour
            for alias in stage.aliases:
                self._same[stage_key(alias)] = identity

    def add(self, name: str, colour: str | None = None) -> str:
        """The id of a stage; notes it if it is a new one."""
        name = name.strip()
        key = stage_key(name)
        identity = self._same.get(key, key)
        self._names.setdefault(identity, name)
        if colour:
            self._colours.setdefault(identity, colour)
        return identity

    def ids(self) -> list[str]:
        return list(self._names)

    def all(self, used: set[str]) -> tuple[Stage, ...]:
        """Those on which something is."""
        colours = stage_colours(self._names, self._colours)
        return tuple(Stage(key, name, colours[key]) for key, name in self._names.items() if key in used)

    def walks(self) -> Mapping[tuple[str, str], int]:
        """Minutes on foot by pairs of ids, both ways."""
        found: dict[tuple[str, str], int] = {}
        for walk in self._walks:
            first, second = (self._same.get(key, key) for key in map(stage_key, walk.stages))
            found[first, second] = found[second, first] = walk.minutes
        return MappingProxyType(found)
