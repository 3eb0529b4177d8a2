"""What is on the terminal's screen, as SVG.

Braille is drawn dot by dot: fonts have it in all widths and weights, or not at all.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.sax.saxutils import escape

from rich.style import Style
from textual.app import App
from textual.strip import Strip

from spot_price.watch import palette
from spot_price.watch.raster import BLANK

WIDTH: Final = 8
HEIGHT: Final = 18
"""A cell in pixels."""
BASE: Final = 13
"""How far under its top letters stand."""
DOT: Final = 2.6
_PLACES: Final = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
_FONT: Final = "ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono', Menlo, Consolas, monospace"


def picture(app: App[Any]) -> str:
    """The screen of an application that runs."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001  (its own SVG asks the network for a font)
    return svg(strips, app.size.width)


def svg(strips: list[Strip], columns: int) -> str:
    """Rows of cells."""
    width, height = columns * WIDTH, len(strips) * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f'<rect width="{width}" height="{height}" rx="6" fill="{palette.GROUND}"/>',
        f'<g font-family="{_FONT}" font-size="13">',
    ]
    grounds: list[str] = []
    words: list[str] = []
    dots: dict[str, list[str]] = {}
    for row, strip in enumerate(strips):
        for column, text, style in _cells(strip):
            ink, ground = _colours(style)
            x, y, cells = column * WIDTH, row * HEIGHT, len(text)
            if ground != palette.GROUND:
                grounds.append(f'<rect x="{x}" y="{y}" width="{cells * WIDTH}" height="{HEIGHT}" fill="{ground}"/>')
            plain = "".join(" " if ord(sign) >> 8 == BLANK >> 8 else sign for sign in text)
            bold = ' font-weight="bold"' if style.bold else ""
            for word in re.finditer(r"\S+", plain):  # each where it belongs: SVG drops spaces in a row
                place = f'x="{x + word.start() * WIDTH}" y="{y + BASE}" textLength="{len(word[0]) * WIDTH}"'
                words.append(f'<text {place} fill="{ink}"{bold}>{escape(word[0])}</text>')
            for number, sign in enumerate(text):
                if ord(sign) >> 8 == BLANK >> 8:
                    dots.setdefault(ink, []).extend(_dots(ord(sign) - BLANK, x + number * WIDTH, y))
    parts += grounds
    parts += words
    parts.append("</g>")
    parts += [f'<path fill="{ink}" d="{"".join(paths)}"/>' for ink, paths in dots.items() if paths]
    return "\n".join([*parts, "</svg>", ""])


def _cells(strip: Strip) -> Iterator[tuple[int, str, Style]]:
    column = 0
    for text, style, control in strip:
        if not control:
            yield column, text, style or Style.null()
            column += len(text)


def _colours(style: Style) -> tuple[str, str]:
    ink = style.color.get_truecolor().hex if style.color and not style.color.is_default else palette.TEXT
    ground = style.bgcolor.get_truecolor().hex if style.bgcolor and not style.bgcolor.is_default else palette.GROUND
    return (ground, ink) if style.reverse else (ink, ground)


def _dots(code: int, x: float, y: float) -> Iterator[str]:
    for bit, (across, down) in enumerate(_PLACES):
        if code >> bit & 1:
            left = x + (across + 0.5) * WIDTH / 2 - DOT / 2
            top = y + (down + 0.5) * HEIGHT / 4 - DOT / 2
            yield f"M{left:g} {top:g}h{DOT:g}v{DOT:g}h-{DOT:g}z"
