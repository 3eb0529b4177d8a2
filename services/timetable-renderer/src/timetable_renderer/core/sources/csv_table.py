"""A table with a header: comma, tab, semicolon or bar between cells, columns named in English or Japanese."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from timetable_renderer.core.cleaning import day_label, in_range, minutes_of, span_of
from timetable_renderer.core.festival import Kind
from timetable_renderer.core.parsed import DayTime, Parsed, When
from timetable_renderer.core.sources._reading import Gathering, duration_of, moment_of, refused

COLUMNS: Final = {
    "day": "day|date|日|日付|日程|開催日|日にち|曜日",
    "stage": "stage|venue|room|location|place|ステージ|会場|場所|ステージ名|会場名|部屋|ブース",
    "start": "start|start time|starts|from|begin|開始|開始時刻|開始時間|開演",
    "end": "end|end time|ends|to|until|finish|終了|終了時刻|終了時間|終演",
    "time": "time|times|時間|時刻|出演時間|タイム",
    "duration": "duration|length|minutes|所要時間|持ち時間|分",
    "title": "title|artist|act|name|artist name|summary|event|出演者|出演|"
    "アーティスト|アーティスト名|演目|タイトル|名前|グループ|グループ名|内容",
    "performers": "performers|performer|members|cast|speakers|speaker|メンバー|出演者一覧|登壇者",
    "detail": "detail|details|description|note|notes|remarks|詳細|備考|説明|補足",
    "kind": "kind|type|category|種別|種類|区分|タイプ",
    "colour": "colour|color|色|ステージカラー",
}
"""What columns are called, in lower case."""
KINDS: Final = {
    "live": Kind.LIVE, "ライブ": Kind.LIVE, "concert": Kind.LIVE, "dj": Kind.LIVE,
    "greeting": Kind.GREETING, "特典会": Kind.GREETING, "tokuten": Kind.GREETING, "グリーティング": Kind.GREETING,
    "meet": Kind.GREETING, "チェキ": Kind.GREETING, "握手会": Kind.GREETING,
    "talk": Kind.TALK, "トーク": Kind.TALK, "lecture": Kind.TALK, "トークショー": Kind.TALK,
    "other": Kind.OTHER, "その他": Kind.OTHER, "物販": Kind.OTHER, "goods": Kind.OTHER,
}  # fmt: skip
MOST_LINES: Final = 400_000
MIDNIGHT: Final = 24 * 60
DELIMITERS: Final = ",\t;|"
_NAMES: Final = {spelling: column for column, spellings in COLUMNS.items() for spelling in spellings.split("|")}
_BETWEEN_PERFORMERS: Final = str.maketrans(dict.fromkeys(";、；／\n", "/"))


def header_of(text: str) -> tuple[str, dict[str, int]] | None:
    """The delimiter, and each column's place, of a text whose first line is such a header; None if it is none."""
    first = next((line for line in text[:4_000].splitlines() if line.strip()), "")
    best = max((_columns(first, delimiter) for delimiter in DELIMITERS), key=lambda found: len(found[1]))
    columns = best[1]
    return best if "title" in columns and ("start" in columns or "time" in columns) else None


def _columns(line: str, delimiter: str) -> tuple[str, dict[str, int]]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(line.split(delimiter)):
        name = unicodedata.normalize("NFKC", cell).strip().strip('"').strip().casefold().replace("_", " ")
        if name in _NAMES:
            columns.setdefault(_NAMES[name], place)
    return delimiter, columns


def parse(text: str) -> Parsed:
    """Read it.

    Raises:
        SourceRefusedError: it cannot be read; says where and why.
    """
    header = header_of(text)
    if header is None:
        raise refused(
            "line 1", "its columns have no names; at least start, end and title (開始, 終了, 出演者) are needed"
        )
    delimiter, columns = header
    found = Gathering("csv")
    for line, cells in _rows(text, delimiter):
        row = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
        try:
            start, end = _times(row)
        except ValueError as error:
            found.fault(f"line {line}", error)
            continue
        stage = found.stage(row.get("stage", ""), row.get("colour", ""))
        found.slot(
            f"line {line}",
            stage=stage,
            start=start,
            end=end,
            title=row["title"],
            performers=row.get("performers", "").translate(_BETWEEN_PERFORMERS).split("/"),
            detail=row.get("detail", ""),
            kind=KINDS.get(row.get("kind", "").strip().casefold()),
        )
    return found.parsed()


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff \r\n"), newline=""), delimiter=delimiter, strict=True)
    skipped = len(text) - len(text.lstrip("\ufeff \r\n"))
    before = text[:skipped].count("\n")
    try:
        next(reader, None)
        line = reader.line_num
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + line + 1, cells
            line = reader.line_num
            if line > MOST_LINES:
                raise refused(f"line {before + line}", f"it has more than {MOST_LINES:,} lines")
    except csv.Error as error:
        raise refused(f"line {before + reader.line_num}", f"it is no table: {error}") from None


def _times(row: dict[str, str]) -> tuple[When, When | timedelta]:
    """When a row starts and ends.

    A number of a day, or none, makes it a time of the festival's day; a date is the calendar's: 1:30 on the 7th is in
    the night that began on the 6th, just as 25:30 on the 6th.
    """
    first, last, span = (row.get(name, "").strip() for name in ("start", "end", "time"))
    length = row.get("duration", "").strip()
    if not first and span:
        if length:
            first = span
        else:
            return _placed(row, *span_of(span))
    if not last and not length:
        raise ValueError("it has no end")
    try:
        start = minutes_of(first)
    except ValueError:
        moment = _moment(first)
        return moment, _moment(last) if last else duration_of(length)
    if not last:
        return _placed(row, start, start)[0], duration_of(length)
    return _placed(row, start, minutes_of(last))


def _moment(text: str) -> datetime:
    if len(text) < len("2027-8-6 9:30"):
        minutes_of(text)  # says what a time looks like
    day, _, clock = text.replace("/", "-").replace("T", " ").partition(" ")
    try:
        return _calendar(day_label(day), minutes_of(clock))
    except ValueError:
        return moment_of(text.replace("/", "-"))


def _placed(row: dict[str, str], start: int, end: int) -> tuple[When, When]:
    label = row.get("day", "").strip()
    day = day_label(label) if label else 1
    if isinstance(day, int):
        return DayTime(day, start), DayTime(day, end)
    return _calendar(day, start), _calendar(day, end + MIDNIGHT if end <= start - MIDNIGHT // 2 else end)


def _calendar(day: date | int, minutes: int) -> datetime:
    if isinstance(day, int):
        raise ValueError(f"“{day}” is no date; dates look like 2027-08-06")  # noqa: TRY004  (a text, of a source)
    day = in_range(day)
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001  (by the festival's clock)
