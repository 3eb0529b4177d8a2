"""Entries as lines of JSON: what an import reads and an export writes.

A line is an object with `keyword` and `description`, and perhaps `author`, `aliases` and `updated_at` (RFC 3339);
other fields are passed over. Reading what was written gives the same records.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final

from wiki_linker.core.validation import (
    InvalidText,
    check_aliases,
    check_description,
    check_keyword,
    check_user_name,
)

LINE_MAX: Final = 4_000_000
"""Bytes in a line: the longest description fits even if each of its characters is written as two \\u escapes."""

_SKIP: Final = 65_536  # bytes of an overlong line that are read, and forgotten, at a time
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_YEAR_10000: Final = 253_402_300_800_000


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One entry to import, checked. `line` counts lines (in a dump: pages) from 1; times are Unix milliseconds."""

    line: int
    keyword: str
    description: str
    author: str | None = None
    aliases: tuple[str, ...] = ()
    updated_at: int | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line (in a dump: a page) that cannot be imported, and why."""

    line: int
    reason: str


def read_lines(file: BinaryIO) -> Iterator[ImportRecord | BadLine]:
    """What the lines of `file` say, one by one; blank lines are passed over, and counted.

    No more than `LINE_MAX` bytes are held at a time: a longer line is skipped and told of.
    """
    number = 0
    while line := file.readline(LINE_MAX + 1):
        number += 1
        if len(line) > LINE_MAX and not line.endswith(b"\n"):
            while not line.endswith(b"\n") and (line := file.readline(_SKIP)):
                pass
            yield BadLine(number, f"the line is longer than {LINE_MAX:,} bytes")
            continue
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if line.strip():
            yield parse_line(number, line)


def parse_line(number: int, line: bytes) -> ImportRecord | BadLine:
    """What one line says, or what is wrong with it."""
    try:
        parsed = json.loads(line.decode())
    except UnicodeDecodeError:
        return BadLine(number, "the line is not UTF-8")
    except (ValueError, RecursionError):  # a ValueError also for a number of more than 4,300 digits
        return BadLine(number, "the line is not JSON")
    if not isinstance(parsed, dict):
        return BadLine(number, "the line is not a JSON object")
    try:
        return _record(number, parsed)
    except InvalidText as error:
        return BadLine(number, str(error))


def write_line(record: ImportRecord) -> bytes:
    """The line, with its line feed, that says `record`; the line's number is not in it."""
    fields: dict[str, Any] = {"keyword": record.keyword, "description": record.description}
    if record.author is not None:
        fields["author"] = record.author
    if record.aliases:
        fields["aliases"] = record.aliases
    if record.updated_at is not None:
        fields["updated_at"] = format_time(record.updated_at)
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parse_time(text: str, *, field: str) -> int:
    """Unix milliseconds of an RFC 3339 time; finer parts are cut off.

    Raises:
        InvalidText: it is no such time, says no offset from UTC, or lies before 1970.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidText(field, "it is not an RFC 3339 time") from None
    if moment.tzinfo is None:
        raise InvalidText(field, "it says no offset from UTC")
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    if not 0 <= milliseconds < _YEAR_10000:
        raise InvalidText(field, "it is not between the years 1970 and 9999")
    return milliseconds


def format_time(milliseconds: int) -> str:
    """Unix milliseconds as RFC 3339 in UTC, with milliseconds where there are any."""
    moment = _EPOCH + milliseconds * _MILLISECOND
    precision = "milliseconds" if milliseconds % 1000 else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _record(number: int, fields: Mapping[str, Any]) -> ImportRecord:
    keyword = check_keyword(_text(fields, "keyword"))
    description = check_description(_text(fields, "description"))
    author = None if fields.get("author") is None else check_user_name(_text(fields, "author"), field="author")
    aliases = fields.get("aliases") or ()
    if not isinstance(aliases, list | tuple) or not all(isinstance(alias, str) for alias in aliases):
        raise InvalidText("aliases", "it is not a list of strings")
    names = check_aliases(keyword, aliases)
    updated_at = None
    if fields.get("updated_at") is not None:
        updated_at = parse_time(_text(fields, "updated_at"), field="updated_at")
    return ImportRecord(number, keyword, description, author, names, updated_at)


def _text(fields: Mapping[str, Any], field: str) -> str:
    value = fields.get(field)
    if value is None:
        raise InvalidText(field, "it is missing")
    if not isinstance(value, str):
        raise InvalidText(field, "it is not a string")
    return value
