"""Fonts within a PDF: of each only the shapes that are used, and what characters they stand for (ISO 32000-1, 9.7)."""

from dataclasses import dataclass, field
from typing import Final

import uharfbuzz as hb

from timetable_renderer.adapters.fonts import Face, Glyph

_TABLES_LEFT_OUT: Final = tuple(
    int.from_bytes(tag)
    for tag in (b"GSUB", b"GPOS", b"GDEF", b"STAT", b"VORG", b"vhea", b"vmtx", b"BASE", b"DSIG", b"HVAR", b"MVAR")
)
# Mappings from glyphs to text in one block of a CMap, at most (Adobe technical note 5014).
_BLOCK: Final = 100
_SYMBOLIC: Final = 4


@dataclass
class UsedFont:
    """A font of the chain as far as a document uses it: which shapes, and for what text."""

    face: Face
    name: str
    texts: dict[int, str] = field(default_factory=dict)

    def use(self, glyph: Glyph) -> None:
        """Take a shape in; the first text that it stands for is what a reader copies."""
        if not self.texts.get(glyph.number):
            self.texts[glyph.number] = glyph.text


@dataclass(frozen=True)
class EmbeddedFont:
    """The subset of a font.

    Attributes:
        file: the font program: TrueType's tables, or bare CFF.
        is_cff: which of the two.
        codes: the number in the subset of each glyph in the whole font.
        widths: of each number in the subset, in thousandths of an em.
        to_unicode: the CMap that gives text for numbers.
        metrics: bounding box, ascent and descent in thousandths of an em.
    """

    name: str
    file: bytes
    is_cff: bool
    codes: dict[int, int]
    widths: dict[int, int]
    to_unicode: bytes
    metrics: tuple[int, int]

    @property
    def flags(self) -> int:
        """PDF's flags of the font: its characters are none of the standard Latin set."""
        return _SYMBOLIC


def embed(used: UsedFont) -> EmbeddedFont:
    """Cut a font down to what is used of it.

    Raises:
        ValueError: the font has no outlines that a PDF takes.
    """
    face = used.face.font.face
    wanted = hb.SubsetInput()
    wanted.glyph_set.update({0, *used.texts})
    # Numbers are then places in the file, in CFF as in TrueType.
    wanted.flags = hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NO_HINTING
    wanted.flags |= hb.SubsetFlags.CFF_IDENTITY_CHARSET | hb.SubsetFlags.DOWNGRADE_CFF2
    wanted.drop_table_tag_set.update(_TABLES_LEFT_OUT)
    if used.face.file.weight is not None:
        wanted.pin_all_axes_to_default(face)
        wanted.pin_axis_location(face, "wght", float(used.face.file.weight))
    plan = hb.SubsetPlan(face, wanted)
    codes = {int(old): int(new) for old, new in plan.old_to_new_glyph_mapping.items()}
    subset = plan.execute()
    is_cff = "CFF " in subset.table_tags
    if not is_cff and "glyf" not in subset.table_tags:
        raise ValueError(f"{used.face.file.path} has no outlines")
    unit = 1000 / used.face.em
    ascent, descent = used.face.extents("国")[0], used.face.extents("g")[1]
    return EmbeddedFont(
        name=used.name,
        file=subset.reference_table("CFF ").data if is_cff else subset.blob.data,
        is_cff=is_cff,
        codes=codes,
        widths={codes[number]: round(used.face.font.get_glyph_h_advance(number) * unit) for number in used.texts},
        to_unicode=_to_unicode({codes[number]: text for number, text in used.texts.items() if text}),
        metrics=(round(ascent * 1000), -round(descent * 1000)),
    )


def _to_unicode(texts: dict[int, str]) -> bytes:
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    pairs = sorted(texts.items())
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        lines.append(f"{len(block)} beginbfchar")
        lines.extend(f"<{number:04X}> <{text.encode('utf-16-be').hex().upper()}>" for number, text in block)
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")


def code(number: int) -> bytes:
    """A glyph's number as it stands in a page's content."""
    return number.to_bytes(2)
