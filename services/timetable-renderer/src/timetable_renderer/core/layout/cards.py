"""Cards of picks: a bar in the stage's colour, who plays, when and where, and chips with room of their own."""

from dataclasses import dataclass
from enum import Enum
from math import ceil
from typing import Final

from timetable_renderer.core.festival import Slot
from timetable_renderer.core.layout.sheet import Chip, Sheet
from timetable_renderer.core.layout.tree import Box, Corners, Group, Leaf, Rounded, Weight
from timetable_renderer.core.layout.words import from_to

_CHIP_TYPE: Final = 22
_CHIP_PAD: Final = 10
_CHIP_APART: Final = 8


@dataclass(frozen=True, slots=True)
class CardStyle:
    """A card's measures, of a picture 1080 wide.

    Attributes:
        title: type size of who plays.
        detail: type size of when and where; None: no second line.
        least: the lowest that a card may be.
        most_lines: of who plays.
        bar: width of the stage's colour.
        pad: between the card's edges and its text, across.
        pad_top: the same, above and below.
        radius: of its corners.
        where: say on which stage it is.
    """

    title: int = 36
    detail: int | None = 26
    least: int = 96
    most_lines: int = 2
    bar: int = 12
    pad: int = 18
    pad_top: int = 6
    radius: int = 14
    where: bool = True


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
    style: CardStyle
    titles: tuple[str, ...]
    details: tuple[str, ...]
    chips: tuple[tuple[Chip, ...], ...]
    place: Place
    height: int
    rows: tuple[int, ...]


def compose(sheet: Sheet, slot: Slot, width: int, style: CardStyle) -> Composed:
    """Break a pick's texts to a card's width, and find room for its chips where it costs the least."""
    inner = width - sheet.px(style.bar + 2 * style.pad)
    title_size = sheet.em(style.title)
    titles = sheet.break_lines(slot.title, inner, style.most_lines, title_size, Weight.BOLD)
    details = _details(sheet, slot, inner, style)
    chips = sheet.chips.get(slot.id, [])
    heights = [sheet.line(title_size, Weight.BOLD)] * len(titles)
    heights += [sheet.line(sheet.em(style.detail or 0))] * len(details)
    place, rows = _room(sheet, chips, inner, titles=titles, details=details, style=style)
    below = len(rows) * (chip_height(sheet) + sheet.px(_CHIP_APART)) if place is Place.BELOW else 0
    if rows and place is not Place.BELOW:
        beside = 0 if place is Place.TITLE else len(titles)
        heights[beside] = max(heights[beside], chip_height(sheet))
    height = max(sheet.px(style.least), sum(heights) + below + 2 * sheet.px(style.pad_top))
    return Composed(slot, style, tuple(titles), tuple(details), rows, place, height, tuple(heights))


def _details(sheet: Sheet, slot: Slot, inner: int, style: CardStyle) -> list[str]:
    if style.detail is None:
        return []
    size = sheet.em(style.detail)
    when = from_to(slot, over_24h=sheet.festival.shows_over_24h)
    if not style.where:
        return [sheet.shorten(when, inner, size)]
    where = sheet.stage(slot).name
    together = f"{when}  {where}"
    if sheet.width(together, size) <= inner:
        return [together]
    return [sheet.shorten(when, inner, size), sheet.shorten(where, inner, size)]


def _room(
    sheet: Sheet, chips: list[Chip], inner: int, *, titles: list[str], details: list[str], style: CardStyle
) -> tuple[Place, tuple[tuple[Chip, ...], ...]]:
    apart = sheet.px(_CHIP_APART)
    widths = [chip_width(sheet, chip) for chip in chips]
    needed = sum(widths) + apart * len(widths) + sheet.px(_CHIP_PAD)
    if not chips:
        return Place.DETAIL, ()
    if details and style.detail and sheet.width(details[0], sheet.em(style.detail)) + needed <= inner:
        return Place.DETAIL, (tuple(chips),)
    if len(titles) == 1 and sheet.width(titles[0], sheet.em(style.title), Weight.BOLD) + needed <= inner:
        return Place.TITLE, (tuple(chips),)
    rows: list[list[Chip]] = [[]]
    left = inner
    for chip, width in zip(chips, widths, strict=True):
        if rows[-1] and width > left:
            rows.append([])
            left = inner
        # A chip that is wider than a whole card says less.
        text = sheet.shorten(chip.text, inner - 2 * sheet.px(_CHIP_PAD), sheet.em(_CHIP_TYPE), Weight.BOLD)
        rows[-1].append(Chip(text, clash=chip.clash))
        left -= width + apart
    return Place.BELOW, tuple(map(tuple, rows))


def chip_width(sheet: Sheet, chip: Chip) -> int:
    """How wide a chip is."""
    return ceil(sheet.width(chip.text, sheet.em(_CHIP_TYPE), Weight.BOLD)) + 2 * sheet.px(_CHIP_PAD)


def chip_height(sheet: Sheet) -> int:
    """How high a chip is."""
    return sheet.line(sheet.em(_CHIP_TYPE), Weight.BOLD) + 2 * sheet.px(1)


def chip_group(sheet: Sheet, chip: Chip, right: int, top: int, slot: str) -> Group:
    """A chip whose upper right corner is at a place."""
    width, height = chip_width(sheet, chip), chip_height(sheet)
    ink = sheet.theme.clash if chip.clash else sheet.theme.walk
    box = Box(right - width, top, width, height)
    ground = Rounded(box, ink.fill, radius=height // 4, border=ink.border, border_width=max(1, sheet.px(2)))
    text = sheet.text(
        chip.text,
        box.x + sheet.px(_CHIP_PAD),
        top + sheet.px(1),
        sheet.em(_CHIP_TYPE),
        Weight.BOLD,
        colour=ink.text,
        on=ink.fill,
    )
    return Group("chip", box, (ground, text), slot)


def card(sheet: Sheet, composed: Composed, box: Box, *, picked: bool = True) -> Group:
    """A card in its place; `box` is at least as high as the content needs.

    What is not picked, where all is shown, has a border alone and is a `slot`, no `card`.
    """
    slot, style = composed.slot, composed.style
    theme, colour = sheet.theme, sheet.stage(slot).colour
    fill = sheet.fill(colour) if picked else theme.background
    bar = sheet.px(style.bar)
    radius = min(sheet.px(style.radius), box.height // 2)
    body = Box(box.x + bar, box.y, box.width - bar, box.height)
    edge = max(1, sheet.px(2))
    children: list[Group | Leaf] = [
        # The bar is what the body leaves uncovered: so its round corners are the card's.
        Rounded(box, sheet.mark(colour), radius=radius),
        Rounded(body, fill, radius, sheet.edge(colour), edge, Corners(left=False)),
    ]
    if not picked:
        children = [Rounded(box, fill, radius, theme.line, edge)]
    x, right = body.x + sheet.px(style.pad), body.right - sheet.px(style.pad)
    y = _top(sheet, composed, box)
    strong = theme.text if picked else theme.muted
    size = sheet.em(style.title)
    lines = [(line, size, Weight.BOLD if picked else Weight.REGULAR, strong) for line in composed.titles]
    lines += [(line, sheet.em(style.detail or 0), Weight.REGULAR, theme.muted) for line in composed.details]
    tops = []
    for (line, em, weight, ink), row in zip(lines, composed.rows, strict=True):
        tops.append(y)
        middle = y + (row - sheet.line(em, weight)) // 2
        children.append(sheet.text(line, x, middle, em, weight, colour=ink, on=fill))
        y += row
    if composed.chips and picked:
        children.extend(_chips(sheet, composed, right, _chips_top(sheet, composed, box, tops, y)))
    return Group("card" if picked else "slot", box, tuple(children), slot.id)


def _top(sheet: Sheet, composed: Composed, box: Box) -> int:
    """Where a card's text begins: in the middle if there is little room, near the top if there is much."""
    pad = sheet.px(composed.style.pad_top)
    if composed.place is Place.BELOW and composed.chips:
        return box.y + pad + min(sheet.px(6), (box.height - composed.height) // 2)
    return box.y + min((box.height - sum(composed.rows)) // 2, pad + sheet.px(6))


def _chips_top(sheet: Sheet, composed: Composed, box: Box, tops: list[int], below: int) -> int:
    """Where a card's chips begin: in its lower corner if that is free, else where room was found for them."""
    chip, apart = chip_height(sheet), sheet.px(_CHIP_APART)
    corner = box.bottom - sheet.px(composed.style.pad_top + 6) - len(composed.chips) * (chip + apart) + apart
    if corner >= below:
        return corner
    if composed.place is Place.BELOW:
        return below + apart // 2
    beside = 0 if composed.place is Place.TITLE else len(composed.titles)
    return tops[beside] + (composed.rows[beside] - chip) // 2


def _chips(sheet: Sheet, composed: Composed, right: int, top: int) -> list[Group]:
    groups = []
    for row in composed.chips:
        edge = right
        for chip in reversed(row):
            group = chip_group(sheet, chip, edge, top, composed.slot.id)
            groups.append(group)
            edge = group.box.x - sheet.px(_CHIP_APART)
        top += chip_height(sheet) + sheet.px(_CHIP_APART)
    return groups
