"""Lengths of time as people write them: `15m`, `3h`, `7d`."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_UNITS: Final[Mapping[str, int]] = MappingProxyType({"m": 60, "h": 3600, "d": 86_400, "w": 604_800})
_SPAN: Final = re.compile(r"\s*([1-9][0-9]{0,4})\s*([mhdw])\s*", re.IGNORECASE)
LONGEST: Final = 366 * 86_400
"""Seconds: a year; what is asked for beyond is not looked at in one chart."""


def parse_span(text: str) -> int | None:
    """The seconds of a length such as `90m`, `3h`, `7d` or `2w`; None: it is none, or longer than `LONGEST`."""
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    seconds = int(match[1]) * _UNITS[match[2].lower()]
    return seconds if seconds <= LONGEST else None


def span_text(seconds: int) -> str:
    """The shortest way to write a length: `3h`. `parse_span` reads it again; what is less than a minute is left out."""
    unit = next((unit for unit in ("w", "d", "h") if seconds % _UNITS[unit] == 0), "m")
    return f"{max(1, seconds // _UNITS[unit])}{unit}"
