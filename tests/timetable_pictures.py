"""Small pictures for the painters' tests, put together by hand."""

from typing import Final

from timetable_making import at, festival, slot
from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.core.layout import lay_out
from timetable_renderer.core.layout.tree import (
    Box,
    Corners,
    Group,
    Leaf,
    Picture,
    Qr,
    Rounded,
    Text,
    Typesetter,
    Weight,
)
from timetable_renderer.core.options import LayoutName, PictureOptions, ThemeName
from timetable_renderer.core.plan import make_plan

FONTS: Final = Fonts()
"""With the packaged fonts: what is drawn is the same on every machine."""
WHITE: Final = "#ffffff"
INK: Final = "#14161c"
QUIET: Final = "#5a6070"


def text(
    words: str,
    x: int,
    baseline: int,
    size: int = 24,
    *,
    colour: str = INK,
    background: str = WHITE,
    weight: Weight = Weight.REGULAR,
    typesetter: Typesetter = FONTS,
) -> Text:
    """A line of text, in a box as it was measured."""
    ascent, descent = typesetter.ascent(size, weight), typesetter.descent(size, weight)
    box = Box(x, baseline - ascent, round(typesetter.width(words, size, weight)), ascent + descent)
    return Text(box, baseline, words, size, weight, colour, background)


def picture(
    *leaves: Leaf, width: int = 240, height: int = 120, background: str = WHITE, title: str = "試験"
) -> Picture:
    """A picture of these."""
    return Picture(width, height, background, Group("picture", Box(0, 0, width, height), leaves), title)


def card(
    x: int, y: int, name: str, second: str, colours: tuple[str, str, str], *, ink: str = INK, quiet: str = QUIET
) -> tuple[Leaf, ...]:
    """A card 220 by 96: its bar, its name and its second line; colours of the bar, the area and the border."""
    bar, area, border = colours
    return (
        Rounded(Box(x, y, 220, 96), area, 12, border, 2),
        Rounded(Box(x, y, 12, 96), bar, 12, corners=Corners(right=False)),
        text(name, x + 28, y + 42, 30, colour=ink, background=area, weight=Weight.BOLD),
        text(second, x + 28, y + 76, 22, colour=quiet, background=area),
    )


def checks() -> Qr:
    """What looks like a small QR code."""
    rows = tuple(tuple((x * y + x + y) % 3 == 0 for x in range(21)) for y in range(21))
    return Qr(Box(0, 0, 84, 84), rows, 3, "#000000", WHITE)


PICTURES: Final[dict[str, Picture]] = {
    "cards-light": picture(
        *card(10, 10, "ときめき♡", "10:30–10:55 HOT", ("#e6002d", "#fbdce2", "#f08ba0")),
        *card(240, 10, "PASSPO☆gy", "25:30–26:00 空", ("#00a0e9", "#dbf1fc", "#8bd2f3")),
        width=470,
        height=116,
    ),
    "cards-dark": picture(
        *card(
            10, 10, "髙﨑カミング", "11:05–11:20 SKY", ("#8fc31f", "#2c3a1c", "#4c6523"), ink="#f4f6fa", quiet="#aab2c0"
        ),
        *card(240, 10, "❤︎ AVA Tö", "空き 1時間40分", ("#f39800", "#43341a", "#7b581a"), ink="#f4f6fa", quiet="#aab2c0"),
        width=470,
        height=116,
        background="#101318",
    ),
    "scripts": picture(
        text("「あア亜」ｶﾅ～℃①♪", 10, 36, 26),
        text("🔥👩‍👩‍👧🇯🇵👍🏽 ❤️", 10, 76, 26, weight=Weight.BOLD),
        text("สวัสดี مرحبا 한국어", 10, 112, 24, colour=QUIET),
        width=300,
        height=128,
    ),
    "code": picture(checks(), width=84, height=84),
}


def laid_out() -> dict[str, Picture]:
    """The layouts at half their size, of a day with a clash, a tight walk, a gap, a long name and a late night."""
    slots = [
        slot(at("10:30"), 25, "ときめき♡宣伝部", stage="hot"),
        slot(at("10:45"), 30, "sora tob sakana", stage="sky"),
        slot(at("11:20"), 20, "妄想キャリブレーション × TOKYO IDOL スペシャルステージ（限定）", stage="smile-garden"),
        slot(at("13:00"), 40, "PASSPO☆", stage="hot"),
        slot(at("25:30"), 30, "❤︎髙﨑", stage="sky"),
    ]
    plan = make_plan(festival(slots, shows_over_24h=True), [each.id for each in slots])
    chosen = {
        "agenda": PictureOptions(width=540, qr_url="https://example.org/t/abc"),
        "day": PictureOptions(layout=LayoutName.DAY, width=540, height=960, theme=ThemeName.DARK),
        "grid": PictureOptions(layout=LayoutName.GRID, width=540, language="en"),
        "story": PictureOptions(layout=LayoutName.STORY, width=540, theme=ThemeName.DARK, language="en"),
    }
    return {name: lay_out(plan, options, FONTS) for name, options in chosen.items()}
