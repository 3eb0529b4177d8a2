"""frab's and pentabarf's `schedule.xml`: days, in them rooms, in them events.

Read in one pass, without a tree: 20 MB of empty elements would make one of some gigabytes. Entities are refused
(defusedxml): a few lines of them expand to any size.
"""

import re
from datetime import date
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from timetable_renderer.core.parsed import Parsed
from timetable_renderer.core.sources._reading import (
    MOST_DAYS,
    Gathering,
    date_of,
    duration_of,
    refused,
    web_address,
    zone_name,
)
from timetable_renderer.core.sources.frab_json import boundary_of, detail_of, kind_of, start_of

DEEPEST: Final = 32
MOST_ELEMENTS: Final = 600_000
"""20,000 events of 30; a million take 12 s."""
_ENDLESS_TAG: Final = re.compile(r"<[^<>]{65536}")
_EVENT: Final = ("schedule", "day", "room", "event")
_CONFERENCE: Final = ("schedule", "conference")
_PERSONS: Final = (*_EVENT, "persons")


def parse(text: str) -> Parsed:
    """Read it.

    Raises:
        SourceRefusedError: it cannot be read; says where and why.
    """
    if _ENDLESS_TAG.search(text):
        raise refused("", "its XML has a tag of more than 65,536 characters")
    reader = _Reader()
    parser = DefusedXMLParser(target=reader, encoding="utf-8")
    try:
        parser.feed(text.encode("utf-8", "replace"))  # at once: of an unfinished tag every piece is read again
        parser.close()
    except DefusedXmlException as error:
        raise refused("", f"its XML declares entities or refers to files: {type(error).__name__}") from None
    except ParseError as error:
        line, column = error.position
        raise refused(f"line {line}, column {column + 1}", f"it is no XML: {str(error).partition(':')[0]}") from None
    except (ValueError, LookupError) as error:
        raise refused("", f"its XML cannot be read: {error}") from None
    return reader.parsed()


class _Reader:
    """What the XML parser calls; keeps the texts of one event at a time."""

    def __init__(self) -> None:
        self._found = Gathering("frab-xml")
        self._path: list[str] = []
        self._elements = 0
        self._text: list[str] = []
        self._day: date | int = 0
        self._days: list[date] = []
        self._ends: list[str] = []
        self._day_number = 0
        self._room = ""
        self._number = 0
        self._fields: dict[str, str] = {}
        self._persons: list[str] = []
        self._conference: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._path) >= DEEPEST:
            raise refused("", f"its XML has more than {MOST_ELEMENTS:,} elements, or more than {DEEPEST} in another")
        self._path.append(tag.rpartition("}")[2])
        self._text.clear()
        if self._path[0] != "schedule":
            raise refused("", f"its XML is a <{tag[:40]}>, not a <schedule>")
        path = tuple(self._path)
        if path == _EVENT[:2]:
            self._day_begins(attributes)
        elif path == _EVENT[:3]:
            self._room = attributes.get("name", "")
            self._number = 0
            if self._room.strip():
                self._found.stage(self._room)
        elif path == _EVENT:
            self._number += 1
            self._fields = {}
            self._persons = []

    def data(self, text: str) -> None:
        """Text, or a part of it."""
        self._text.append(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        path = tuple(self._path)
        text = "".join(self._text)
        if path == _EVENT:
            self._event()
        elif path[:-1] == _EVENT:
            self._fields.setdefault(path[-1], text)
        elif path[:-1] == _PERSONS:
            self._persons.append(text)
        elif path[:-1] == _CONFERENCE:
            self._conference.setdefault(path[-1], text)
        self._path.pop()
        self._text.clear()

    def close(self) -> None:
        """The document ends."""

    def parsed(self) -> Parsed:
        """All that was found."""
        told = self._conference
        return self._found.parsed(
            days=self._days,
            name=told.get("title") or told.get("acronym", ""),
            timezone=zone_name(told.get("time_zone_name", "")),
            official_url=web_address(told.get("url") or told.get("base_url", "")),
            day_boundary=boundary_of(self._ends, told.get("day_change", "")),
        )

    def _day_begins(self, attributes: dict[str, str]) -> None:
        self._day_number += 1
        if self._day_number > MOST_DAYS:
            raise refused("", f"it has more than {MOST_DAYS} days")
        on = date_of(attributes.get("date", ""))
        self._day = on or self._day_number
        self._days += [on] if on else []
        self._ends.append(attributes.get("end", ""))

    def _event(self) -> None:
        fields = self._fields
        where = f"day {self._day_number} / {self._room[:60]} / {self._number}"
        try:
            start = start_of(fields.get("date", ""), fields.get("start", ""), self._day)
            length = duration_of(fields.get("duration", ""))
        except ValueError as error:
            self._found.fault(where, error)
            return
        self._found.slot(
            where,
            stage=self._room or fields.get("room", ""),
            start=start,
            end=length,
            title=fields.get("title", ""),
            performers=self._persons,
            detail=detail_of(fields.get("subtitle", ""), fields.get("abstract", ""), fields.get("description", "")),
            kind=kind_of(fields.get("type", "")),
        )


_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS: Final = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "iso-8859-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso8859_15",
}


def declared_encoding(body: bytes) -> str | None:
    """The encoding that a document says it is in, if it is one in which such documents come and not UTF-8."""
    found = _DECLARED.match(body[:400])
    return _ENCODINGS.get(found[1].decode().lower()) if found else None
