"""Pictures of optimal inputs for people: before and after with the difference, and all targets side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from face_classifier.core.fooling import Distance
from face_classifier.core.pictures import Pixels

INK: Final = "#1c2430"
SOFT: Final = "#5b6675"
PAPER: Final = "#fbfaf7"
LINE: Final = "#d9d6cd"
ONE: Final = "#2b6cb0"
TWO: Final = "#c2571a"
PANEL: Final = 384
TILE: Final = 192
GAP: Final = 32
BAR: Final = 5
FINE: Final = 0.99
"""The probability from which a hundredth of a hundredth is shown."""
BEYOND: Final = "\u0180"
"""The first letter that is none of western Europe's."""

Row = tuple[str, float]
"""A label's name and its probability."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An optimal input and what is said of it.

    Attributes:
        name: the target's.
        seen: what the model sees of it.
        said: the probability of the target.
        reached: whether that is what was asked for.
    """

    name: str
    seen: Pixels
    said: float
    reached: bool


def difference(before: Pixels, after: Pixels) -> tuple[Pixels, float]:
    """The difference about grey, magnified until its largest number is white or black; and how many times."""
    change = np.asarray(after, np.float64) - before
    largest = float(np.abs(change).max())
    times = 127 / largest if largest else 1.0
    return np.rint(128 + change * times).clip(0, 255).astype(np.uint8), times


def compared(  # noqa: PLR0917  (two pictures, and what is said of each)
    before: Pixels, after: Pixels, said_before: Sequence[Row], said_after: Sequence[Row], far: Distance, steps: int
) -> Image.Image:
    """Before, the difference, and after, with the likeliest labels of both and how far they are apart."""
    shown, times = difference(before, after)
    rows = max(len(said_before), len(said_after), 3)
    sheet = Image.new("RGB", (3 * PANEL + 4 * GAP, PANEL + 3 * GAP + 22 + rows * 44), PAPER)
    draw = ImageDraw.Draw(sheet)
    titles = ("before", f"the difference, {times:.0f} times", "after")
    for number, (title, picture) in enumerate(zip(titles, (before, shown, after), strict=True)):
        left = GAP + number * (PANEL + GAP)
        draw.text((left, GAP - 8), title, SOFT, _font(22))
        sheet.paste(_enlarged(picture, PANEL), (left, GAP + 26))
    top = PANEL + 2 * GAP + 16
    _answers(draw, said_before, (GAP, top), SOFT)
    _answers(draw, said_after, (GAP + 2 * (PANEL + GAP), top), ONE)
    psnr = f"{far.psnr:.1f} dB" if math.isfinite(far.psnr) else "none"
    figures = (
        ("L2", f"{far.l2:.2f}", "steps", f"{steps:,}"),
        ("SSIM", f"{far.ssim:.3f}", "PSNR", psnr),
        ("most", f"{far.linf * 255:.0f}/255", "", ""),
    )
    for number, row in enumerate(figures):
        for place, text in zip((0, 66, 196, 268), row, strict=True):
            colour = SOFT if place in {0, 196} else INK
            draw.text((GAP + PANEL + GAP + place, top + number * 44), text, colour, _font(22))
    return sheet


def _answers(draw: ImageDraw.ImageDraw, rows: Sequence[Row], at: tuple[int, int], colour: str) -> None:
    left, top = at
    for number, (name, probability) in enumerate(rows):
        y = top + number * 44
        said = percent(probability)
        draw.text((left, y), _short(name, PANEL - 130, 22), INK, _font(22))
        draw.text((left + PANEL, y), said, INK, _font(22), anchor="ra")
        draw.rectangle((left, y + 29, left + PANEL, y + 29 + BAR), LINE)
        draw.rectangle((left, y + 29, left + max(1, round(PANEL * probability)), y + 29 + BAR), colour)


def grid(title: str, subtitle: str, start: Pixels, exhibits: Sequence[Exhibit]) -> Image.Image:
    """Where all began, and then each optimal input with its target's name and probability."""
    count = len(exhibits) + 1
    columns = _columns(count)
    rows = math.ceil(count / columns)
    high = TILE + 62
    sheet = Image.new("RGB", (columns * (TILE + GAP // 2) + 2 * GAP - GAP // 2, rows * high + 3 * GAP + 60), PAPER)
    draw = ImageDraw.Draw(sheet)
    room = sheet.width - 2 * GAP
    draw.text((GAP, GAP), _short(title, room, 34), INK, _font(34))
    draw.text((GAP, GAP + 46), _short(subtitle, room, 20), SOFT, _font(20))
    tiles = [Exhibit("where they began", start, -1, reached=True), *exhibits]
    for number, each in enumerate(tiles):
        row, column = divmod(number, columns)
        left, top = GAP + column * (TILE + GAP // 2), 2 * GAP + 60 + row * high
        sheet.paste(_enlarged(each.seen, TILE), (left, top))
        if each.said < 0:
            draw.rectangle((left, top, left + TILE - 1, top + TILE - 1), outline=TWO, width=3)
            draw.text((left, top + TILE + 6), each.name, SOFT, _font(20))
            continue
        said = percent(each.said)
        draw.text((left, top + TILE + 6), _short(each.name, TILE - 84, 20), INK, _font(20))
        draw.text((left + TILE, top + TILE + 6), said, ONE if each.reached else TWO, _font(20), anchor="ra")
    return sheet


def _columns(count: int) -> int:
    """A little more than there are rows; of those about that, what leaves the fewest places free."""
    wanted = max(2, round(math.sqrt(count * 1.4)))
    choice = range(wanted, wanted + 3)
    return min(count, min(choice, key=lambda columns: (-count % columns, abs(columns - wanted))))


def percent(probability: float) -> str:
    """As a share of a hundred, cut and not rounded: what is not certain is not said to be 100 %."""
    return f"{math.floor(probability * 10_000) / 100:.2f}%" if probability > FINE else f"{probability:.1%}"


def _enlarged(picture: Pixels, side: int) -> Image.Image:
    return Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _short(text: str, room: int, size: int) -> str:
    font = _font(size)
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


def legible(name: str, otherwise: str) -> str:
    """A name if the font that Pillow brings has its letters: those of western Europe; else what stands for it."""
    return name if all(letter < BEYOND for letter in name) else otherwise
