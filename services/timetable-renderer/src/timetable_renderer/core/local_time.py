"""Times by a festival's clock, made into points in time: on days when clocks change, too.

An hour that a clock shows twice means its first time, unless something would end before it starts; one that it skips
means as much later as it skips. Both are what PEP 495 calls fold 0.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MIDNIGHT: Final = 24 * 60
LONGEST_PAST_MIDNIGHT: Final = 12 * 60
"""What ends before it starts by the clock ends on the next day, if that makes it no longer than this."""
LONGEST: Final = timedelta(days=31)


def at(clock: datetime, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """The point in time, in the zone, at which the zone's clock shows `clock` (without a zone); whole minutes."""
    shown = clock.replace(tzinfo=zone, second=0, microsecond=0, fold=fold)
    return shown.astimezone(UTC).astimezone(zone)


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """A point in time, aware, as the zone's clock shows it; whole minutes."""
    return moment.astimezone(zone).replace(second=0, microsecond=0)


def between(first: datetime, last: datetime) -> timedelta:
    """The time that really passes between two points."""
    return last.astimezone(UTC) - first.astimezone(UTC)


def after(start: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """The point in time when so much has passed since `start`."""
    return in_zone(start.astimezone(UTC) + length, zone)


def end_at(start: datetime, start_clock: datetime, end_clock: datetime, zone: ZoneInfo) -> datetime:
    """The end of what starts at `start`, which the clock shows as `start_clock`, and ends by the clock at `end_clock`.

    Where a change of clocks leaves no such time after the start, it is as much later as the clock's times are apart;
    with an end that is not after the start by the clock either, the result is not after the start.
    """
    for fold in (0, 1):
        end = at(end_clock, zone, fold=fold)
        if between(start, end) > timedelta():
            return end
    return after(start, end_clock - start_clock, zone)


def past_midnight(start: datetime, end: datetime) -> datetime:
    """The end by the clock: on the next day, if it is before the start and that makes it no longer than 12 hours."""
    later = end + timedelta(days=1)
    return later if end < start and later - start <= timedelta(minutes=LONGEST_PAST_MIDNIGHT) else end
