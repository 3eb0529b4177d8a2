"""SVG: rectangles and text as what they are, so that it can be read, searched and changed."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.core.clusters import clean
from timetable_renderer.core.layout.tree import Box, Picture, Qr, Rounded, Text, Weight

_FAMILIES: Final = (
    "'Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic UI','BIZ UDPGothic',Meiryo,"
    "'Noto Emoji','Noto Sans Symbols',sans-serif"
)
# What XML 1.0 has no place for, not even as a reference.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(picture: Picture, fonts: Fonts) -> bytes:
    """The picture as an SVG. Each line of text is held to its measured width, whatever font the reader has."""
    return "".join(_parts(picture, fonts)).encode()


def _words(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _parts(picture: Picture, fonts: Fonts) -> Iterator[str]:
    width, height = picture.width, picture.height
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' role="img" aria-labelledby="title">\n'
        f'<title id="title">{_words(picture.title)}</title>\n'
        f"<style>text{{font-family:{_FAMILIES};font-feature-settings:'palt','kern';white-space:pre}}"
        ".b{font-weight:700}</style>\n"
        f'<rect width="{width}" height="{height}" fill="{_words(picture.background)}"/>\n'
    )
    for leaf in picture.root.leaves():
        if isinstance(leaf, Text):
            yield _text(leaf, fonts)
        elif isinstance(leaf, Rounded):
            yield from _rounded(leaf)
        else:
            yield from _qr(leaf)
    yield "</svg>\n"


def _text(leaf: Text, fonts: Fonts) -> str:
    text = clean(leaf.text)
    if not text:
        return ""
    bold = ' class="b"' if leaf.weight is Weight.BOLD else ""
    length = fonts.width(leaf.text, leaf.size, leaf.weight)
    return (
        f'<text x="{leaf.box.x}" y="{leaf.baseline}" font-size="{leaf.size}"{bold} fill="{_words(leaf.colour)}"'
        f' textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs">{_words(text)}</text>\n'
    )


def _rounded(shape: Rounded) -> Iterator[str]:
    thick = shape.border_width if shape.border is not None else 0
    if thick and shape.border is not None:
        yield _area(shape, 0, shape.border)
    yield _area(shape, thick, shape.fill)


def _area(shape: Rounded, inset: int, colour: str) -> str:
    box = Box(shape.box.x + inset, shape.box.y + inset, shape.box.width - 2 * inset, shape.box.height - 2 * inset)
    if box.width <= 0 or box.height <= 0:
        return ""
    return f'<path d="{outline(shape, box, inset)}" fill="{_words(colour)}"/>\n'


def outline(shape: Rounded, box: Box, inset: int) -> str:
    """The way around a rectangle that is smaller than its shape by `inset` on each side."""
    rounds = shape.corners.left + shape.corners.right
    radius = max(min(shape.radius, shape.box.height // 2) - inset, 0)
    radius = min(radius, box.width // max(rounds, 1))
    left, right = radius * shape.corners.left, radius * shape.corners.right
    steps = [f"M{box.x + left} {box.y}H{box.right - right}"]
    if right:
        steps.append(f"a{right} {right} 0 0 1 {right} {right}")
    steps.append(f"V{box.bottom - right}")
    if right:
        steps.append(f"a{right} {right} 0 0 1 -{right} {right}")
    steps.append(f"H{box.x + left}")
    if left:
        steps.append(f"a{left} {left} 0 0 1 -{left} -{left}")
    steps.append(f"V{box.y + left}")
    if left:
        steps.append(f"a{left} {left} 0 0 1 {left} -{left}")
    return "".join(steps) + "z"


def _qr(code: Qr) -> Iterator[str]:
    box = code.box
    yield f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" fill="{_words(code.light)}"/>\n'
    path = "".join(f"M{x} {y}h{length}v{code.module}h-{length}z" for x, y, length in dark_bars(code))
    yield f'<path shape-rendering="crispEdges" d="{path}" fill="{_words(code.dark)}"/>\n'


def dark_bars(code: Qr) -> Iterator[tuple[int, int, int]]:
    """A code's dark modules, joined along rows: x, y and length of each, in pixels."""
    across = max((len(row) for row in code.rows), default=0)
    left = code.box.x + (code.box.width - across * code.module) // 2
    top = code.box.y + (code.box.height - len(code.rows) * code.module) // 2
    for number, row in enumerate(code.rows):
        start = None
        for place, is_dark in enumerate((*row, False)):
            if is_dark and start is None:
                start = place
            elif not is_dark and start is not None:
                yield left + start * code.module, top + number * code.module, (place - start) * code.module
                start = None
