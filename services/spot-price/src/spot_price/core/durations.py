"""Lengths of time as people write them on a command line."""

import re
from types import MappingProxyType
from typing import Final

UNITS: Final = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86_400})
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def seconds_of(text: str) -> int:
    """Whole seconds of `90s`, `6m`, `1.5h`, `1h30m`, `90d`; a bare number is in seconds.

    Raises:
        ValueError: it is no length of time.
    """
    wanted = text.strip().lower()
    if re.fullmatch(r"\d{1,10}", wanted):
        return int(wanted)
    parts = _PART.findall(wanted)
    if not parts or "".join(number + unit for number, unit in parts) != wanted:
        raise ValueError(f"{text!r} is no length of time such as 90s, 6m, 1h30m or 2d")
    return round(sum(float(number) * UNITS[unit] for number, unit in parts))


def words_of(seconds: float) -> str:
    """A length of time for people: `45 s`, `6 min`, `2.5 h`, `3.1 days`."""
    if seconds < 2 * UNITS["m"]:
        return f"{seconds:.0f} s"
    if seconds < 2 * UNITS["h"]:
        return f"{seconds / UNITS['m']:.0f} min"
    return f"{seconds / UNITS['h']:.1f} h" if seconds < 2 * UNITS["d"] else f"{seconds / UNITS['d']:.1f} days"
