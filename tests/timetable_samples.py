"""A small festival for tests, put together by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from timetable_renderer.core.festival import Festival, Kind, Slot, Stage, day_of, slot_id

TOKYO = ZoneInfo("Asia/Tokyo")
HOT, SKY, BOOTH = (
    Stage("hot-stage", "HOT STAGE", "#d83a2e"),
    Stage("sky-stage", "SKY STAGE", "#2878c8"),
    Stage("booth-a", "ブース A", "#2f8f4e"),
)
SEEN = datetime(2026, 7, 1, 12, tzinfo=UTC)


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    """`2026-08-07 10:30` by the festival's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def slot(stage: Stage, start: str, minutes: int, title: str, **more: Any) -> Slot:
    """A slot of a stage, `minutes` long."""
    begins = at(start)
    day = day_of(begins, time(5))
    ends = begins + timedelta(minutes=minutes)
    return Slot(slot_id(day, stage.id, begins, 0), day, stage.id, 0, begins, ends, title, **more)


SLOTS = (
    slot(HOT, "2026-08-07 10:30", 30, "朝焼けカフェ", performers=("朝焼けカフェ",)),
    slot(SKY, "2026-08-07 10:50", 30, "The Amplifiers", performers=("The Amplifiers", "DJ ﾊﾞﾅﾅ")),
    slot(HOT, "2026-08-07 11:00", 25, "Straße 9", detail="Kölner Duo\n2人組"),
    slot(BOOTH, "2026-08-07 11:30", 60, "朝焼けｶﾌｪ サイン会", performers=("朝焼けｶﾌｪ",), kind=Kind.GREETING),
    slot(SKY, "2026-08-08 01:30", 45, "夜更かしDJ❤︎", performers=("DJ バナナ",)),
    slot(HOT, "2026-08-08 12:00", 40, "うめぼしロック, 第2部; 完", detail="最後の出番"),
)


def festival(slots: Sequence[Slot] = SLOTS, **more: Any) -> Festival:
    """Version 1 of the festival."""
    given: dict[str, Any] = {
        "id": "fes",
        "name": "架空フェス 2026",
        "timezone": "Asia/Tokyo",
        "day_boundary": time(5),
        "days": (date(2026, 8, 7), date(2026, 8, 8)),
        "stages": (HOT, SKY, BOOTH),
        "slots": tuple(slots),
        "version": 1,
        "fetched_at": SEEN,
        **more,
    }
    return Festival(**given)
