"""Timetables of all formats: bytes in, what they say out. Recognised by what is in them, never by a file's name."""

import re
from dataclasses import replace
from typing import Final

from timetable_renderer.core.config import Format
from timetable_renderer.core.parsed import Fault, Parsed, SourceRefusedError
from timetable_renderer.core.sources import csv_table, fesfolio, frab_json, frab_xml, greeting, ical, tif
from timetable_renderer.core.sources._reading import MOST_BYTES, json_of, refused, text_of

_HTML: Final = re.compile(r"<!doctype\s+html|<html\b", re.IGNORECASE)
_MOST_FAULTS: Final = 20
"""Faults that a refusal names; the others are of the same kind."""

__all__ = ["MOST_BYTES", "parse"]


def parse(body: bytes, fmt: Format = "auto", *, place: str = "") -> Parsed:
    """Read a timetable. `place` goes before every place in it that is named.

    Raises:
        SourceRefusedError: it cannot be read; says where (line and column, or the way into the JSON) and why.
    """
    try:
        parsed = _parse(body, fmt)
    except SourceRefusedError as error:
        raise SourceRefusedError(*(_placed(fault, place) for fault in error.faults[:_MOST_FAULTS])) from None
    if not place:
        return parsed
    return replace(
        parsed,
        slots=tuple(replace(slot, where=f"{place}: {slot.where}") for slot in parsed.slots),
        passed_over=tuple(_placed(fault, place) for fault in parsed.passed_over),
    )


def _parse(body: bytes, fmt: Format) -> Parsed:
    if not body.strip():
        raise refused("", "it is empty")
    text = _text(body)
    if fmt == "auto":
        return _recognised(text)
    if fmt == "greeting" and text.lstrip().startswith(("{", "[")):
        return tif.parse(text, "greeting")
    return {
        "tif": tif.parse,
        "greeting": greeting.parse,
        "frab-xml": frab_xml.parse,
        "frab-json": frab_json.parse,
        "ical": ical.parse,
        "fesfolio": fesfolio.parse,
        "csv": csv_table.parse,
    }[fmt](text)


def _text(body: bytes) -> str:
    encoding = frab_xml.declared_encoding(body)
    if encoding is None or len(body) > MOST_BYTES:
        return text_of(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise refused(f"byte {error.start + 1}", f"its XML says that it is {encoding}, but it is not") from None


def _recognised(text: str) -> Parsed:
    start = text[:2_000].lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        return _recognised_json(text)
    if _HTML.match(start):
        raise refused("", "it is a page of HTML, not a timetable")
    if start.startswith("<"):
        return frab_xml.parse(text.lstrip("\ufeff \t\r\n"))
    if start[:15].upper() == "BEGIN:VCALENDAR":
        return ical.parse(text)
    if csv_table.header_of(text) is not None:
        return csv_table.parse(text)
    if greeting.is_greeting(text):
        return greeting.parse(text)
    raise refused(
        "", "its format is none that is known: TIF's JSON or greetings, frab's XML or JSON, iCalendar, FesFolio, CSV"
    )


def _recognised_json(text: str) -> Parsed:
    whole = json_of(text)
    if frab_json.is_frab(whole):
        return frab_json.read(whole)
    if fesfolio.is_fesfolio(whole):
        return fesfolio.read(whole)
    if tif.is_tif(whole):
        return tif.read(whole)
    raise refused(
        "", "its JSON is none of a timetable: neither days (day1 …) nor a schedule nor stages with a timetable"
    )


def _placed(fault: Fault, place: str) -> Fault:
    return replace(fault, where=": ".join(part for part in (place, fault.where) if part)) if place else fault
