"""Settings for a timetable that comes without any: what the source says itself, and what is usual."""

import re
import unicodedata
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.festival import DAY_BOUNDARY
from timetable_renderer.core.parsed import DayTime, Parsed

FIRST_DAY: Final = date(2000, 1, 1)
"""The first day of a timetable that numbers its days. A fixed one: ids are made of dates, and today's would change
them every night."""
_MOST_DAYS: Final = 31
_SHORTEST_SLUG: Final = 4
_MIDNIGHT: Final = 24 * 60
_TOKYO: Final = "Asia/Tokyo"
_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")


def config_of(parsed: Parsed, place: str, *, first_day: date = FIRST_DAY) -> FestivalConfig:
    """Settings for what one source says; `place` is its path or address.

    Days with numbers alone are `first_day` and those after it. Times without an offset are by Tokyo's clock if the
    source names no zone; with one they are by a clock that shows them as they are written.
    """
    stem = place.rstrip("/").rpartition("/")[2].partition(".")[0]
    on_the_web = re.match(r"https?://", place) is not None
    numbers = numbered_days(parsed)
    return FestivalConfig(
        id=next((slug for slug in map(_slug, (parsed.name or "", stem)) if len(slug) >= _SHORTEST_SLUG), "festival"),
        name=parsed.name or stem[:200] or "festival",
        timezone=_zone(parsed),
        days=tuple(first_day + timedelta(days=number) for number in range(min(numbers, _MOST_DAYS))),
        day_boundary=parsed.day_boundary or DAY_BOUNDARY,
        sources=(SourceConfig(url=place) if on_the_web else SourceConfig(file=place),),
        shows_over_24h=any(isinstance(s.start, DayTime) and s.start.minutes >= _MIDNIGHT for s in parsed.slots),
        official_url=parsed.official_url,
    )


def numbered_days(parsed: Parsed) -> int:
    """How many days a source numbers without saying their dates; 0 if it says them."""
    if parsed.days:
        return 0
    numbers = (s.start.day for s in parsed.slots if isinstance(s.start, DayTime) and isinstance(s.start.day, int))
    return max(numbers, default=0)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return _NO_SLUG.sub("-", plain).strip("-")[:64].strip("-")


def _zone(parsed: Parsed) -> str:
    """The zone that the source names, unless its own times have another offset; else one that fits them."""
    aware = [slot.start for slot in parsed.slots if isinstance(slot.start, datetime) and slot.start.tzinfo]
    local = [start for start in aware if start.utcoffset()] or aware  # beside others, UTC is only a way of writing
    keys = Counter(key for start in local if _exists(key := str(getattr(start.tzinfo, "key", ""))))
    named = parsed.timezone if _exists(parsed.timezone or "") else next((key for key, _ in keys.most_common(1)), None)
    zone = named or _TOKYO
    if all(start.utcoffset() == start.astimezone(ZoneInfo(zone)).utcoffset() for start in local):
        return zone
    offsets = Counter(start.utcoffset() for start in local)
    offset = offsets.most_common(1)[0][0] or timedelta()
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest or not -12 <= hours <= 14 or (named and len(offsets) > 1):  # noqa: PLR2004  (the offsets that there are)
        return named or "UTC"
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"  # POSIX's sign: GMT-9 is nine hours ahead


def _exists(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ValueError, OSError, ModuleNotFoundError, KeyError):
        return False
