"""Cards of picks: a bar in the stage's colour, who plays, when and where, and chips with room of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from math import ceil
from typing import Final

from timetable_renderer.core.festival import Slot
from timetable_renderer.core.layout.sheet import Chip, Sheet
from timetable_renderer.core.layout.tree import Box, Corners, Group, Leaf, Rounded, Text, Weight
from timetable_renderer.core.layout.words import from_to

_CHIP_SHARE: Final = 0.84
"""A chip's type size, of that of when and where."""


@dataclass(frozen=True, slots=True)
class CardStyle:
    """A card's measures, of a picture 1080 wide.

    Attributes:
        title: type size of who plays.
        detail: type size of when and where.
        least: the lowest that a card may be.
        most_lines: of who plays.
        bar: width of the stage's colour.
        pad: between the card's edges and its text, across.
        pad_top: the same, above and below.
        lead: between the lines of text.
        radius: of its corners.
        where: say on which stage it is.
        brief: say less on chips where that saves them a line of their own.
    """

    title: int = 36
    detail: int = 26
    least: int = 96
    most_lines: int = 2
    bar: int = 12
    pad: int = 18
    pad_top: int = 8
    lead: int = 2
    radius: int = 14
    where: bool = True
    brief: bool = False


CARD: Final = CardStyle()


class Place(Enum):
    """Where a card's chips are, if it has any."""

    DETAIL = "at the right of the first line that says when and where"
    TITLE = "at the right of who plays"
    BELOW = "in lines of their own, below all text"


@dataclass(frozen=True, slots=True)
class Composed:
    """A card's content, broken to a width; the card has to be at least `height` pixels high.

    `rows` are the heights of its lines of text, of those with chips beside them too.
    """

    slot: Slot
    titles: Sequence[str]
    details: Sequence[str]
    chips: Sequence[Sequence[Chip]]
    place: Place
    height: int
    rows: Sequence[int]

    @property
    def whole(self) -> bool:
        """Is who plays said in full, no word broken?"""
        said = "".join(self.titles).replace(" ", "")
        if said != "".join(self.slot.title.split()):
            return False
        return not any(
            before[-1].isascii() and before[-1].isalnum() and after[0].isalnum() and before + after in self.slot.title
            for before, after in pairwise(self.titles)
        )


class Chips:
    """Chips of one size."""

    def __init__(self, sheet: Sheet, detail: int) -> None:
        self._sheet = sheet
        self._size = sheet.em(detail * _CHIP_SHARE)
        self._pad, self._inset, self._border = sheet.px(9), sheet.px(2), max(1, sheet.px(2))
        self.height = sheet.line(self._size, Weight.BOLD) + 2 * self._inset
        self.apart = sheet.px(8)

    def width(self, chip: Chip) -> int:
        """How wide a chip is."""
        return ceil(self._sheet.width(chip.text, self._size, Weight.BOLD)) + 2 * self._pad

    def shortened(self, chip: Chip, width: int) -> Chip:
        """A chip that is no wider than that, unless not even an ellipsis fits."""
        if self.width(chip) <= width:
            return chip
        short = self._sheet.shorten(chip.short, width - 2 * self._pad, self._size, Weight.BOLD)
        return Chip(short, short, clash=chip.clash)

    def group(self, chip: Chip, right: int, top: int, slot: str) -> Group:
        """A chip whose upper right corner is at a place."""
        width = self.width(chip)
        ink = self._sheet.theme.clash if chip.clash else self._sheet.theme.walk
        box = Box(right - width, top, width, self.height)
        ground = Rounded(box, ink.fill, self.height // 4, ink.border, self._border)
        x, y = box.x + self._pad, top + self._inset
        text = self._sheet.text(chip.text, x, y, self._size, Weight.BOLD, colour=ink.text, on=ink.fill)
        return Group("chip", box, (ground, text), slot)


class Cards:
    """Makes cards of one style: `compose` says what is on one and how much room it needs, `card` sets it."""

    def __init__(self, sheet: Sheet, style: CardStyle) -> None:
        self._sheet, self._style = sheet, style
        self._title, self._detail = sheet.em(style.title), sheet.em(style.detail)
        self._lead, self._pad_top = sheet.px(style.lead), sheet.px(style.pad_top)
        self._title_line = sheet.line(self._title, Weight.BOLD)
        self._detail_line = sheet.line(self._detail)
        self._bar, self._pad = sheet.px(style.bar), sheet.px(style.pad)
        self._least, self._radius = sheet.px(style.least), sheet.px(style.radius)
        self._border, self._loose = max(1, sheet.px(2)), sheet.px(6)
        self._chips = Chips(sheet, style.detail)

    def compose(self, slot: Slot, width: int) -> Composed:
        """Break a pick's texts to a card's width, and find room for its chips where it costs the least."""
        sheet = self._sheet
        inner = width - self._bar - 2 * self._pad
        titles = sheet.break_lines(slot.title, inner, self._style.most_lines, self._title, Weight.BOLD)
        details = self._details(slot, inner)
        rows = [self._title_line] * len(titles) + [self._detail_line] * len(details)
        place, below = Place.DETAIL, 0
        chips: Sequence[Sequence[Chip]] = ()
        if wanted := sheet.chips.get(slot.id):
            place, chips = self._room(wanted, inner, titles, details)
            if place is Place.BELOW:
                below = len(chips) * (self._chips.height + self._chips.apart)
            else:
                beside = 0 if place is Place.TITLE else len(titles)
                rows[beside] = max(rows[beside], self._chips.height)
        height = sum(rows) + (len(rows) - 1) * self._lead + below + 2 * self._pad_top
        return Composed(slot, titles, details, chips, place, max(self._least, height), rows)

    def _details(self, slot: Slot, inner: int) -> list[str]:
        sheet, size = self._sheet, self._detail
        when = from_to(slot, over_24h=sheet.festival.shows_over_24h)
        if not self._style.where:
            return [sheet.shorten(when, inner, size)]
        where = sheet.stage(slot).name
        together = f"{when}  {where}"
        if sheet.width(together, size) <= inner:
            return [together]
        return [sheet.shorten(when, inner, size), sheet.shorten(where, inner, size)]

    def _room(
        self, chips: Sequence[Chip], inner: int, titles: Sequence[str], details: Sequence[str]
    ) -> tuple[Place, Sequence[Sequence[Chip]]]:
        if place := self._beside(chips, inner, titles, details):
            return place, (chips,)
        if self._style.brief:
            brief = [Chip(chip.short, chip.short, clash=chip.clash) for chip in chips]
            if place := self._beside(brief, inner, titles, details):
                return place, (brief,)
        apart, widths = self._chips.apart, [self._chips.width(chip) for chip in chips]
        rows: list[list[Chip]] = [[]]
        left = inner
        for chip, width in zip(chips, widths, strict=True):
            if rows[-1] and width > left:
                rows.append([])
                left = inner
            rows[-1].append(self._chips.shortened(chip, inner))
            left -= width + apart
        return Place.BELOW, rows

    def _beside(self, chips: Sequence[Chip], inner: int, titles: Sequence[str], details: Sequence[str]) -> Place | None:
        """Beside which line there is room for all chips; None: beside none."""
        free = inner - sum(self._chips.width(chip) + self._chips.apart for chip in chips) - self._chips.apart
        if self._sheet.width(details[0], self._detail) <= free:
            return Place.DETAIL
        if len(titles) == 1 and self._sheet.width(titles[0], self._title, Weight.BOLD) <= free:
            return Place.TITLE
        return None

    def card(self, composed: Composed, box: Box, *, picked: bool = True) -> Group:
        """A card in its place; `box` is at least as high as the content needs.

        What is not picked, where all is shown, is paler and is a `slot`, no `card`.
        """
        sheet = self._sheet
        inks = sheet.inks(composed.slot.stage)
        radius = min(self._radius, box.height // 2)
        body = Box(box.x + self._bar, box.y, box.width - self._bar, box.height)
        fill, strong, weak, weight = inks.fill, inks.text, inks.muted, Weight.BOLD
        children: list[Group | Leaf]
        if picked:
            # The bar is what the body leaves uncovered: so its round corners are the card's.
            ground = Rounded(body, fill, radius, inks.edge, self._border, Corners(left=False))
            children = [Rounded(box, inks.mark, radius), ground]
        else:
            fill, strong, weak, weight = inks.pale, inks.pale_text, inks.pale_text, Weight.REGULAR
            children = [Rounded(box, fill, radius, inks.pale_edge, self._border)]
        x, y = body.x + self._pad, self._top(composed, box)
        tops: list[int] = []
        lines = [(line, self._title, weight, strong) for line in composed.titles]
        lines += [(line, self._detail, Weight.REGULAR, weak) for line in composed.details]
        for (line, size, weight_, ink), row in zip(lines, composed.rows, strict=True):
            tops.append(y)
            children.append(sheet.readable_text(line, x, y, size, weight_, ink, fill, row))
            y += row + self._lead
        if picked and composed.chips:
            top = self._chips_top(composed, box, tops, y - self._lead)
            children.extend(self._rows_of_chips(composed, body.right - self._pad, top))
        return Group("card" if picked else "slot", box, tuple(children), composed.slot.id)

    def baseline(self, card: Group) -> int:
        """Baseline of a card's first line."""
        return next(child.baseline for child in card.children if isinstance(child, Text))

    def _top(self, composed: Composed, box: Box) -> int:
        """Where a card's text begins: in the middle if there is little room, near the top if there is much."""
        if composed.place is Place.BELOW:
            return box.y + self._pad_top + min(self._loose, (box.height - composed.height) // 2)
        text = sum(composed.rows) + (len(composed.rows) - 1) * self._lead
        return box.y + min((box.height - text) // 2, self._pad_top + self._loose)

    def _chips_top(self, composed: Composed, box: Box, tops: Sequence[int], below: int) -> int:
        """Where a card's chips begin: in its lower corner if that is free, else where room was found for them."""
        height, apart = self._chips.height, self._chips.apart
        corner = box.bottom - self._pad_top - self._loose - len(composed.chips) * (height + apart) + apart
        if corner >= below:
            return corner
        if composed.place is Place.BELOW:
            return below + apart // 2
        beside = 0 if composed.place is Place.TITLE else len(composed.titles)
        return tops[beside] + (composed.rows[beside] - height) // 2

    def _rows_of_chips(self, composed: Composed, right: int, top: int) -> list[Group]:
        groups = []
        for row in composed.chips:
            edge = right
            for chip in reversed(row):
                group = self._chips.group(chip, edge, top, composed.slot.id)
                groups.append(group)
                edge = group.box.x - self._chips.apart
            top += self._chips.height + self._chips.apart
        return groups
