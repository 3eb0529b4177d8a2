"""What every layout works with: the plan, its sizes, words and colours, and text that is measured once."""

from collections.abc import Sequence
from math import ceil

from timetable_renderer.core import lines
from timetable_renderer.core.colours import readable, tint
from timetable_renderer.core.festival import Slot, Stage
from timetable_renderer.core.layout.theme import THEMES
from timetable_renderer.core.layout.tree import Box, Text, Typesetter, Weight
from timetable_renderer.core.layout.words import clock, words_of
from timetable_renderer.core.options import PictureOptions
from timetable_renderer.core.plan import Plan

LEAST_TYPE = 20
"""No text is smaller, in pixels of a picture 1080 wide."""


class Sheet:
    """One picture's plan and means. Sizes are given for a picture 1080 wide; `px` and `em` make pixels of them."""

    def __init__(self, plan: Plan, options: PictureOptions, typesetter: Typesetter, scale: float) -> None:
        self.plan = plan
        self.options = options
        self.festival = plan.festival
        self.theme = THEMES[options.theme]
        self.words = words_of(options.language)
        self.scale = scale
        self.chips = chips_of(plan, self)
        self._typesetter = typesetter
        self._stages = {stage.id: stage for stage in plan.festival.stages}
        self._widths: dict[tuple[str, int, Weight], float] = {}
        self._heights: dict[tuple[int, Weight], tuple[int, int]] = {}

    def px(self, length: float) -> int:
        """A length in pixels."""
        return int(length * self.scale + 0.5)

    def em(self, size: float) -> int:
        """A type size in pixels; never below the least."""
        return ceil(max(size, LEAST_TYPE) * self.scale)

    def width(self, text: str, size: int, weight: Weight = Weight.REGULAR) -> float:
        """How wide a text is set."""
        key = (text, size, weight)
        found = self._widths.get(key)
        if found is None:
            found = self._widths[key] = self._typesetter.width(text, size, weight)
        return found

    def heights(self, size: int, weight: Weight = Weight.REGULAR) -> tuple[int, int]:
        """A line's ascent and descent."""
        key = (size, weight)
        found = self._heights.get(key)
        if found is None:
            found = self._typesetter.ascent(size, weight), self._typesetter.descent(size, weight)
            self._heights[key] = found
        return found

    def line(self, size: int, weight: Weight = Weight.REGULAR) -> int:
        """A line's whole height."""
        return sum(self.heights(size, weight))

    def break_lines(self, text: str, width: float, most: int, size: int, weight: Weight = Weight.REGULAR) -> list[str]:
        """A text in at most so many lines."""
        return lines.break_lines(text, width, most, lambda part: self.width(part, size, weight))

    def shorten(self, text: str, width: float, size: int, weight: Weight = Weight.REGULAR) -> str:
        """A text in one line, with an ellipsis if it does not fit."""
        return lines.shorten(text, width, lambda part: self.width(part, size, weight))

    def text(
        self,
        text: str,
        x: int,
        top: int,
        size: int,
        weight: Weight = Weight.REGULAR,
        *,
        colour: str,
        on: str,
        right: bool = False,
    ) -> Text:
        """A line of text whose upper left corner, or upper right one, is at a place."""
        width = ceil(self.width(text, size, weight))
        ascent, descent = self.heights(size, weight)
        box = Box(x - width if right else x, top, width, ascent + descent)
        return Text(box, top + ascent, text, size, weight, readable(colour, on), on)

    def stage(self, slot: Slot) -> Stage:
        """The stage that a slot is on."""
        return self._stages[slot.stage]

    def stages(self, slots: Sequence[Slot]) -> list[Stage]:
        """Stages of these slots, in the festival's order."""
        used = {slot.stage for slot in slots}
        return [stage for stage in self.festival.stages if stage.id in used]

    def fill(self, colour: str) -> str:
        """A stage's colour as a card's ground."""
        return tint(colour, self.theme.background, self.theme.tint)

    def edge(self, colour: str) -> str:
        """A stage's colour as a card's border."""
        return tint(self.mark(colour), self.theme.background, self.theme.edge)

    def mark(self, colour: str) -> str:
        """A stage's colour as a sign on the background, where it can be seen if it is nearly the same."""
        return readable(colour, self.theme.background, 1.4)

    def clock(self, slot: Slot) -> str:
        """When a slot starts."""
        return clock(slot.start, slot.day, over_24h=self.festival.shows_over_24h)


class Chip:
    """What a card warns of: a clash, or a walk for which the time is too short."""

    __slots__ = ("clash", "text")

    def __init__(self, text: str, *, clash: bool) -> None:
        self.text = text
        self.clash = clash


def chips_of(plan: Plan, sheet: Sheet) -> dict[str, list[Chip]]:
    """Chips of every pick that has any, by its id: one for all its clashes, one for the tightest walk to it."""
    clashes: dict[str, list[int]] = {}
    walks: dict[str, int] = {}
    for day in plan.days:
        for clash in day.clashes:
            for one in (clash.first, clash.second):
                clashes.setdefault(one.id, []).append(clash.minutes)
        for walk in day.walks:
            walks[walk.second.id] = min(walk.available, walks.get(walk.second.id, walk.available))
    chips = {slot: [Chip(sheet.words.clash(minutes), clash=True)] for slot, minutes in clashes.items()}
    for slot, available in walks.items():
        chips.setdefault(slot, []).append(Chip(sheet.words.walk(available), clash=False))
    return chips
