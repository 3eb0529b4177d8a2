"""PDF (ISO 32000-1): one page of vectors, its text selectable, with the fonts' used shapes inside."""

import zlib
from collections.abc import Iterator
from typing import Final

from timetable_renderer.adapters.fonts import Face, Fonts, Glyph
from timetable_renderer.adapters.painters.palette import rgb
from timetable_renderer.adapters.painters.pdffonts import EmbeddedFont, UsedFont, code, embed
from timetable_renderer.adapters.painters.svg import dark_bars
from timetable_renderer.core.layout.tree import Box, Picture, Qr, Rounded, Text

_POINTS: Final = 0.75
"""Of a pixel: 96 pixels are an inch, as in CSS."""
_LONGEST: Final = 14_400
"""Points: the longest side a page may have without a unit of its own (ISO 32000-1, annex C)."""
_KAPPA: Final = 0.5523
"""How far the control points of a Bézier curve reach that comes nearest to a quarter of a circle."""


class _Document:
    """Numbered objects, and the file made of them."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def add(self, body: str | bytes) -> int:
        self._objects.append(body.encode("ascii") if isinstance(body, str) else body)
        return len(self._objects)

    def add_stream(self, data: bytes, entries: str = "") -> int:
        packed = zlib.compress(data)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode {entries}>>\nstream\n".encode("ascii")
        return self.add(head + packed + b"\nendstream")

    def file(self, catalog: int, info: int) -> bytes:
        parts = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"]
        places, at = [], len(parts[0])
        for number, body in enumerate(self._objects, 1):
            places.append(at)
            parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
            at += len(parts[-1])
        parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        parts.extend(b"%010d 00000 n \n" % place for place in places)
        parts.append(b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\n" % (len(places) + 1, catalog, info))
        parts.append(b"startxref\n%d\n%%%%EOF\n" % at)
        return b"".join(parts)


def pdf(picture: Picture, fonts: Fonts) -> bytes:
    """The picture as a PDF. The same picture gives the same bytes: there is no date in it."""
    leaves = tuple(picture.root.leaves())
    used: dict[Face, UsedFont] = {}
    for leaf in leaves:
        if isinstance(leaf, Text):
            for glyph in fonts.line(leaf.text, leaf.weight).glyphs:
                font = used.setdefault(glyph.face, UsedFont(glyph.face, f"F{len(used) + 1}"))
                font.use(glyph)
    embedded = {face: embed(font) for face, font in used.items()}
    document = _Document()
    entries = "".join(f"/{font.name} {_add_font(document, font)} 0 R " for font in embedded.values())
    content = document.add_stream("".join(_content(picture, leaves, fonts, embedded)).encode("ascii"))
    scale = min(_POINTS, _LONGEST / max(picture.width, picture.height))
    page_number = content + 2
    pages = document.add(f"<< /Type /Pages /Kids [{page_number} 0 R] /Count 1 >>")
    document.add(
        f"<< /Type /Page /Parent {pages} 0 R /MediaBox [0 0 {picture.width * scale:.2f} {picture.height * scale:.2f}] "
        f"/Contents {content} 0 R /Resources << /Font << {entries}>> >> >>"
    )
    catalog = document.add(f"<< /Type /Catalog /Pages {pages} 0 R /ViewerPreferences << /DisplayDocTitle true >> >>")
    title = ("\ufeff" + picture.title).encode("utf-16-be", "replace").hex()
    return document.file(catalog, document.add(f"<< /Title <{title}> >>"))


def _add_font(document: _Document, font: EmbeddedFont) -> int:
    kind = "/Subtype /CIDFontType0C " if font.is_cff else f"/Length1 {len(font.file)} "
    program = document.add_stream(font.file, kind)
    # Six letters and a plus tell that it is a part of a font (9.6.4).
    name = f"GENBAT+{font.name}"
    ascent, descent = font.metrics
    descriptor = document.add(
        f"<< /Type /FontDescriptor /FontName /{name} /Flags {font.flags} /FontBBox [-1000 -1000 3000 2000] "
        f"/ItalicAngle 0 /Ascent {ascent} /Descent {descent} /CapHeight {ascent} /StemV 80 "
        f"/FontFile{'3' if font.is_cff else '2'} {program} 0 R >>"
    )
    widths = " ".join(f"{number} [{width}]" for number, width in sorted(font.widths.items()))
    descendant = document.add(
        f"<< /Type /Font /Subtype /CIDFontType{'0' if font.is_cff else '2'} /BaseFont /{name} "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {descriptor} 0 R "
        f"/DW 1000 /W [{widths}] {'' if font.is_cff else '/CIDToGIDMap /Identity '}>>"
    )
    to_unicode = document.add_stream(font.to_unicode)
    return document.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
        f"/DescendantFonts [{descendant} 0 R] /ToUnicode {to_unicode} 0 R >>"
    )


def _content(
    picture: Picture, leaves: tuple[Rounded | Text | Qr, ...], fonts: Fonts, embedded: dict[Face, EmbeddedFont]
) -> Iterator[str]:
    scale = min(_POINTS, _LONGEST / max(picture.width, picture.height))
    yield f"{scale:.5f} 0 0 {-scale:.5f} 0 {picture.height * scale:.2f} cm\n"
    yield f"{_colour(picture.background)} 0 0 {picture.width} {picture.height} re f\n"
    for leaf in leaves:
        if isinstance(leaf, Text):
            yield from _text(leaf, fonts, embedded)
        elif isinstance(leaf, Rounded):
            yield from _rounded(leaf)
        else:
            yield from _qr(leaf)


def _colour(colour: str) -> str:
    number = rgb(colour)
    return " ".join(f"{part / 255:.4g}" for part in (number >> 16, number >> 8 & 255, number & 255)) + " rg"


def _text(leaf: Text, fonts: Fonts, embedded: dict[Face, EmbeddedFont]) -> Iterator[str]:
    """A line: each stretch of one font and height is one string, with the kerning between its shapes."""
    glyphs = fonts.line(leaf.text, leaf.weight).glyphs
    if not glyphs:
        return
    yield f"BT {_colour(leaf.colour)}\n"
    stretch: list[Glyph] = []
    for glyph in glyphs:
        if stretch and (glyph.face is not stretch[0].face or glyph.y != stretch[0].y):
            yield _stretch(stretch, leaf, embedded)
            stretch = []
        stretch.append(glyph)
    yield _stretch(stretch, leaf, embedded) + "ET\n"


def _stretch(glyphs: list[Glyph], leaf: Text, embedded: dict[Face, EmbeddedFont]) -> str:
    first = glyphs[0]
    font = embedded[first.face]
    x, y = leaf.box.x + first.x * leaf.size, leaf.baseline - first.y * leaf.size
    parts, pen = [], first.x
    for glyph in glyphs:
        number = font.codes[glyph.number]
        # Numbers in between move the next shape to the left, in thousandths of an em (9.4.3).
        back = round((pen - glyph.x) * 1000)
        if back:
            parts.append(str(back))
            pen -= back / 1000
        parts.append(f"<{code(number).hex()}>")
        pen += font.widths[number] / 1000
    # The page's y goes downwards here; text's own goes upwards.
    return f"/{font.name} {leaf.size} Tf 1 0 0 -1 {x:.2f} {y:.2f} Tm [{''.join(parts)}] TJ\n"


def _rounded(shape: Rounded) -> Iterator[str]:
    thick = shape.border_width if shape.border is not None else 0
    if thick and shape.border is not None:
        yield f"{_colour(shape.border)} {_outline(shape, 0)}f\n"
    yield f"{_colour(shape.fill)} {_outline(shape, thick)}f\n"


def _outline(shape: Rounded, inset: int) -> str:
    outer = shape.box
    box = Box(outer.x + inset, outer.y + inset, max(outer.width - 2 * inset, 0), max(outer.height - 2 * inset, 0))
    rounds = shape.corners.left + shape.corners.right
    radius = min(max(min(shape.radius, outer.height // 2) - inset, 0), box.width // max(rounds, 1))
    if radius == 0 or rounds == 0:
        return f"{box.x} {box.y} {box.width} {box.height} re "
    left, right = radius * shape.corners.left, radius * shape.corners.right
    near_left, near_right = left * (1 - _KAPPA), right * (1 - _KAPPA)
    x, y, end, bottom = box.x, box.y, box.right, box.bottom
    return (
        f"{x + left} {y} m {end - right} {y} l "
        f"{end - near_right:.2f} {y} {end} {y + near_right:.2f} {end} {y + right} c {end} {bottom - right} l "
        f"{end} {bottom - near_right:.2f} {end - near_right:.2f} {bottom} {end - right} {bottom} c "
        f"{x + left} {bottom} l "
        f"{x + near_left:.2f} {bottom} {x} {bottom - near_left:.2f} {x} {bottom - left} c {x} {y + left} l "
        f"{x} {y + near_left:.2f} {x + near_left:.2f} {y} {x + left} {y} c h "
    )


def _qr(code_: Qr) -> Iterator[str]:
    box = code_.box
    yield f"{_colour(code_.light)} {box.x} {box.y} {box.width} {box.height} re f\n{_colour(code_.dark)}\n"
    for x, y, length in dark_bars(code_):
        yield f"{x} {y} {length} {code_.module} re\n"
    yield "f\n"
