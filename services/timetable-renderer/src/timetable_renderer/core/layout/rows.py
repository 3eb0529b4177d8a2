"""Picks in columns of small cards, for days with more picks than a time axis has room for on one screen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from timetable_renderer.core.colours import readable
from timetable_renderer.core.festival import Slot
from timetable_renderer.core.layout.cards import Cards, CardStyle, Chips
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Box, Corners, Group, Leaf, Rounded, Weight
from timetable_renderer.core.layout.words import numeral
from timetable_renderer.core.options import PictureDoesNotFitError

_TWO_LINES: Final = tuple(
    CardStyle(
        title=title,
        detail=detail,
        least=0,
        most_lines=lines,
        bar=8,
        pad=12,
        pad_top=3,
        lead=0,
        radius=10,
        brief=True,
    )
    for title, detail, lines in ((36, 27, 2), (32, 24, 2), (28, 22, 2), (25, 20, 1), (22, 20, 1))
)
_FEWEST: Final = 2.2
"""Ems that are left for who plays and for the number of the stage, at the least."""

_HIGHEST: Final = 1.4
"""How much higher a line's card may be than it must, where there is room."""


@dataclass(frozen=True, slots=True)
class LineStyle:
    """Measures of picks in one line each; without room for chips the time's colour has to do."""

    columns: int
    size: int
    across: int
    chips: bool
    bar: int = 6
    pad: int = 5


def rows(sheet: Sheet, picks: Sequence[Slot], box: Box) -> tuple[list[Group], bool]:
    """All picks in a box, in order from top to bottom and column to column, as large as there is room for.

    Tells also whether numbers stand for stages whose names had no room: a legend has to say which.

    Raises:
        PictureDoesNotFitError: the box is too small even for the smallest type.
    """
    for style in _TWO_LINES:
        if made := _two_lines(sheet, picks, box, style):
            return made, False
    times = max(sheet.width(sheet.clock(slot), sheet.em(20), Weight.BOLD) for slot in picks) / sheet.em(20)
    for line_style in _line_styles(len(picks)):
        if lined := _lines(sheet, picks, box, line_style, times):
            return lined
    raise PictureDoesNotFitError(
        f"{len(picks)} picks do not fit on a picture of this size in type that can be read; "
        "make it larger, pick fewer, or take the agenda, which is as high as it needs to be"
    )


def _line_styles(picks: int) -> Iterator[LineStyle]:
    for columns in (1, 2, 3):
        for size in (26, 23, 20):
            yield LineStyle(columns, size, across=14, chips=True)
    for columns in range(3, min(picks, 20) + 1):
        yield LineStyle(columns, 20, across=2, chips=False, bar=4, pad=3)


def _two_lines(sheet: Sheet, picks: Sequence[Slot], box: Box, style: CardStyle) -> list[Group]:
    columns, across, down = 2, sheet.px(14), sheet.px(6)
    least = sheet.line(sheet.em(style.title), Weight.BOLD) + sheet.line(sheet.em(style.detail or 0))
    if len(picks) * least > columns * box.height:
        return []
    wide = (box.width - (columns - 1) * across) // columns
    cards = Cards(sheet, style)
    composed = [cards.compose(slot, wide) for slot in picks]
    places = _flow([each.height for each in composed], box, columns, across=across, down=down)
    if places is None:
        return []
    heights = [each.height for each in composed]
    for more in (sheet.px(length) for length in (24, 16, 10, 6, 3)):
        # Room that is left over makes all cards higher.
        roomy = [height + more for height in heights]
        if found := _flow(roomy, box, columns, across=across, down=down):
            places, heights = found, roomy
            break
    return [
        cards.card(each, Box(x, y, wide, height))
        for each, (x, y), height in zip(composed, places, heights, strict=True)
    ]


def _lines(
    sheet: Sheet, picks: Sequence[Slot], box: Box, style: LineStyle, times: float
) -> tuple[list[Group], bool] | None:
    em, across = sheet.em(style.size), sheet.px(style.across)
    wide = (box.width - (style.columns - 1) * across) // style.columns
    if wide < (times + _FEWEST) * em + 3 * sheet.px(style.pad) + sheet.px(style.bar):
        return None
    numerals = {stage.id: numeral(number) for number, stage in enumerate(sheet.stages(picks), 1)}
    cards = LineCards(sheet, style, ceil(times * em), numerals)
    high, down = cards.height, sheet.px(2 if style.chips else 1)
    each_column = ceil(len(picks) / style.columns)
    if each_column > (box.height + down) // (high + down):
        return None
    high = min(int(high * _HIGHEST), (box.height + down) // each_column - down)
    places = _flow([high] * len(picks), box, style.columns, across=across, down=down) or []
    made = [cards.card(slot, Box(x, y, wide, high)) for slot, (x, y) in zip(picks, places, strict=True)]
    return made, cards.numbered


def _flow(heights: Sequence[int], box: Box, columns: int, *, across: int, down: int) -> list[tuple[int, int]] | None:
    """Upper left corners, column by column, each about as full as the others; None if there is no room."""
    limit = max(*heights, -(-(sum(heights) + down * len(heights)) // columns))
    while limit < box.height:
        filled = replace(box, height=limit)
        if places := _filled(heights, filled, columns, across=across, down=down):
            return places
        limit += max(1, heights[0] // 2)
    return _filled(heights, box, columns, across=across, down=down)


def _filled(heights: Sequence[int], box: Box, columns: int, *, across: int, down: int) -> list[tuple[int, int]] | None:
    wide = (box.width - (columns - 1) * across) // columns
    places: list[tuple[int, int]] = []
    column, y = 0, box.y
    for height in heights:
        if y > box.y and y + height > box.bottom:
            column, y = column + 1, box.y
        if column == columns or y + height > box.bottom:
            return None
        places.append((box.x + column * (wide + across), y))
        y += height + down
    return places


class LineCards:
    """Picks in one line each: when, who, where or the number of it, and what else there is room for.

    Attributes:
        numbered: whether a number stands for a stage on one of those that were made.
    """

    def __init__(self, sheet: Sheet, style: LineStyle, times: int, numerals: Mapping[str, str]) -> None:
        self._sheet, self._times, self._numerals = sheet, times, numerals
        self.numbered = False
        self._size, self._small = sheet.em(style.size), sheet.em(min(style.size, 22))
        self._bar, self._pad, self._radius = sheet.px(style.bar), sheet.px(style.pad), sheet.px(8)
        self._chips = Chips(sheet, style.size) if style.chips else None
        self.height = max(sheet.line(self._size, Weight.BOLD), self._chips.height if self._chips else 0)

    def card(self, slot: Slot, box: Box) -> Group:
        """A pick's card, at its place."""
        sheet, size, pad, row = self._sheet, self._size, self._pad, box.height
        inks = sheet.inks(slot.stage)
        fill = inks.fill
        body = Box(box.x + self._bar, box.y, box.width - self._bar, row)
        radius = min(self._radius, row // 2)
        wanted = sheet.chips.get(slot.id, ())
        ink = readable(sheet.theme.clash.text, fill) if wanted and wanted[0].clash else inks.text
        when = sheet.clock(slot)
        children: list[Group | Leaf] = [
            Rounded(replace(box, width=self._bar), inks.mark, radius=radius, corners=Corners(right=False)),
            Rounded(body, fill, radius=radius, corners=Corners(left=False)),
            sheet.readable_text(when, body.x + pad, box.y, size, Weight.BOLD, ink, fill, row),
        ]
        x, right = body.x + 2 * pad + self._times, body.right - pad
        place, number = sheet.stage(slot).name, self._numerals[slot.stage]
        wide, least = (ceil(sheet.width(text, self._small)) for text in (place, number))
        needed = x + ceil(sheet.width(slot.title, size, Weight.BOLD)) + pad + min(wide, least) + pad
        if self._chips:
            for chip in reversed(wanted):
                if needed + self._chips.width(chip) <= right:
                    top = box.y + (row - self._chips.height) // 2
                    group = self._chips.group(chip, right, top, slot.id)
                    children.append(group)
                    right = group.box.x - pad
        if wide > least and needed - least + wide > right:
            place, wide, self.numbered = number, least, True
        right -= wide
        children.append(sheet.readable_text(place, right, box.y, self._small, Weight.REGULAR, inks.muted, fill, row))
        right -= pad
        name = sheet.shorten(slot.title, right - x, size, Weight.BOLD)
        children.append(sheet.readable_text(name, x, box.y, size, Weight.BOLD, inks.text, fill, row))
        return Group("card", box, tuple(children), slot.id)
