"""FesFolio's JSON: one day of one event, its stages, and a timetable that names them by their ids."""

from typing import Any, Final

from timetable_renderer.core.cleaning import minutes_of
from timetable_renderer.core.festival import Kind
from timetable_renderer.core.parsed import DayTime, Parsed
from timetable_renderer.core.sources._reading import (
    Gathering,
    date_of,
    items,
    json_of,
    mapping,
    refused,
    said,
    web_address,
)

KINDS: Final = {"live": Kind.LIVE, "tokuten": Kind.GREETING, "goods": Kind.OTHER, "other": Kind.OTHER}


def is_fesfolio(whole: Any) -> bool:
    """Does JSON have this form?"""
    return isinstance(whole, dict) and isinstance(whole.get("timetable"), list)


def parse(text: str) -> Parsed:
    """Read it.

    Raises:
        SourceRefusedError: it cannot be read; says where and why.
    """
    return read(json_of(text))


def read(whole: Any) -> Parsed:
    """Read what the JSON says.

    Raises:
        SourceRefusedError: it has another form.
    """
    if not is_fesfolio(whole):
        raise refused("timetable", "there is no list of slots")
    day = date_of(said(whole.get("date")))
    if day is None:
        raise refused("date", f"“{said(whole.get('date'))[:40]}” is no date; dates look like 2027-08-06")
    found = Gathering("fesfolio")
    names: dict[str, str] = {}
    for stage in map(mapping, items(whole.get("stages"))):
        stage_id = said(stage.get("stage_id"))
        names[stage_id] = found.stage(said(stage.get("stage_name")) or stage_id, said(stage.get("color")))
    for number, slot in enumerate(items(whole["timetable"]), 1):
        where = f"timetable / {number}"
        if not isinstance(slot, dict):
            found.fault(where, "a slot should be an object with stage_id, start, end and act")
            continue
        stage_id = said(slot.get("stage_id"))
        if stage_id not in names:
            found.fault(f"{where} / stage_id", f"there is no stage “{stage_id[:60]}” in stages")
            continue
        try:
            start, end = minutes_of(said(slot.get("start"))), minutes_of(said(slot.get("end")))
        except ValueError as error:
            found.fault(where, error)
            continue
        found.slot(
            where,
            stage=names[stage_id],
            start=DayTime(day, start),
            end=DayTime(day, end),
            title=said(slot.get("act")),
            detail=said(slot.get("description")),
            kind=KINDS.get(said(slot.get("type"))),
        )
    return found.parsed(
        days=[day], name=said(whole.get("event_name")), official_url=web_address(said(whole.get("official_url")))
    )
