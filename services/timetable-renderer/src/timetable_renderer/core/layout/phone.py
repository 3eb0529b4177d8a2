"""One day on one screen: `day` for the phone's screen, `story` for a story. What does not fit is set smaller."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from timetable_renderer.core.layout.body import DAY, MOST_LANES, DayBody, DayStyle
from timetable_renderer.core.layout.cards import CardStyle
from timetable_renderer.core.layout.frame import MARGIN, day_span, footer, legend
from timetable_renderer.core.layout.rows import rows
from timetable_renderer.core.layout.sheet import Sheet
from timetable_renderer.core.layout.tree import Box, Group, Leaf, Picture, Rounded, Weight
from timetable_renderer.core.options import NoSuchDayError, PictureDoesNotFitError
from timetable_renderer.core.plan import DayPlan, Plan

STYLES: Final = (
    DayStyle(CardStyle(60, 42, least=168, bar=16, pad=26, pad_top=12), time=46, gap=76, gap_type=36, apart=14),
    DayStyle(CardStyle(48, 34, least=132, bar=14, pad=22, pad_top=10), time=38, gap=60, gap_type=30, apart=12),
    DayStyle(CardStyle(42, 30, least=112, bar=13, pad=20), time=34, gap=52, gap_type=27, apart=10),
    DAY,
    DayStyle(CardStyle(32, 24, least=84, pad_top=5, lead=1, brief=True), time=28, gap=36, gap_type=22, apart=6),
    DayStyle(
        CardStyle(28, 22, least=74, most_lines=1, pad_top=3, lead=0, brief=True), time=26, gap=32, gap_type=20, apart=6
    ),
    DayStyle(
        CardStyle(25, 20, least=66, most_lines=1, pad_top=2, lead=0, radius=10, brief=True), time=24, gap=0, apart=6
    ),
)
"""From the largest to the smallest; below that, picks go into columns without an axis."""
_LONGEST_MINUTE: Final = 4.2
"""Pixels a minute, where there is much room and little to show."""
_HALVINGS: Final = 7
_STORY: Final = 16 / 9
_SAFE: Final = 0.115
"""The share of a story's height, above and below, that apps put their own buttons on."""


@dataclass(frozen=True, slots=True)
class Head:
    """Type sizes of what stands above the picks."""

    name: int
    name_lines: int
    day: int
    span: int


_DAY_HEAD: Final = Head(name=30, name_lines=1, day=64, span=32)
_STORY_HEAD: Final = Head(name=58, name_lines=2, day=104, span=38)


def day(sheet: Sheet, plan: Plan, width: int, height: int) -> Picture:
    """One day, as large as a phone's screen; nothing stands where the lock screen has its clock and buttons."""
    options = sheet.options
    one = chosen_day(plan, options.day)
    margin = sheet.px(MARGIN)
    top = options.inset_top + sheet.px(32)
    bottom = height - options.inset_bottom - sheet.px(28)
    head = _head(sheet, one, Box(margin, top, width - 2 * margin, 0), _DAY_HEAD, on=sheet.theme.background)
    return _picture(sheet, one, [head], Box(0, 0, width, height), bottom)


def story(sheet: Sheet, plan: Plan, width: int, height: int) -> Picture:
    """One day at 9:16, the day's name large on a ground of its own."""
    options, theme = sheet.options, sheet.theme
    one = chosen_day(plan, options.day)
    margin = sheet.px(MARGIN)
    safe = int(height * _SAFE)
    top = max(safe, options.inset_top + sheet.px(32))
    bottom = height - max(safe, options.inset_bottom + sheet.px(28))
    head = _head(sheet, one, Box(margin, top, width - 2 * margin, 0), _STORY_HEAD, on=theme.bar)
    ground = Box(0, 0, width, head.box.bottom + sheet.px(36))
    strip = _strip(sheet, one, Box(0, ground.bottom, width, sheet.px(12)))
    box = Box(0, 0, width, strip[-1].box.bottom if strip else ground.bottom)
    whole = Group("header", box, (Rounded(ground, theme.bar), head, *strip))
    return _picture(sheet, one, [whole], Box(0, 0, width, height), bottom)


def chosen_day(plan: Plan, number: int | None) -> DayPlan:
    """The day asked for, or the first with picks; without any it is empty.

    Raises:
        NoSuchDayError: the festival does not have it.
    """
    days = plan.festival.days
    if number is None and plan.days:
        return plan.days[0]
    index = (number or 1) - 1
    if not 0 <= index < len(days):
        raise NoSuchDayError(number or 1, len(days))
    empty = DayPlan(days[index], (), {}, (), (), ())
    return next((one for one in plan.days if one.day == days[index]), empty)


def _head(sheet: Sheet, one: DayPlan, box: Box, style: Head, *, on: str) -> Group:
    """The festival's name, the day in large type, and how many picks it has from when to when."""
    theme = sheet.theme
    inverse = on == theme.bar
    strong, weak = (theme.bar_text, theme.bar_muted) if inverse else (theme.text, theme.muted)
    name, large, small = sheet.em(style.name), sheet.em(style.day), sheet.em(style.span)
    children: list[Leaf] = []
    y = box.y
    for line in sheet.break_lines(sheet.festival.name, box.width, style.name_lines, name, Weight.BOLD):
        children.append(sheet.text(line, box.x, y, name, Weight.BOLD, colour=weak, on=on))
        y += sheet.line(name, Weight.BOLD)
    text = sheet.shorten(sheet.words.day(one.day), box.width, large, Weight.BOLD)
    date = sheet.text(text, box.x, y, large, Weight.BOLD, colour=strong, on=on)
    span = sheet.words.picks(len(one.picks))
    if one.picks:
        span += "  {}–{}".format(*day_span(sheet, one))
    children.append(date)
    right = box.x + box.width
    ascent, _ = sheet.heights(small)
    beside = sheet.text(span, right, date.baseline - ascent, small, colour=weak, on=on, right=True)
    y = date.box.bottom
    if beside.box.x < date.box.right + sheet.px(20):
        beside = sheet.text(sheet.shorten(span, box.width, small), box.x, y, small, colour=weak, on=on)
        y = beside.box.bottom
    children.append(beside)
    return Group("header", Box(box.x, box.y, box.width, y - box.y), tuple(children))


def _strip(sheet: Sheet, one: DayPlan, box: Box) -> list[Rounded]:
    """The colours of the day's stages side by side."""
    stages = sheet.stages(one.picks)
    edges = [box.x + box.width * index // len(stages) for index in range(len(stages) + 1)] if stages else []
    return [
        Rounded(Box(left, box.y, right - left, box.height), sheet.mark(stage.colour))
        for stage, left, right in zip(stages, edges, edges[1:], strict=False)
    ]


def _picture(sheet: Sheet, one: DayPlan, heads: list[Group], whole: Box, bottom: int) -> Picture:
    margin = sheet.px(MARGIN)
    inner = whole.width - 2 * margin
    top = heads[-1].box.bottom + sheet.px(28)
    feet, below = _feet(sheet, one, Box(margin, 0, inner, bottom))
    room = Box(margin, top, inner, below - top)
    if room.height <= 0:
        raise PictureDoesNotFitError("the picture is too low, or its insets leave no room for picks")
    made, numbered = fit(sheet, one, room)
    if numbered:  # the legend says which number is which stage, for which it may need another row
        feet, below = _feet(sheet, one, Box(margin, 0, inner, bottom), numbered=True)
        room = Box(margin, top, inner, below - top)
        made, _ = fit(sheet, one, room)
    body = Group("day", room, tuple(made))
    title = f"{sheet.festival.name}: {sheet.words.day(one.day)}, {sheet.words.picks(len(one.picks))}"
    root = Group("picture", whole, (*heads, body, *feet))
    return Picture(whole.width, whole.height, sheet.theme.background, root, title)


def _feet(sheet: Sheet, one: DayPlan, box: Box, *, numbered: bool = False) -> tuple[list[Group], int]:
    """Footer and legend at the bottom of a box, and the y above them."""
    feet: list[Group] = []
    below = box.bottom
    stages = partial(legend, stages=sheet.stages(one.picks), type_size=22, numbered=numbered)
    # From the bottom up: each is laid out at 0 to see how high it is.
    for part, apart in ((partial(footer, type_size=20), 16), (stages, 20)):
        below -= part(sheet, x=box.x, top=0, width=box.width).box.height
        feet.append(part(sheet, x=box.x, top=below, width=box.width))
        below -= sheet.px(apart)
    return feet, below


def fit(sheet: Sheet, one: DayPlan, room: Box) -> tuple[Iterable[Group], bool]:
    """A day's picks as large as there is room for, all of them, and whether numbers stand for stages (`rows`).

    Raises:
        PictureDoesNotFitError: they do not fit even in the smallest type.
    """
    if not one.picks:
        size = sheet.em(30)
        text = sheet.text(
            sheet.shorten(sheet.words.nothing, room.width, size),
            room.x,
            room.y,
            size,
            colour=sheet.theme.muted,
            on=sheet.theme.background,
        )
        return [Group("empty", text.box, (text,))], False
    if (body := _largest(sheet, one, room)) is None:
        return rows(sheet, one.picks, room)
    # The longest axis for which there is room; at the least none of it is in proportion to time.
    low, high = 0.0, _LONGEST_MINUTE * sheet.scale
    if body.height(high) <= room.height:
        low = high
    for _ in range(_HALVINGS if low < high else 0):
        middle = (low + high) / 2
        low, high = (middle, high) if body.height(middle) <= room.height else (low, middle)
    return body.place(room.y, low)[0], False


def _largest(sheet: Sheet, one: DayPlan, room: Box) -> DayBody | None:
    """The day in the largest style for which there is room; in a smaller one, if that says all names in full."""
    found: DayBody | None = None
    for style in STYLES:
        if found and style.card.title < DAY.card.title:
            break
        # Not even side by side: there is no need to try.
        if len(one.picks) * sheet.px(style.card.least) > MOST_LANES * room.height:
            continue
        body = DayBody(sheet, one, room.x, room.width, style)
        if body.height(0) > room.height:
            continue
        if body.whole:
            return body
        found = found or body
    return found
