r"""TOKYO IDOL FESTIVAL's greetings as a table with tabs: booths A to T, times such as `10：30～11：00` or `930`.

Made by hand, and so in several forms, all of which are read; a line that names a day alone starts that day:

- booths across, times down: `\tA\tB`, then `10：30～11：00\tact\tact`;
- times across, booths down: `\t10：30～11：00\t11：00～11：30`, then `A\tact\tact`;
- a line a greeting: booth, times (a span, or start and end) and act in any order, perhaps a day before them.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from timetable_renderer.core.cleaning import clean_line, day_label, minutes_of, span_of
from timetable_renderer.core.festival import Kind
from timetable_renderer.core.parsed import DayTime, Parsed
from timetable_renderer.core.sources._reading import MOST_DAYS, Gathering, refused

_BOOTH: Final = re.compile(
    r"(?:greeting\s?area|グリーティングエリア|booth|ブース|レーン)?\s?([A-T])\s?(?:booth|ブース|レーン)?", re.IGNORECASE
)
_MOST_CELLS: Final = 400
_MOST_LINES: Final = 100_000
Span = tuple[int, int]


@dataclass
class _Table:
    """What the lines above say about those below."""

    day: date | int = 1
    days: list[date] = field(default_factory=list)
    booths: dict[int, str] = field(default_factory=dict)
    spans: dict[int, Span] = field(default_factory=dict)


def is_greeting(text: str) -> bool:
    """Is it such a table: tabs, and a booth or a span of time in one of its first lines?"""
    lines = [line for line in text[:8_000].splitlines() if "\t" in line][:5]
    return any(_booth(cell) or _span(cell) for line in lines for cell in line.split("\t")[:_MOST_CELLS])


def parse(text: str) -> Parsed:
    """Read it.

    Raises:
        SourceRefusedError: it cannot be read; says where and why.
    """
    found = Gathering("greeting")
    table = _Table()
    for number, line in enumerate(text.split("\n"), 1):
        if number > _MOST_LINES or line.count("\t") >= _MOST_CELLS:
            raise refused(f"line {number}", f"it has more than {_MOST_LINES:,} lines, or {_MOST_CELLS} cells in one")
        cells = [clean_line(cell) for cell in line.rstrip("\r").split("\t")]
        if any(cells):
            _line(found, table, number, cells)
    return found.parsed(days=table.days)


def _line(found: Gathering, table: _Table, number: int, cells: list[str]) -> None:
    filled = {place: cell for place, cell in enumerate(cells) if cell}
    day = _day(next(iter(filled.values())))
    if day is not None and len(filled) == 1:
        _day_begins(table, day)
        return
    if _is_header(table, filled, day):
        for booth in table.booths.values():
            found.stage(booth)
        return
    where = f"line {number}"
    if _across(found, table, where, filled) or _single(found, table, where, filled):
        return
    found.fault(where, "no booth, no time or no act was found in it", harmless=number == 1)


def _day_begins(table: _Table, day: date | int) -> None:
    table.day = day
    if isinstance(day, date):
        table.days.append(day)
        if len(set(table.days)) > MOST_DAYS:
            raise refused("", f"it has more than {MOST_DAYS} days")


def _is_header(table: _Table, filled: dict[int, str], day: date | int | None) -> bool:
    """Does a line name booths, or spans of time, and nothing after the first of them but more of the same?"""
    booths = {place: booth for place, cell in filled.items() if (booth := _booth(cell))}
    spans = {place: span for place, cell in filled.items() if (span := _span(cell))}
    first = min(booths or spans, default=0)
    before = [cell for place, cell in filled.items() if place < first]
    rest = len(filled) - len(before)
    if booths and len(booths) == rest and not any(_span(cell) or _is_time(cell) for cell in before):
        table.booths, table.spans = booths, {}
    elif spans and len(spans) == rest and first > 0 and not booths:
        table.booths, table.spans = {}, spans
    else:
        return False
    if day is not None and before:
        _day_begins(table, day)
    return True


def _across(found: Gathering, table: _Table, where: str, filled: dict[int, str]) -> bool:
    """A line of a table whose other side is in its header."""
    if table.booths:
        before = [cell for place, cell in filled.items() if place not in table.booths]
        span = None if any(map(_booth, before)) else _first_span(before)
        acts = [(booth, span, filled[place]) for place, booth in table.booths.items() if place in filled and span]
    else:
        booth = _booth(filled.get(0, ""))
        acts = [(booth, span, filled[place]) for place, span in table.spans.items() if place in filled and booth]
    for booth, span, act in acts:
        _keep(found, f"{where} / {booth}", table.day, span, stage=booth, title=act)
    return bool(acts) or bool(table.booths and span and len(filled) == 1)


def _single(found: Gathering, table: _Table, where: str, filled: dict[int, str]) -> bool:
    """A line that says all of one greeting."""
    cells = list(filled.values())
    day = table.day
    booth = next((cell for cell in cells if _booth(cell)), None)
    if booth is None:
        return False
    cells.remove(booth)
    named = next((cell for cell in cells if _day(cell) is not None and not _is_time(cell)), None)
    if named is not None:
        day = _day(named) or day
        cells.remove(named)
    span = _first_span(cells)
    acts = [cell for cell in cells if not _span(cell) and not _is_time(cell)]
    if span is None or not acts:
        return False
    if isinstance(day, date):
        table.days.append(day)
    _keep(found, where, day, span, stage=_booth(booth), title=acts[0], detail="\n".join(acts[1:]))
    return True


def _keep(found: Gathering, where: str, day: date | int, span: Span, **texts: str) -> None:
    found.stage(texts["stage"])
    start, end = span
    found.slot(where, start=DayTime(day, start), end=DayTime(day, end), kind=Kind.GREETING, **texts)


def _booth(cell: str) -> str:
    found = _BOOTH.fullmatch(unicodedata.normalize("NFKC", cell[:40]).strip())
    return found[1].upper() if found else ""


def _first_span(cells: list[str]) -> Span | None:
    """The first span among cells, or the first two times."""
    span = next((span for cell in cells if (span := _span(cell))), None)
    times = [minutes_of(cell) for cell in cells if _is_time(cell)]
    return span or ((times[0], times[1]) if len(times) > 1 else None)


def _span(cell: str) -> Span | None:
    try:
        return span_of(cell)
    except ValueError:
        return None


def _is_time(cell: str) -> bool:
    try:
        minutes_of(cell)
    except ValueError:
        return False
    return True


def _day(cell: str) -> date | int | None:
    try:
        return day_label(cell)
    except ValueError:
        return None
