"""What every layout works with: the plan, its sizes, words and colours, and text that is measured once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from timetable_renderer.core import lines
from timetable_renderer.core.colours import readable, tint
from timetable_renderer.core.festival import Slot, Stage
from timetable_renderer.core.layout.theme import THEMES
from timetable_renderer.core.layout.tree import Box, Text, Typesetter, Weight
from timetable_renderer.core.layout.words import Words, clock, words_of
from timetable_renderer.core.options import PictureOptions
from timetable_renderer.core.plan import Plan

LEAST_TYPE: Final = 20
"""No text is smaller, in pixels of a picture 1080 wide."""
_SEEN: Final = 1.4
"""Contrast at which a stage's colour is seen on the background."""
_PALE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Inks:
    """What a stage's cards are painted in.

    Attributes:
        mark: the stage's colour, or what is next to it that can be seen on the background.
        fill: of a card; `edge` is its border, `text` and `muted` can be read on it.
        pale: of a slot that is not picked; `pale_edge` is its border, `pale_text` can be read on it.
    """

    mark: str
    fill: str
    edge: str
    text: str
    muted: str
    pale: str
    pale_edge: str
    pale_text: str


class Sheet:
    """One picture's plan and means. Sizes are given for a picture 1080 wide; `px` and `em` make pixels of them."""

    def __init__(self, plan: Plan, options: PictureOptions, typesetter: Typesetter, scale: float) -> None:
        self.plan = plan
        self.options = options
        self.festival = plan.festival
        self.theme = THEMES[options.theme]
        self.words = words_of(options.language)
        self.scale = scale
        self.chips = chips_of(plan, self.words)
        self._typesetter = typesetter
        self._stages = {stage.id: stage for stage in plan.festival.stages}
        self._inks: dict[str, Inks] = {}
        self._clocks: dict[str, str] = {}
        # A dictionary for each weight: an enum's hash costs more than a look-up.
        self._widths: dict[tuple[str, int], float] = {}
        self._bold_widths: dict[tuple[str, int], float] = {}
        self._heights: dict[int, tuple[int, int]] = {}
        self._bold_heights: dict[int, tuple[int, int]] = {}

    def px(self, length: float) -> int:
        """A length in pixels."""
        return int(length * self.scale + 0.5)

    def em(self, size: float) -> int:
        """A type size in pixels; never below the least."""
        return ceil(max(size, LEAST_TYPE) * self.scale)

    def width(self, text: str, size: int, weight: Weight = Weight.REGULAR) -> float:
        """How wide a text is set."""
        widths = self._bold_widths if weight is Weight.BOLD else self._widths
        found = widths.get((text, size))
        if found is None:
            found = widths[text, size] = self._typesetter.width(text, size, weight)
        return found

    def heights(self, size: int, weight: Weight = Weight.REGULAR) -> tuple[int, int]:
        """A line's ascent and descent."""
        heights = self._bold_heights if weight is Weight.BOLD else self._heights
        found = heights.get(size)
        if found is None:
            found = self._typesetter.ascent(size, weight), self._typesetter.descent(size, weight)
            heights[size] = found
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

    def readable_text(  # noqa: PLR0917
        self, text: str, x: int, top: int, size: int, weight: Weight, colour: str, on: str, row: int
    ) -> Text:
        """A line of text in the middle of a row of some height, in a colour known to be readable; for what is many."""
        ascent, descent = self.heights(size, weight)
        top += (row - ascent - descent) // 2
        box = Box(x, top, ceil(self.width(text, size, weight)), ascent + descent)
        return Text(box, top + ascent, text, size, weight, colour, on)

    def stage(self, slot: Slot) -> Stage:
        """The stage that a slot is on."""
        return self._stages[slot.stage]

    def stages(self, slots: Sequence[Slot]) -> list[Stage]:
        """Stages of these slots, in the festival's order."""
        used = {slot.stage for slot in slots}
        return [stage for stage in self.festival.stages if stage.id in used]

    def inks(self, stage_id: str) -> Inks:
        """What a stage's cards are painted in."""
        found = self._inks.get(stage_id)
        if found is None:
            theme, mark = self.theme, self.mark(self._stages[stage_id].colour)
            fill = tint(self._stages[stage_id].colour, theme.background, theme.tint)
            pale = tint(mark, theme.background, _PALE)
            found = self._inks[stage_id] = Inks(
                mark=mark,
                fill=fill,
                edge=tint(mark, theme.background, theme.edge),
                text=readable(theme.text, fill),
                muted=readable(theme.muted, fill),
                pale=pale,
                pale_edge=tint(mark, theme.background, theme.edge / 2),
                pale_text=readable(theme.muted, pale),
            )
        return found

    def mark(self, colour: str) -> str:
        """A stage's colour as a sign on the background, where it can be seen even if the two are nearly the same."""
        return readable(colour, self.theme.background, _SEEN)

    def clock(self, slot: Slot) -> str:
        """When a slot starts."""
        found = self._clocks.get(slot.id)
        if found is None:
            found = self._clocks[slot.id] = clock(slot.start, slot.day, over_24h=self.festival.shows_over_24h)
        return found


@dataclass(frozen=True, slots=True)
class Chip:
    """What a card warns of: a clash, or a walk for which the time is too short; `short` where there is less room."""

    text: str
    short: str
    clash: bool


def chips_of(plan: Plan, words: Words) -> Mapping[str, Sequence[Chip]]:
    """Chips of every pick that has any, by its id: one for all its clashes, one for the tightest walk to it."""
    counts: dict[str, int] = {}
    longest: dict[str, int] = {}
    walks: dict[str, int] = {}
    for day in plan.days:
        for clash in day.clashes:
            first, second, minutes = clash.first.id, clash.second.id, clash.minutes
            counts[first] = counts.get(first, 0) + 1
            counts[second] = counts.get(second, 0) + 1
            longest[first] = max(minutes, longest.get(first, 0))
            longest[second] = max(minutes, longest.get(second, 0))
        for walk in day.walks:
            walks[walk.second.id] = min(walk.available, walks.get(walk.second.id, walk.available))
    chips = {
        one: [Chip(words.clash(count, longest[one]), words.clash_in_short(count, longest[one]), clash=True)]
        for one, count in counts.items()
    }
    for one, available in walks.items():
        text = words.walk(available)
        chips.setdefault(one, []).append(Chip(text, text, clash=False))
    return chips
