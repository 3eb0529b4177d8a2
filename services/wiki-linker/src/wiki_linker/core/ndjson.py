"""Entries as lines of JSON: what is imported, and what is exported.

A line is an object with `keyword` and `description`, and perhaps `author`, `aliases` and `updated_at` (Unix
milliseconds or RFC 3339). Other members are passed over. (ndjson.org; UTF-8, lines ended by a line feed.)
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final

from wiki_linker.core.entities import Entry
from wiki_linker.core.validation import InvalidText, check_aliases, check_description, check_keyword

LINE_MAX: Final = 8 << 20
"""Bytes in a line: a description of the longest kind, every character escaped, is 1.8 MB (3.6 MB outside the BMP)."""
_AUTHOR_MAX: Final = 64
_FARTHEST: Final = 253_402_300_799_999  # the last millisecond of the year 9999


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One entry to import, from line (or page) `line`."""

    line: int
    keyword: str
    description: str
    author: str | None = None
    aliases: tuple[str, ...] = ()
    updated_at: int | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line (or page) that is not taken, and why."""

    line: int
    reason: str


def read_lines(file: BinaryIO) -> Iterator[ImportRecord | BadLine]:
    """Every line of the file as a record, or as what is wrong with it. Empty lines are passed over."""
    number = 0
    while line := file.readline(LINE_MAX):
        number += 1
        if not line.endswith(b"\n") and len(line) == LINE_MAX:
            _skip_line(file)
            yield BadLine(number, f"is longer than {LINE_MAX:,} bytes")
        elif not line.isspace():
            yield read_line(number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(LINE_MAX)) and not rest.endswith(b"\n"):
        pass


def read_line(number: int, line: bytes) -> ImportRecord | BadLine:
    """One line as a record, or as what is wrong with it."""
    try:
        found = json.loads(line)
    except UnicodeDecodeError:
        return BadLine(number, "is not UTF-8")
    except (ValueError, RecursionError):
        return BadLine(number, "is not JSON")
    if not isinstance(found, dict):
        return BadLine(number, "is not a JSON object")
    try:
        return ImportRecord(
            line=number,
            keyword=check_keyword(_string(found, "keyword")),
            description=check_description(_string(found, "description")),
            author=_author(found.get("author")),
            aliases=_aliases(found.get("aliases")),
            updated_at=_moment(found.get("updated_at")),
        )
    except InvalidText as error:
        return BadLine(number, str(error))


def export_line(entry: Entry) -> bytes:
    """The entry as a line that `read_lines` reads back."""
    record = {
        "keyword": entry.keyword,
        "description": entry.description,
        "author": entry.author,
        "aliases": list(entry.aliases),
        "updated_at": datetime.fromtimestamp(entry.updated_at / 1000, UTC).isoformat(timespec="milliseconds"),
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _string(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise InvalidText(name, "is missing" if value is None else "is not a string")
    return value


def _author(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidText("author", "is not a string")
    author = check_keyword(value, "author")
    if len(author) > _AUTHOR_MAX:
        raise InvalidText("author", f"has {len(author)} characters; {_AUTHOR_MAX} are allowed")
    return author


def _aliases(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(alias, str) for alias in value):
        raise InvalidText("aliases", "is not a list of strings")
    return check_aliases(tuple(value))


def _moment(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        moment = value
    else:
        try:
            time = datetime.fromisoformat(str(value))
            moment = round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError):
            raise InvalidText("updated_at", "is neither Unix milliseconds nor a time of RFC 3339") from None
    if not 0 <= moment <= _FARTHEST:
        raise InvalidText("updated_at", "is not between 1970 and 9999")
    return moment
