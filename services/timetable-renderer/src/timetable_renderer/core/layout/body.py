"""A day's picks on an elastic time axis: cards in lanes, times at the left, gaps in rows of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from timetable_renderer.core.festival import Slot
from timetable_renderer.core.layout.axis import PER_MINUTE, Span, stretch
from timetable_renderer.core.layout.cards import CARD, Cards, CardStyle, Composed
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Box, Group, Leaf, Rounded, Weight
from timetable_renderer.core.plan import DayPlan, clusters, overlap

MOST_LANES: Final = 3
"""More columns than that are too narrow to read: such picks are stacked."""


@dataclass(frozen=True, slots=True)
class DayStyle:
    """A day's measures, of a picture 1080 wide.

    Attributes:
        time: type size of the times at the left.
        gap: height of the row that tells of a gap; 0: none.
        gap_type: type size in it.
        apart: between cards.
    """

    card: CardStyle = CARD
    time: int = 30
    gap: int = 44
    gap_type: int = 24
    apart: int = 8
    per_minute: float = PER_MINUTE


DAY: Final = DayStyle()


@dataclass(frozen=True, slots=True)
class Block:
    """Picks that overlap, each with its left edge and width; stacked if `spans` is None."""

    cards: tuple[tuple[Composed, int, int], ...]
    spans: tuple[Span, ...] | None


class DayBody:
    """A day's picks, composed to a width; placed by `place` on an axis of any length."""

    def __init__(self, sheet: Sheet, day: DayPlan, x: int, width: int, style: DayStyle) -> None:
        self._sheet, self._day, self._style = sheet, day, style
        self._x, self._width = x, width
        self._time_size = sheet.em(style.time)
        widest = max(sheet.width(sheet.clock(slot), self._time_size, Weight.BOLD) for slot in day.picks)
        self._gutter = ceil(widest) + sheet.px(16)
        self._apart = sheet.px(style.apart)
        self._cards = Cards(sheet, style.card)
        self._blocks = [self._block(cluster) for cluster in clusters(day.picks)]

    def _block(self, cluster: Sequence[Slot]) -> Block:
        cards, lanes = self._cards, self._day.lanes
        left, room = self._x + self._gutter, self._width - self._gutter
        count = lanes[cluster[0].id].count
        if count > MOST_LANES:
            return Block(tuple((cards.compose(slot, room), left, room) for slot in cluster), None)
        wide = (room - (count - 1) * self._apart) // count
        made = []
        for slot in cluster:
            first = lanes[slot.id].index
            # A card is as wide as there is nothing beside it.
            beside = [
                lanes[other.id].index for other in cluster if lanes[other.id].index > first and overlap(slot, other)
            ]
            last = min(beside, default=count)
            x = left + first * (wide + self._apart)
            width = left + room - x if last == count else (last - first) * (wide + self._apart) - self._apart
            made.append((cards.compose(slot, width), x, width))
        spans = tuple(
            Span(slot.start.timestamp(), slot.end.timestamp(), composed.height + self._apart)
            for slot, (composed, _, _) in zip(cluster, made, strict=True)
        )
        return Block(tuple(made), spans)

    @property
    def whole(self) -> bool:
        """Is every pick's title said in full?"""
        return all(composed.whole for block in self._blocks for composed, _, _ in block.cards)

    def height(self, per_minute: float) -> int:
        """How high it is on an axis of so many pixels a minute."""
        return self._lay(per_minute, 0)[1]

    def place(self, top: int, per_minute: float) -> tuple[list[Group], int]:
        """Its groups, and the y below the last."""
        return self._lay(per_minute, top, groups=True)

    def _lay(self, per_minute: float, top: int, *, groups: bool = False) -> tuple[list[Group], int]:
        sheet = self._sheet
        made: list[Group] = []
        gaps = {gap.end.timestamp(): gap for gap in self._day.gaps}
        y = top
        for block in self._blocks:
            gap = gaps.get(block.cards[0][0].slot.start.timestamp())
            if gap and self._style.gap:
                if groups:
                    made.append(self._gap(sheet.words.gap(gap.minutes), y))
                y += sheet.px(self._style.gap)
            elif gap:
                y += self._apart
            places, y = self._places(block, y, per_minute)
            if groups:
                made.extend(self._place(block, places))
        return made, y - self._apart

    def _places(self, block: Block, y: int, per_minute: float) -> tuple[list[tuple[int, int]], int]:
        """Top and bottom of each card, and where the next block starts."""
        places = []
        if block.spans is None:
            for composed, _, _ in block.cards:
                places.append((y, y + composed.height))
                y += composed.height + self._apart
            return places, y
        # Times are on the baselines of their cards, which differ by some pixels from card to card.
        apart = self._sheet.line(self._time_size, Weight.BOLD) + self._sheet.px(8)
        axis = stretch(block.spans, per_minute, apart)
        places = [(y + axis.at(span.start), y + axis.at(span.end) - self._apart) for span in block.spans]
        return places, y + axis.length

    def _place(self, block: Block, places: list[tuple[int, int]]) -> list[Group]:
        made: list[Group] = []
        said: float | None = None
        for (composed, x, width), (top, bottom) in zip(block.cards, places, strict=True):
            card = self._cards.card(composed, Box(x, top, width, bottom - top))
            start = composed.slot.start.timestamp()
            if start != said:
                made.append(self._time(composed, self._cards.baseline(card)))
                said = start
            made.append(card)
        return made

    def _time(self, composed: Composed, baseline: int) -> Group:
        sheet = self._sheet
        text = sheet.text(
            sheet.clock(composed.slot),
            self._x + self._gutter - sheet.px(16),
            baseline - self._sheet.heights(self._time_size, Weight.BOLD)[0],
            self._time_size,
            Weight.BOLD,
            colour=sheet.theme.text,
            on=sheet.theme.background,
            right=True,
        )
        return Group("time", text.box, (text,))

    def _gap(self, words: str, y: int) -> Group:
        sheet = self._sheet
        size = sheet.em(self._style.gap_type)
        # The cards above leave their distance: the row is as far from them as from those below.
        box = Box(
            self._x + self._gutter, y - self._apart, self._width - self._gutter, sheet.px(self._style.gap) + self._apart
        )
        inset = sheet.px(self._style.card.bar + self._style.card.pad)
        text = sheet.text(
            words,
            box.x + inset,
            box.y + (box.height - sheet.line(size)) // 2,
            size,
            colour=sheet.theme.muted,
            on=sheet.theme.background,
        )
        thick = max(1, sheet.px(2))
        middle = box.y + (box.height - thick) // 2
        before = Box(box.x, middle, inset - sheet.px(12), thick)
        after_x = text.box.right + sheet.px(12)
        lines: list[Leaf] = [Rounded(before, sheet.theme.line)]
        if after_x < box.right:
            lines.append(Rounded(Box(after_x, middle, box.right - after_x, thick), sheet.theme.line))
        return Group("gap", box, (*lines, text))
