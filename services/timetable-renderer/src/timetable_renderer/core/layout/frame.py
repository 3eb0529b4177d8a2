"""What stands around the picks: the header, each day's bar, the legend and the footer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from timetable_renderer.core.festival import Stage
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Box, Group, Leaf, Qr, Rounded, Weight
from timetable_renderer.core.layout.words import clock, numeral
from timetable_renderer.core.options import PictureDoesNotFitError
from timetable_renderer.core.plan import DayPlan
from timetable_renderer.core.qr import modules

MARGIN: Final = 40
_QR: Final = 200
_SWATCH: Final = 24


@dataclass(frozen=True, slots=True)
class HeaderStyle:
    """Type sizes of a picture's header."""

    name: int = 52
    under: int = 29
    most_lines: int = 2


HEADER: Final = HeaderStyle()


def header(sheet: Sheet, under: str, x: int, top: int, *, width: int, style: HeaderStyle = HEADER) -> Group:
    """The festival's name and a line under it."""
    ground = sheet.theme.background
    size, small = sheet.em(style.name), sheet.em(style.under)
    children: list[Leaf] = []
    y = top
    for line in sheet.break_lines(sheet.festival.name, width, style.most_lines, size, Weight.BOLD):
        children.append(sheet.text(line, x, y, size, Weight.BOLD, colour=sheet.theme.text, on=ground))
        y += sheet.line(size, Weight.BOLD)
    for line in sheet.break_lines(under, width, 2, small):
        children.append(sheet.text(line, x, y, small, colour=sheet.theme.muted, on=ground))
        y += sheet.line(small)
    return Group("header", Box(x, top, width, y - top), tuple(children))


def summary(sheet: Sheet, days: Sequence[DayPlan]) -> str:
    """`マイタイムテーブル・27枠・8/4(金)–8/6(日)`."""
    words = sheet.words
    count = sum(len(day.picks) for day in days)
    parts = [words.mine, words.picks(count), words.days([day.day for day in days])]
    return words.separator.join(part for part in parts if part)


def day_bar(sheet: Sheet, day: DayPlan, x: int, top: int, *, width: int, height: int = 64) -> Group:
    """A day's name, how many picks it has, and from when to when."""
    theme = sheet.theme
    box = Box(x, top, width, sheet.px(height))
    pad = sheet.px(20)
    name_size, span_size = sheet.em(height * 0.53), sheet.em(height * 0.41)
    start, end = day_span(sheet, day)
    span = f"{sheet.words.picks(len(day.picks))}  {start}–{end}"
    right = sheet.text(
        span,
        box.right - pad,
        box.y + (box.height - sheet.line(span_size)) // 2,
        span_size,
        colour=theme.bar_muted,
        on=theme.bar,
        right=True,
    )
    room = right.box.x - x - 2 * pad
    name = sheet.text(
        sheet.shorten(sheet.words.day(day.day), room, name_size, Weight.BOLD),
        x + pad,
        box.y + (box.height - sheet.line(name_size, Weight.BOLD)) // 2,
        name_size,
        Weight.BOLD,
        colour=theme.bar_text,
        on=theme.bar,
    )
    return Group("bar", box, (Rounded(box, theme.bar, radius=sheet.px(14)), name, right))


def day_span(sheet: Sheet, day: DayPlan) -> tuple[str, str]:
    """When a day's first pick starts and its last one ends."""
    end = max((slot.end for slot in day.picks), key=datetime.timestamp)
    over = sheet.festival.shows_over_24h
    return clock(day.picks[0].start, day.day, over_24h=over), clock(end, day.day, over_24h=over)


def legend(
    sheet: Sheet, stages: Sequence[Stage], x: int, top: int, *, width: int, type_size: int = 26, numbered: bool = False
) -> Group:
    """Stages' colours and their names in words, as many in a row as fit; `numbered` with what stands for them."""
    size = sheet.em(type_size)
    line, swatch = sheet.line(size), sheet.px(_SWATCH * type_size / 26)
    near, apart = sheet.px(10), sheet.px(28)
    children: list[Group] = []
    left, y = x, top
    for number, stage in enumerate(stages, 1):
        said = f"{numeral(number)} {stage.name}" if numbered else stage.name
        name = sheet.shorten(said, width - swatch - near, size)
        wide = swatch + near + ceil(sheet.width(name, size))
        if left > x and left + wide > x + width:
            left, y = x, y + line + sheet.px(6)
        mark = Rounded(
            Box(left, y + (line - swatch) // 2, swatch, swatch), sheet.mark(stage.colour), radius=swatch // 4
        )
        text = sheet.text(name, left + swatch + near, y, size, colour=sheet.theme.text, on=sheet.theme.background)
        children.append(Group("stage", Box(left, y, wide, line), (mark, text)))
        left += wide + apart
    return Group("legend", Box(x, top, width, y + line - top if stages else 0), tuple(children))


def footer(sheet: Sheet, x: int, top: int, *, width: int, type_size: int = 22) -> Group:
    """That the picture is not official, what it was made of, and the QR code if one is asked for."""
    theme, words = sheet.theme, sheet.words
    size = sheet.em(type_size)
    children: list[Group | Leaf] = []
    room, bottom = width, top
    if sheet.options.qr_url:
        code = qr(sheet, sheet.options.qr_url, x + width, top)
        children.append(code)
        room = code.box.x - x - sheet.px(24)
        bottom = code.box.bottom
    y = top
    lost = (words.lost(sheet.options.lost),) if sheet.options.lost else ()
    for sentence in (*lost, words.source(sheet.festival), words.check):
        for line in sheet.break_lines(sentence, room, 3, size):
            children.append(sheet.text(line, x, y, size, colour=theme.muted, on=theme.background))
            y += sheet.line(size)
    return Group("footer", Box(x, top, width, max(bottom, y) - top), tuple(children))


def qr(sheet: Sheet, content: str, right: int, top: int) -> Group:
    """A QR code whose upper right corner is at a place; dark on light in both themes, as readers expect.

    Raises:
        PictureDoesNotFitError: the content is too long for a code.
    """
    try:
        rows = modules(content)
    except ValueError as error:
        raise PictureDoesNotFitError("the address is too long for a QR code") from error
    module = max(2, sheet.px(_QR) // len(rows))
    side = module * len(rows)
    box = Box(right - side, top, side, side)
    return Group("qr", box, (Qr(box, rows, module, dark="#000000", light="#ffffff"),))
