"""The grid: every stage a column, with all slots of a day; picks stand out. For tablets and print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from timetable_renderer.core.festival import Slot, Stage
from timetable_renderer.core.layout.axis import Axis, Span, stretch
from timetable_renderer.core.layout.cards import Cards, CardStyle, Composed
from timetable_renderer.core.layout.frame import MARGIN, footer, header
from timetable_renderer.core.layout.phone import chosen_day
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Box, Group, Leaf, Picture, Rounded, Weight
from timetable_renderer.core.layout.words import clock
from timetable_renderer.core.options import BASE_WIDTH, MAX_WIDTH
from timetable_renderer.core.plan import Plan, make_lanes

_CELL: Final = CardStyle(title=22, detail=20, least=40, most_lines=2, bar=8, pad=9, pad_top=3, radius=8, where=False)
_LANE: Final = 184
"""Width of a column of cells."""
_PER_MINUTE: Final = 3.2
_TIME_TYPE: Final = 24
_NAME_TYPE: Final = 24
_APART: Final = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A stage's slots of the day, and in how many columns they stand side by side."""

    stage: Stage
    slots: tuple[Slot, ...]
    lanes: int


def grid(sheet: Sheet, plan: Plan, width: int | None) -> Picture:
    """All stages of one day. Columns that the width has no room for go below, under a head of their own."""
    one = chosen_day(plan, sheet.options.day)
    slots = [slot for slot in plan.festival.slots if slot.day == one.day]
    margin = sheet.px(MARGIN)
    columns = _columns(sheet, slots)
    gutter = _gutter(sheet, slots)
    lane = sheet.px(_LANE)
    if width is None:
        wanted = 2 * margin + gutter + lane * sum(column.lanes for column in columns)
        width = min(max(wanted, sheet.px(BASE_WIDTH)), MAX_WIDTH)
    inner = width - 2 * margin
    words = sheet.words
    count = words.picks(len(one.picks))
    under = words.separator.join((words.whole, words.day(one.day), count))
    children: list[Group] = [header(sheet, under, margin, sheet.px(28), width=inner)]
    y = children[-1].box.bottom + sheet.px(24)
    picked = frozenset(slot.id for slot in one.picks)
    for band in _bands(columns, max(1, (inner - gutter) // lane)):
        made = _Band(sheet, band, picked, x=margin, width=inner, gutter=gutter).place(y)
        children.append(made)
        y = made.box.bottom + sheet.px(36)
    children.append(footer(sheet, margin, y, width=inner))
    height = children[-1].box.bottom + sheet.px(28)
    title = f"{sheet.festival.name}: {under}"
    root = Group("picture", Box(0, 0, width, height), tuple(children))
    return Picture(width, height, sheet.theme.background, root, title)


def _columns(sheet: Sheet, slots: Sequence[Slot]) -> list[Column]:
    by_stage: dict[str, list[Slot]] = {}
    for slot in sorted(slots, key=lambda slot: slot.start.timestamp()):
        by_stage.setdefault(slot.stage, []).append(slot)
    columns = []
    for stage in sheet.festival.stages:
        if of_stage := by_stage.get(stage.id):
            count = max(lane.count for lane in make_lanes(of_stage).values())
            columns.append(Column(stage, tuple(of_stage), count))
    return columns


def _gutter(sheet: Sheet, slots: Sequence[Slot]) -> int:
    widest = max((sheet.width(sheet.clock(slot), sheet.em(_TIME_TYPE), Weight.BOLD) for slot in slots), default=0)
    return ceil(widest) + sheet.px(14)


def _bands(columns: Sequence[Column], room: int) -> list[list[Column]]:
    """Columns in as few bands as there is room for, each about as full as the others."""
    total = sum(column.lanes for column in columns)
    count = max(1, -(-total // room))
    goal = -(-total // count)
    bands: list[list[Column]] = [[]]
    for column in columns:
        taken = sum(other.lanes for other in bands[-1])
        if bands[-1] and taken + column.lanes > max(goal, 1):
            bands.append([])
        bands[-1].append(column)
    return bands if columns else []


class _Band:
    """Some stages side by side on one time axis."""

    def __init__(
        self, sheet: Sheet, columns: Sequence[Column], picked: frozenset[str], *, x: int, width: int, gutter: int
    ) -> None:
        self._sheet, self._columns, self._picked = sheet, columns, picked
        self._x, self._width, self._left = x, width, x + gutter
        self._apart = sheet.px(_APART)
        self._cards = Cards(sheet, _CELL)
        lanes = sum(column.lanes for column in columns)
        room = width - gutter
        edges = [self._left + room * index // lanes for index in range(lanes + 1)]
        self._edges: list[tuple[int, int]] = []
        index = 0
        self._cells: list[tuple[Composed, int, int]] = []
        for column in columns:
            left, right = edges[index], edges[index + column.lanes] - self._apart
            self._edges.append((left, right))
            index += column.lanes
            self._cells.extend(self._compose(column, left, right))
        spans = [
            Span(made.slot.start.timestamp(), made.slot.end.timestamp(), made.height + self._apart)
            for made, _, _ in self._cells
        ]
        self._axis: Axis = stretch(spans, _PER_MINUTE * sheet.scale)

    def _compose(self, column: Column, left: int, right: int) -> list[tuple[Composed, int, int]]:
        lanes = make_lanes(column.slots)
        made = []
        for slot in column.slots:
            lane = lanes[slot.id]
            wide = (right - left - (lane.count - 1) * self._apart) // lane.count
            x = left + lane.index * (wide + self._apart)
            made.append((self._cards.compose(slot, wide), x, wide))
        return made

    def place(self, top: int) -> Group:
        """The band, its stages' names at the top."""
        heads, y = self._heads(top)
        y += self._apart
        hours = self._hours(y)
        cells = []
        for made, x, wide in self._cells:
            start, end = (y + self._axis.at(at.timestamp()) for at in (made.slot.start, made.slot.end))
            picked = made.slot.id in self._picked
            box = Box(x, start, wide, end - start - self._apart)
            cells.append(self._cards.card(made, box, picked=picked))
        bottom = max(y + self._axis.length, hours[-1].box.bottom if hours else y)
        return Group("band", Box(self._x, top, self._width, bottom - top), (*heads, *hours, *cells))

    def _heads(self, top: int) -> tuple[list[Group], int]:
        sheet = self._sheet
        size = sheet.em(_NAME_TYPE)
        line, pad = sheet.line(size, Weight.BOLD), sheet.px(8)
        broken = [
            sheet.break_lines(column.stage.name, right - left - 2 * pad, 2, size, Weight.BOLD)
            for column, (left, right) in zip(self._columns, self._edges, strict=True)
        ]
        strip = sheet.px(8)
        height = max(map(len, broken)) * line + 2 * sheet.px(4) + strip
        heads = []
        for column, names, (left, right) in zip(self._columns, broken, self._edges, strict=True):
            box = Box(left, top, right - left, height)
            fill = sheet.inks(column.stage.id).fill
            children: list[Leaf] = [
                Rounded(box, fill),
                Rounded(Box(left, box.bottom - strip, box.width, strip), sheet.mark(column.stage.colour)),
            ]
            y = top + (height - strip - len(names) * line) // 2
            for name in names:
                children.append(sheet.text(name, left + pad, y, size, Weight.BOLD, colour=sheet.theme.text, on=fill))
                y += line
            heads.append(Group("column", box, tuple(children)))
        return heads, top + height

    def _hours(self, top: int) -> list[Group]:
        """Each full hour's time and a line across."""
        sheet = self._sheet
        size = sheet.em(_TIME_TYPE)
        first, day = self._axis.moments[0], self._cells[0][0].slot.day
        zone, over = sheet.festival.zone, sheet.festival.shows_over_24h
        hour = datetime.fromtimestamp(first, zone).replace(minute=0, second=0, microsecond=0).timestamp()
        made: list[Group] = []
        free = top - self._apart
        while hour <= self._axis.moments[-1]:
            y = top + self._axis.at(hour)
            above = y - self._apart // 2
            if hour >= first and above >= free:
                text = sheet.text(
                    clock(datetime.fromtimestamp(hour, zone), day, over_24h=over),
                    self._left - sheet.px(14),
                    y,
                    size,
                    Weight.BOLD,
                    colour=sheet.theme.muted,
                    on=sheet.theme.background,
                    right=True,
                )
                across = Box(self._left, above, self._x + self._width - self._left, max(1, sheet.px(1)))
                box = Box(self._x, above, self._width, text.box.bottom - above)
                made.append(Group("time", box, (Rounded(across, sheet.theme.line), text)))
                free = box.bottom
            hour += timedelta(hours=1).total_seconds()
        return made
