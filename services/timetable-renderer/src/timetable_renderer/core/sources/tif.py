"""TOKYO IDOL FESTIVAL's JSON: days, in them stages, in them slots.

`{"day1": {"HOT STAGE": [{"start": "1030", "end": "1055", "artist": "…", "detail": "…<br>…"}]}}`. What is missing is the
string "null". The days have numbers alone, or dates for keys; the greetings' file has the same form, with the booths A
to T for stages.
"""

import re
from datetime import date
from typing import Any, Final

from timetable_renderer.core.cleaning import day_label, minutes_of
from timetable_renderer.core.config import Format
from timetable_renderer.core.festival import Kind
from timetable_renderer.core.parsed import DayTime, Parsed
from timetable_renderer.core.sources._reading import MOST_DAYS, Gathering, items, json_of, mapping, refused, said

BOOTH: Final = re.compile(r"[A-T]")


def is_tif(whole: Any) -> bool:
    """Does JSON have this form: an object whose keys name days, with objects in it?"""
    return isinstance(whole, dict) and any(isinstance(stages, dict) and _is_day(key) for key, stages in whole.items())


def parse(text: str, fmt: Format = "tif") -> Parsed:
    """Read it.

    Raises:
        SourceRefusedError: it cannot be read; says where and why.
    """
    return read(json_of(text), fmt)


def read(whole: Any, fmt: Format = "tif") -> Parsed:
    """Read what the JSON says.

    Raises:
        SourceRefusedError: it has another form.
    """
    if not is_tif(whole):
        raise refused("", "it has no days: its keys should be day1, day2, …")
    if len(whole) > MOST_DAYS:
        raise refused("", f"it has more than {MOST_DAYS} days")
    found = Gathering(fmt)
    days: list[date] = []
    kind = Kind.GREETING if _all_booths(whole) else None
    for key, stages in whole.items():
        try:
            day = day_label(key)
        except ValueError as error:
            found.fault(key[:60], error, harmless=not isinstance(stages, dict))
            continue
        if isinstance(day, date):
            days.append(day)
        for name, slots in mapping(stages).items():
            found.stage(name)
            for number, slot in enumerate(items(slots), 1):
                _slot(found, f"{key} / {name[:60]} / {number}", slot, stage=name, day=day, kind=kind)
    return found.parsed(days=days)


def _slot(found: Gathering, where: str, slot: Any, *, stage: str, day: date | int, kind: Kind | None) -> None:
    if not isinstance(slot, dict):
        found.fault(where, "a slot should be an object with start, end and artist")
        return
    try:
        start, end = minutes_of(said(slot.get("start"))), minutes_of(said(slot.get("end")))
    except ValueError as error:
        found.fault(where, error)
        return
    found.slot(
        where,
        stage=stage,
        start=DayTime(day, start),
        end=DayTime(day, end),
        title=said(slot.get("artist")),
        detail=said(slot.get("detail")),
        kind=kind,
    )


def _is_day(key: str) -> bool:
    try:
        return bool(day_label(key))
    except ValueError:
        return False


def _all_booths(whole: dict[str, Any]) -> bool:
    names = [name.strip() for stages in whole.values() for name in mapping(stages)]
    return bool(names) and all(BOOTH.fullmatch(name) for name in names)
