"""Core's types as the contracts', and back."""

from collections import Counter
from collections.abc import Iterable
from datetime import time
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from genba_contracts import timetable as contracts
from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.diff import Diff
from timetable_renderer.core.festival import Festival, Slot
from timetable_renderer.core.options import ImageFormat, LayoutName, PictureOptions, ThemeName
from timetable_renderer.core.parsed import Fault
from timetable_renderer.core.plan import Plan
from timetable_renderer.ports import RefreshState, VersionInfo
from timetable_renderer.usecases.festivals import FestivalRefused, Listed
from timetable_renderer.usecases.picking import Shared
from timetable_renderer.usecases.refreshing import Refreshed
from timetable_renderer.usecases.timetables import Timetable

FestivalT = TypeVar("FestivalT", bound=contracts.Festival)

_bodies: WeakKeyDictionary[Timetable, dict[str, bytes]] = WeakKeyDictionary()


def config_of(festival_id: str, spec: contracts.FestivalSpec) -> FestivalConfig:
    """Settings as they are kept.

    Raises:
        FestivalRefused: they contradict each other, or there is no such time zone.
    """
    try:
        return FestivalConfig.model_validate({"id": festival_id, **spec.model_dump()})
    except ValidationError as error:
        faults = [
            ("/".join(map(str, fault["loc"])), fault["msg"].removeprefix("Value error, "))
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise FestivalRefused(*faults) from None


def summary(listed: Listed) -> contracts.FestivalSummary:
    """A festival in a list."""
    current = listed.current
    return contracts.FestivalSummary(
        id=listed.config.id,
        name=listed.config.name,
        timezone=listed.config.timezone,
        days=list(listed.config.days if current is None else current.days),
        stages=0 if current is None else len(current.stages),
        slots=0 if current is None else len(current.slots),
        version=0 if current is None else current.version,
        fetched_at=None if current is None else current.fetched_at,
        failing=bool(listed.state.faults),
    )


def festival(found: Festival) -> contracts.Festival:
    """A festival with all but its slots."""
    return contracts.Festival(**_festival(found))


def timetable(found: Festival) -> contracts.Timetable:
    """A version, whole."""
    return contracts.Timetable(**_festival(found), items=slots(found, found.slots))


def _festival(found: Festival) -> dict[str, Any]:
    counts = Counter(slot.stage for slot in found.slots)
    return {
        "id": found.id,
        "name": found.name,
        "timezone": found.timezone,
        "day_boundary": clock(found.day_boundary),
        "days": list(found.days),
        "stages": [
            contracts.Stage(id=stage.id, name=stage.name, colour=stage.colour, slots=counts[stage.id])
            for stage in found.stages
        ],
        "slots": len(found.slots),
        "shows_over_24h": found.shows_over_24h,
        "walking_minutes": found.walking_minutes,
        "walks": [
            contracts.Walk(start=start, goal=goal, minutes=minutes)
            for (start, goal), minutes in sorted(found.walks.items())
        ],
        "official_url": found.official_url,
        "version": found.version,
        "fetched_at": found.fetched_at,
    }


def clock(at: time) -> str:
    """A time of day as `05:00`."""
    return f"{at:%H:%M}"


def slots(of: Festival, some: Iterable[Slot]) -> list[contracts.Slot]:
    """Slots of a festival."""
    names = {stage.id: stage.name for stage in of.stages}
    return [contracts.Slot(**_slot(slot, names.get(slot.stage, slot.stage))) for slot in some]


def slot_detail(of: Festival, found: Slot, links: dict[str, str]) -> contracts.SlotDetail:
    """A slot, with links to those who take part."""
    name = next((stage.name for stage in of.stages if stage.id == found.stage), found.stage)
    return contracts.SlotDetail(
        **_slot(found, name), links=[contracts.PerformerLink(name=who, url=url) for who, url in links.items()]
    )


def _slot(found: Slot, stage_name: str) -> dict[str, Any]:
    return {
        "id": found.id,
        "day": found.day,
        "stage": found.stage,
        "stage_name": stage_name,
        "lane": found.lane,
        "start": found.start,
        "end": found.end,
        "minutes": found.minutes,
        "title": found.title,
        "performers": list(found.performers),
        "detail": found.detail,
        "kind": found.kind.value,
    }


def slot_bytes(of: Timetable) -> dict[str, bytes]:
    """Each slot of a version as JSON, by its id: made once, since all lists are made of them."""
    made = _bodies.get(of)
    if made is None:
        bodies = slots(of.festival, of.festival.slots)
        made = _bodies[of] = {body.id: body.model_dump_json().encode() for body in bodies}
    return made


def state(found: RefreshState) -> contracts.RefreshState:
    """How a refresh went."""
    return contracts.RefreshState(
        tried_at=found.tried_at,
        fetched_at=found.fetched_at,
        failing_since=found.failing_since,
        faults=faults(found.faults),
        passed_over=faults(found.passed_over),
    )


def refreshed(found: Refreshed) -> contracts.Refreshed:
    """What a refresh did."""
    return contracts.Refreshed(
        result=found.result.value,
        version=0 if found.festival is None else found.festival.version,
        faults=faults(found.faults),
        passed_over=faults(found.passed_over),
    )


def faults(found: Iterable[Fault]) -> list[contracts.Fault]:
    """Faults in sources."""
    return [contracts.Fault(where=fault.where, reason=fault.reason) for fault in found]


def version(found: VersionInfo) -> contracts.Version:
    """A version in a list."""
    return contracts.Version(version=found.version, accepted_at=found.accepted_at, slots=found.slots)


def diff(before: Festival | None, after: Festival, found: Diff) -> contracts.VersionDiff:
    """What a version changed: each slot with its stage's name in its own version."""
    earlier = after if before is None else before
    moves = zip(
        slots(earlier, (moved.before for moved in found.moved)),
        slots(after, (moved.after for moved in found.moved)),
        strict=True,
    )
    changes = zip(
        slots(earlier, (changed.before for changed in found.changed)),
        slots(after, (changed.after for changed in found.changed)),
        found.changed,
        strict=True,
    )
    return contracts.VersionDiff(
        version=after.version,
        against=0 if before is None else before.version,
        added=slots(after, found.added),
        removed=slots(earlier, found.removed),
        moved=[contracts.SlotMove(before=old, after=new) for old, new in moves],
        changed=[contracts.SlotChange(before=old, after=new, renamed=changed.renamed) for old, new, changed in changes],
    )


def plan(found: Plan) -> contracts.Plan:
    """What picks come to."""
    return contracts.Plan(
        festival=found.festival.id,
        version=found.festival.version,
        days=[
            contracts.PlanDay(
                day=day.day,
                picks=slots(found.festival, day.picks),
                clashes=[
                    contracts.Clash(first=clash.first.id, second=clash.second.id, minutes=clash.minutes)
                    for clash in day.clashes
                ],
                gaps=[contracts.Gap(start=gap.start, end=gap.end, minutes=gap.minutes) for gap in day.gaps],
                walks=[
                    contracts.TightWalk(
                        first=walk.first.id, second=walk.second.id, available=walk.available, needed=walk.needed
                    )
                    for walk in day.walks
                ],
            )
            for day in found.days
        ],
    )


def share(found: Shared, base_url: str) -> contracts.Share:
    """Shared picks; `base_url` is where people reach this service."""
    of = found.festival
    url = f"{base_url}/t/{found.key}"
    return contracts.Share(
        key=found.key,
        festival=of.id,
        version=of.version,
        picks=list(found.picks),
        slots=slots(of, found.plan.picks),
        moved=[contracts.MovedPick(before=before, after=slots(of, [after])[0]) for before, after in found.moved],
        gone=[
            contracts.GonePick(id=pick, slot=None if was is None else slots(of, [was])[0]) for pick, was in found.gone
        ],
        url=url,
        picture_url=f"{url}.png",
        calendar_url=f"{url}.ics",
        text_url=f"{url}.txt",
    )


def picture_options(
    asked: contracts.PictureRequest, image_format: ImageFormat, qr_url: str | None = None
) -> PictureOptions:
    """What a picture is to be like."""
    return PictureOptions(
        layout=LayoutName(asked.layout),
        theme=ThemeName(asked.theme),
        format=image_format,
        scale=asked.scale,
        width=asked.width,
        height=asked.height,
        day=asked.day,
        inset_top=asked.inset_top,
        inset_bottom=asked.inset_bottom,
        language=asked.language,
        qr_url=qr_url,
    )
