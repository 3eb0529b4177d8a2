"""What all parsers share: bytes to text, JSON within bounds, and gathering what a source says."""

import codecs
import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from timetable_renderer.core.cleaning import (
    LONGEST_STAGE,
    clean_line,
    clean_lines,
    duration_minutes,
    in_range,
    performers_of,
)
from timetable_renderer.core.config import Format
from timetable_renderer.core.festival import Kind
from timetable_renderer.core.parsed import Fault, Parsed, ParsedSlot, ParsedStage, SourceRefusedError, When

MOST_BYTES: Final = 20_000_000
MOST_SLOTS: Final = 20_000
MOST_STAGES: Final = 400
MOST_DAYS: Final = 31
NO_STAGE: Final = "TBA"
"""Where something is that its source places nowhere."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_LANGUAGES: Final = ("ja", "en")


def refused(where: str, reason: str) -> SourceRefusedError:
    """An error that says why a source cannot be read."""
    return SourceRefusedError(Fault(where, reason))


def text_of(body: bytes) -> str:
    """A source's text: UTF-8, with or without a byte order mark, UTF-16 with one, else CP932 (Windows' Shift_JIS).

    Raises:
        SourceRefusedError: it is too large, or neither.
    """
    if len(body) > MOST_BYTES:
        raise refused("", f"it has {len(body):,} bytes; at most {MOST_BYTES:,} are read")
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body, mark, encoding)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        try:
            return body.decode("cp932")
        except UnicodeDecodeError:
            raise refused(f"byte {error.start + 1}", "it is text neither in UTF-8 nor in CP932") from None


def _decoded(body: bytes, mark: bytes, encoding: str) -> str:
    try:
        return body[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise refused(f"byte {len(mark) + error.start + 1}", f"it begins as {encoding.upper()} but is not") from None


def json_of(text: str) -> Any:
    """What JSON says.

    Raises:
        SourceRefusedError: it is none, with line and column; or nested too deeply.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise refused(f"line {error.lineno}, column {error.colno}", f"it is no JSON: {error.msg}") from None
    except RecursionError:
        raise refused("", "its JSON is nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise refused("", f"its JSON cannot be read: {error}") from None


def said(value: Any) -> str:
    """A JSON value as text: strings and whole numbers; of texts by language Japanese, English, or the first."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12:
        return str(value)
    if isinstance(value, dict):
        texts = {key: text for key, text in value.items() if isinstance(text, str)}
        return next((texts[key] for key in _LANGUAGES if key in texts), next(iter(texts.values()), ""))
    return ""


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A JSON array, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def moment_of(text: str) -> datetime:
    """A date and time of ISO 8601, with or without an offset.

    Raises:
        ValueError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text.strip()[:40])
    except ValueError:
        raise ValueError(f"“{text.strip()[:40]}” is no date and time, such as 2027-08-06T10:30:00+09:00") from None
    in_range(moment)
    return moment


def date_of(text: str) -> date | None:
    """The date with which a text of ISO 8601 begins, if it does."""
    try:
        return in_range(date.fromisoformat(text.strip()[:10]))
    except ValueError:
        return None


def duration_of(text: str) -> timedelta:
    """How long `00:45`, `1:30`, `002:01:30` or `45` is.

    Raises:
        ValueError: it is no duration.
    """
    return timedelta(minutes=duration_minutes(text))


def zone_name(text: str) -> str | None:
    """A time zone's name as a source writes it, if it can be one."""
    name = clean_line(text, 60)
    return name or None


def web_address(text: str) -> str | None:
    """An address of the web, if a text is one."""
    address = text.strip()
    return address if re.fullmatch(r"https?://[^\s<>\"]{1,1900}", address) else None


class Gathering:
    """Gathers what a parser finds, within bounds; cleans the texts on the way."""

    def __init__(self, fmt: Format) -> None:
        self._format: Format = fmt
        self._slots: list[ParsedSlot] = []
        self._stages: dict[str, ParsedStage] = {}
        self._faults: list[Fault] = []
        self._names: set[str] = set()

    def stage(self, name: str, colour: str = "") -> str:
        """Note a stage in the order of the source; gives its name as it is shown."""
        shown = clean_line(name, LONGEST_STAGE) or NO_STAGE
        self._known(shown)
        if shown not in self._stages:
            colour = colour.strip().lower()
            self._stages[shown] = ParsedStage(shown, colour if _COLOUR.fullmatch(colour) else None)
        return shown

    def slot(
        self,
        where: str,
        *,
        stage: str,
        start: When,
        end: When | timedelta,
        title: str,
        performers: Sequence[str] = (),
        detail: str = "",
        kind: Kind | None = None,
    ) -> None:
        """Keep a slot, its texts cleaned."""
        shown = clean_line(stage, LONGEST_STAGE) or NO_STAGE
        self._known(shown)
        self._slots.append(
            ParsedSlot(
                shown, start, end, clean_line(title), performers_of(list(performers)), clean_lines(detail), kind, where
            )
        )
        self._count()

    def fault(self, where: str, reason: object, *, harmless: bool = False) -> None:
        """Keep what was passed over, and why."""
        self._faults.append(Fault(where, str(reason), harmless))
        self._count()

    def parsed(
        self,
        *,
        days: Sequence[date] = (),
        name: str = "",
        timezone: str | None = None,
        official_url: str | None = None,
        day_boundary: time | None = None,
    ) -> Parsed:
        """All of it.

        Raises:
            SourceRefusedError: no slot was found.
        """
        if not self._slots:
            if not self._faults:
                raise refused("", "there is no slot in it")
            raise SourceRefusedError(Fault("", "there is no slot in it that can be read"), *self._faults)
        return Parsed(
            self._format,
            tuple(self._slots),
            tuple(self._stages.values()),
            tuple(sorted(set(days))),
            clean_line(name, 200) or None,
            timezone,
            official_url,
            day_boundary,
            tuple(self._faults),
        )

    def _known(self, stage: str) -> None:
        self._names.add(stage)
        if len(self._names) > MOST_STAGES:
            raise refused("", f"it has more than {MOST_STAGES} stages")

    def _count(self) -> None:
        if len(self._slots) + len(self._faults) > MOST_SLOTS:
            raise refused("", f"it has more than {MOST_SLOTS:,} slots")
