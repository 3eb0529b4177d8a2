"""SVG of a chart: lines and text as what they are; styled by attributes alone, so that it may stand in a page."""

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from spot_price.adapters.painters.marks import outline
from spot_price.core.chart.tree import Anchor, Area, Group, Line, Mark, Picture, Words

FAMILIES: Final = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif"
# What XML 1.0 has no place for, not even as a reference.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(picture: Picture) -> bytes:
    """The whole file."""
    width, height = picture.width, picture.height
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="{FAMILIES}" role="img" aria-label="{_words(picture.title)}">\n'
        f"<title>{_words(picture.title)}</title>\n"
    )
    return "".join((head, *_parts(picture), "</svg>\n")).encode()


def inline(picture: Picture) -> str:
    """The same for a page that says in its own words what it shows: as wide as there is room, its font the page's."""
    width, height = picture.width, picture.height
    head = (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true" focusable="false">'
    )
    return "".join((head, *_parts(picture), "</svg>"))


def _words(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _parts(picture: Picture) -> Iterator[str]:
    if picture.background is not None:
        yield f'<rect width="{picture.width}" height="{picture.height}" fill="{picture.background}"/>\n'
    yield from _group(picture.root)


def _group(group: Group) -> Iterator[str]:
    key = f' data-key="{_words(group.key)}"' if group.key else ""
    yield f'<g class="{group.role}"{key}>'
    for child in group.children:
        if isinstance(child, Group):
            yield from _group(child)
        elif isinstance(child, Words):
            yield _text(child)
        elif isinstance(child, Line):
            yield _line(child)
        elif isinstance(child, Area):
            yield _area(child)
        else:
            yield _mark(child)
    yield "</g>\n"


def _line(line: Line) -> str:
    steps = [f"M{line.points[0][0]:g} {line.points[0][1]:g}"]
    x, y = line.points[0]
    for next_x, next_y in line.points[1:]:
        if next_y == y:
            steps.append(f"H{next_x:g}")
        elif next_x == x:
            steps.append(f"V{next_y:g}")
        else:
            steps.append(f"L{next_x:g} {next_y:g}")
        x, y = next_x, next_y
    dash = f' stroke-dasharray="{" ".join(map(str, line.dash))}"' if line.dash else ""
    return f'<path d="{"".join(steps)}" fill="none" stroke="{line.colour}" stroke-width="{line.width:g}"{dash}/>'


def _area(area: Area) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in area.points)
    return f'<polygon points="{points}" fill="{area.colour}" fill-opacity="{area.share:g}"/>'


def _mark(mark: Mark) -> str:
    points = " ".join(f"{x:.4g},{y:.4g}" for x, y in outline(mark))
    return f'<polygon points="{points}" fill="{mark.colour}"/>'


def _text(words: Words) -> str:
    anchor = f' text-anchor="{words.anchor}"' if words.anchor is not Anchor.START else ""
    bold = ' font-weight="700"' if words.bold else ""
    return (
        f'<text x="{words.x:g}" y="{words.y:g}" font-size="{words.size}"{anchor}{bold} fill="{words.colour}">'
        f"{_words(words.text)}</text>"
    )
