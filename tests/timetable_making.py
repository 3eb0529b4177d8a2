"""Festivals and picks for tests, made of few words."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from timetable_renderer.core.festival import Festival, Kind, Slot, Stage, day_of, slot_id, stage_key
from timetable_renderer.core.layout.tree import Weight

DAY: Final = date(2026, 8, 7)
COLOURS: Final = ("#e6002d", "#00a0e9", "#8fc31f", "#f39800", "#e4007f", "#808080", "#ffff00", "#000000", "#ffffff")


def stages(*names: str) -> tuple[Stage, ...]:
    """Stages of these names, each with a colour."""
    return tuple(
        Stage(id=stage_key(name), name=name, colour=COLOURS[index % len(COLOURS)]) for index, name in enumerate(names)
    )


def slot(start: datetime, minutes: float, title: str = "A", *, stage: str = "hot", lane: int = 0) -> Slot:
    """A slot that takes so many minutes of time that passes."""
    day = day_of(start, time(5))
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
    identity = slot_id(day, stage, start, lane) + ("-2" if start.fold else "")
    return Slot(id=identity, day=day, stage=stage, lane=lane, start=start, end=end, title=title, kind=Kind.LIVE)


def at(clock: str, *, day: date = DAY, zone: str = "Asia/Tokyo") -> datetime:
    """A time of a festival's day; hours from 24 on are of the night after."""
    hours, minutes = clock.split(":")
    midnight = datetime.combine(day, time(0), ZoneInfo(zone))
    return midnight + timedelta(hours=int(hours), minutes=int(minutes))


def festival(slots: Iterable[Slot], names: Sequence[str] = ("HOT", "SKY", "SMILE GARDEN"), **more: object) -> Festival:
    """A festival of these slots."""
    ordered = tuple(sorted(slots, key=lambda each: each.start.timestamp()))
    fields: dict[str, object] = {
        "id": "fest",
        "name": "GENBA FESTIVAL 2026",
        "timezone": "Asia/Tokyo",
        "day_boundary": time(5),
        "days": tuple(sorted({each.day for each in ordered})),
        "stages": stages(*names),
        "slots": ordered,
        "version": 3,
        "fetched_at": datetime(2026, 8, 6, 0, 0, tzinfo=UTC),
    }
    return Festival(**(fields | more))  # type: ignore[arg-type]


class FakeTypesetter:
    """Sets East Asian and other wide characters 1 em wide, all others half an em; marks take no room."""

    def width(self, text: str, size: int, weight: Weight) -> float:
        """Sum of the characters' widths."""
        return sum(self._em(character) for character in text) * size

    def ascent(self, size: int, weight: Weight) -> int:
        """As Noto Sans CJK says."""
        return round(1.16 * size)

    def descent(self, size: int, weight: Weight) -> int:
        """As Noto Sans CJK says."""
        return round(0.288 * size)

    def _em(self, character: str) -> float:
        code = ord(character)
        if 0x300 <= code < 0x370 or 0xFE00 <= code < 0xFE10 or code == 0x200D:
            return 0.0
        return 0.5 if code < 0x2000 else 1.0


TITLES: Final = st.one_of(
    st.sampled_from(
        ("神宿", "sora tob sakana", "妄想キャリブレーション", "A", "PASSPO☆ × TOKYO IDOL FESTIVAL スペシャル")
    ),
    st.text(alphabet="あ漢ー、（）「」aB 1☆❤\ufe0e\u3099👩\u200d🎤", min_size=1, max_size=120).filter(str.strip),
)


@st.composite
def festivals(
    draw: st.DrawFn, *, most: int = 30, zone: str = "Europe/Berlin", day: date = date(2026, 10, 24)
) -> Festival:
    """Festivals of up to three days around a change of the clocks, slots of a minute and of hours among them."""
    names = draw(
        st.lists(st.sampled_from(("HOT", "SKY", "SMILE GARDEN", "フジさんのヨコ STAGE")), min_size=1, unique=True)
    )
    minutes = st.sampled_from((1, 5, 10, 20, 25, 30, 45, 60, 120, 300))
    begins = datetime.combine(day, time(6), ZoneInfo(zone)).astimezone(UTC)
    made: dict[str, Slot] = {}
    for _ in range(draw(st.integers(1, most))):
        start = begins + timedelta(minutes=5 * draw(st.integers(0, 3 * 24 * 12)))
        stage = stage_key(draw(st.sampled_from(names)))
        lane = draw(st.integers(0, 2))
        one = slot(start.astimezone(ZoneInfo(zone)), draw(minutes), draw(TITLES), stage=stage, lane=lane)
        made[one.id] = one
    return festival(made.values(), names, timezone=zone, shows_over_24h=draw(st.booleans()))
