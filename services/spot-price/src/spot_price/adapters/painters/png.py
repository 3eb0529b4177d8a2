"""PNG of a chart, with Pillow: steps go straight across and straight up, so their lines need no anti-aliasing."""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from typing import Final

import noto_cjk_sans_jp_bold
import noto_cjk_sans_jp_regular
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from spot_price.adapters.painters.marks import outline
from spot_price.core.chart.tree import Anchor, Area, Line, Mark, Picture, Point, Words

_FINER: Final = 4
"""Times the size at which marks are drawn, to have smooth edges."""
_LEVEL: Final = 3
"""Of deflate: level 6 takes twice the time for a tenth fewer bytes."""
_ANCHORS: Final = {Anchor.START: "ls", Anchor.MIDDLE: "ms", Anchor.END: "rs"}


class PillowSetter:
    """A `Typesetter` that measures with the font that the PNG is set in. May be used from several threads."""

    def width(self, text: str, size: int) -> float:
        """How far a line reaches, in pixels."""
        return _width(text, size)


def png(picture: Picture, scale: int = 1) -> bytes:
    """The whole file, `scale` times as large; a chart without a background has white paper."""
    image = Image.new("RGB", (picture.width * scale, picture.height * scale), picture.background or "#ffffff")
    draw = ImageDraw.Draw(image)
    for leaf in picture.root.leaves():
        if isinstance(leaf, Line):
            _line(draw, leaf, scale)
        elif isinstance(leaf, Words):
            place = (leaf.x * scale, leaf.y * scale)
            font = _font(leaf.size * scale, bold=leaf.bold)
            draw.text(place, leaf.text, fill=leaf.colour, font=font, anchor=_ANCHORS[leaf.anchor])
        elif isinstance(leaf, Area):
            mask = Image.new("L", image.size)
            corners = [(x * scale, y * scale) for x, y in leaf.points]
            ImageDraw.Draw(mask).polygon(corners, fill=round(255 * leaf.share))
            image.paste(leaf.colour, (0, 0), mask)
        else:
            _mark(image, leaf, scale)
    described = PngInfo()
    described.add_itxt("Description", picture.title)
    file = BytesIO()
    image.save(file, "PNG", compress_level=_LEVEL, pnginfo=described)
    return file.getvalue()


@lru_cache(maxsize=32)
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    package = noto_cjk_sans_jp_bold if bold else noto_cjk_sans_jp_regular
    return ImageFont.truetype(str(package.FONT_PATH), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4_096)
def _width(text: str, size: int) -> float:
    return float(_font(size, bold=False).getlength(text))


def _line(draw: ImageDraw.ImageDraw, line: Line, scale: int) -> None:
    width = max(1, round(line.width * scale))
    before, after = width // 2, (width - 1) // 2
    for (x, y), (end_x, end_y) in _dashed(line.points, line.dash):
        left, right = sorted((round(x * scale), round(end_x * scale)))
        top, bottom = sorted((round(y * scale), round(end_y * scale)))
        draw.rectangle((left - before, top - before, right + after, bottom + after), fill=line.colour)


def _dashed(points: tuple[Point, ...], dash: tuple[int, ...]) -> Iterator[tuple[Point, Point]]:
    """The pieces of a line that are drawn, each straight across or straight up."""
    number, left = 0, float(dash[0]) if dash else float("inf")
    for (x, y), (end_x, end_y) in pairwise(points):
        length = abs(end_x - x) + abs(end_y - y)
        done = 0.0
        while done < length:
            piece = min(left, length - done)
            if number % 2 == 0:
                from_, to = done / length, (done + piece) / length
                yield (
                    (x + (end_x - x) * from_, y + (end_y - y) * from_),
                    (x + (end_x - x) * to, y + (end_y - y) * to),
                )
            done += piece
            left -= piece
            if left <= 0:
                number += 1
                left = float(dash[number % len(dash)])


def _mark(image: Image.Image, mark: Mark, scale: int) -> None:
    fine = scale * _FINER
    reach = round(mark.size * scale)
    x, y = round(mark.x * scale) - reach, round(mark.y * scale) - reach
    mask = Image.new("L", (2 * reach * _FINER, 2 * reach * _FINER))
    middle = reach * _FINER
    corners = [((px - mark.x) * fine + middle, (py - mark.y) * fine + middle) for px, py in outline(mark)]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    image.paste(mark.colour, (x, y), mask.reduce(_FINER))
