"""Setting text: a chain of fonts by what they cover, shaped by HarfBuzz, measured without regard to size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Final

import uharfbuzz as hb

from timetable_renderer.adapters.fontfiles import (
    BOLD_SETTING,
    JAPANESE_PACKAGE,
    REGULAR_SETTING,
    SYMBOLS_PACKAGE,
    FontFile,
    FontMissingError,
    japanese_fonts,
    packaged_others,
    system_symbols,
)
from timetable_renderer.core.clusters import TEXT_STYLE, clean, clusters, essential, wants_emoji
from timetable_renderer.core.layout.tree import Weight

MUST_HAVE: Final = "あ髙﨑☆♡❤℃～"
"""What timetables are full of, and what fonts lack first."""
REPLACEMENT: Final = "〓"
"""Stands for a character that no font has: the geta mark, by which Japanese typesetters have always done so."""

_FEATURES: Final = {"palt": True, "kern": True}
# Solid in place of what the emoji font has as an outline with hatching, which is grey at the size of text.
_STAND_INS: Final = {"❤": "♥"}
_TALLEST: Final = "髙國ÖbH"
_DEEPEST: Final = "gjpy髙"
# A picture has some hundred different lines, of 10 to 30 characters, and layout measures parts of them.
_KEPT_WIDTHS: Final = 32_768
_KEPT_LINES: Final = 2_048
_MOST_PLAIN: Final = 30_000


class Face:
    """A font of the chain.

    Attributes:
        font: HarfBuzz's, at its design size.
        em: how many of its units are an em.
    """

    def __init__(self, file: FontFile, *, embolden: bool = False) -> None:
        self.file = file
        try:
            face = hb.Face(hb.Blob.from_file_path(str(file.path)))
        except (hb.HarfBuzzError, OSError) as error:
            raise FontMissingError(f"{file.path} cannot be read: {error}") from error
        if face.glyph_count == 0:
            raise FontMissingError(f"{file.path} is no font")
        self.font = hb.Font(face)
        self.em: int = face.upem
        if file.weight is not None:
            self.font.set_variations({"wght": float(file.weight)})
        if embolden:
            self.font.synthetic_bold = (0.03, 0.03, True)

    def covers(self, text: Iterable[str]) -> bool:
        """Does the font have all of these characters?"""
        return all(self.font.get_nominal_glyph(ord(character)) for character in text)

    def has_shape(self, glyph: int) -> bool:
        """Is there anything to draw of a glyph?"""
        extents = self.font.get_glyph_extents(glyph)
        return extents is not None and extents.width != 0

    def extents(self, character: str) -> tuple[float, float]:
        """How far a character's shape reaches above and below the baseline, in ems."""
        glyph = self.font.get_nominal_glyph(ord(character))
        extents = self.font.get_glyph_extents(glyph) if glyph else None
        if extents is None:
            return 0.0, 0.0
        return extents.y_bearing / self.em, -(extents.y_bearing + extents.height) / self.em


@dataclass(frozen=True, slots=True)
class Glyph:
    """A shape at its place in a line, in ems from the line's start and its baseline (upwards).

    Attributes:
        number: which one of its font.
        text: the characters that it stands for; empty if the glyph before it stands for them too.
    """

    face: Face
    number: int
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as it is set; `width` in ems."""

    glyphs: tuple[Glyph, ...]
    width: float


class Fonts:
    """Sets text in whatever fonts have its characters. May be used from several threads.

    Scripts that are written from right to left are set right within a run; runs stand from left to right.

    Args:
        regular: a font file to use before all others; None: the packaged one.
        bold: the same for bold text.

    Raises:
        FontMissingError: a font that was named is not there, or there is none at all.
    """

    def __init__(self, regular: Path | None = None, bold: Path | None = None) -> None:
        self._chains = {
            Weight.REGULAR: _chain(Weight.REGULAR, regular),
            Weight.BOLD: _chain(Weight.BOLD, bold),
        }
        self._plain: dict[Weight, set[str]] = {weight: set() for weight in Weight}
        self._heights = {weight: _heights(chain[0]) for weight, chain in self._chains.items()}
        # The wrapped methods' caches are this object's own, and lru_cache's are safe among threads.
        self._em_width = lru_cache(_KEPT_WIDTHS)(self._measure)
        self.line = lru_cache(_KEPT_LINES)(self._set)

    def width(self, text: str, size: int, weight: Weight) -> float:
        """How far a line of text reaches, in pixels, at `size` pixels an em."""
        return self._em_width(text, weight) * size

    def ascent(self, size: int, weight: Weight) -> int:
        """Pixels from the baseline up to the top of the tallest letters."""
        return ceil(self._heights[weight][0] * size)

    def descent(self, size: int, weight: Weight) -> int:
        """Pixels from the baseline down to the bottom of the deepest letters."""
        return ceil(self._heights[weight][1] * size)

    def covers(self, character: str, weight: Weight = Weight.REGULAR) -> bool:
        """Is there a font that has this character, or a likeness of it?"""
        forms = (character, _STAND_INS.get(character, character))
        return any(self._face_for(form, weight) is not None for form in forms)

    def check(self) -> list[str]:
        """What no font has of the characters that timetables are full of, each with what to do about it."""
        lacking = [character for character in MUST_HAVE if not all(self.covers(character, weight) for weight in Weight)]
        return [
            f"no font has {character} (U+{ord(character):04X}): install Debian's "
            f"{JAPANESE_PACKAGE if character.isalpha() else SYMBOLS_PACKAGE}, "
            f"or set {REGULAR_SETTING} and {BOLD_SETTING}"
            for character in lacking
        ]

    def main_face(self, weight: Weight) -> Face:
        """The font of most text."""
        return self._chains[weight][0]

    def _measure(self, text: str, weight: Weight) -> float:
        width = 0.0
        for face, run in self._runs(clean(text), weight):
            width += sum(position.x_advance for position in _shape(face, run).glyph_positions) / face.em
        return width

    def _set(self, text: str, weight: Weight) -> Line:
        glyphs: list[Glyph] = []
        pen = 0.0
        for face, run in self._runs(clean(text), weight):
            buffer = _shape(face, run)
            texts = _texts_of_clusters(run, [info.cluster for info in buffer.glyph_infos])
            for info, position, stands_for in zip(buffer.glyph_infos, buffer.glyph_positions, texts, strict=True):
                place = pen + position.x_offset / face.em
                # A selector that a font keeps has neither a shape nor text of its own.
                if stands_for or face.has_shape(info.codepoint):
                    glyphs.append(Glyph(face, info.codepoint, place, position.y_offset / face.em, stands_for))
                pen += position.x_advance / face.em
        return Line(tuple(glyphs), pen)

    def _runs(self, text: str, weight: Weight) -> Iterator[tuple[Face, str]]:
        """Pieces of a line, each with the one font that it is set in."""
        main = self._chains[weight][0]
        plain = self._plain[weight]
        if plain.issuperset(text):
            if text:
                yield main, text
            return
        face, run = main, ""
        for cluster in clusters(text):
            next_face, drawn = self._place(cluster, weight)
            if next_face is main and drawn == cluster and len(cluster) == 1 and len(plain) < _MOST_PLAIN:
                plain.add(cluster)
            if next_face is not face and run:
                yield face, run
                run = ""
            face, run = next_face, run + drawn
        if run:
            yield face, run

    def _place(self, cluster: str, weight: Weight) -> tuple[Face, str]:
        """The font for a character as a reader sees it, and what of it that font can draw."""
        base = essential(cluster)
        if not wants_emoji(cluster) and base in _STAND_INS:
            cluster = base = _STAND_INS[base]
        face = self._face_for(base, weight, emoji=wants_emoji(cluster) and TEXT_STYLE not in cluster)
        if face is not None:
            return face, cluster if face.file.is_emoji else base
        # The letter without the marks that its font lacks says more than a replacement.
        face = self._face_for(base[0], weight)
        if face is not None:
            return face, base[0]
        main = self._chains[weight][0]
        return main, REPLACEMENT if main.covers(REPLACEMENT) else "?"

    def _face_for(self, text: str, weight: Weight, *, emoji: bool = False) -> Face | None:
        chain = self._chains[weight]
        if emoji:
            for face in chain:
                if face.file.is_emoji and face.covers(text):
                    return face
        return next((face for face in chain if face.covers(text)), None)


def _chain(weight: Weight, chosen: Path | None) -> list[Face]:
    """The fonts in the order in which they are asked: what is the same on every machine goes first."""
    embolden = False
    try:
        japanese = japanese_fonts(weight, chosen)
    except FontMissingError:
        if weight is not Weight.BOLD or chosen is not None:
            raise
        japanese, embolden = japanese_fonts(Weight.REGULAR), True
    first = 1 if chosen is None else 2
    return [
        *(Face(file, embolden=embolden) for file in japanese[:first]),
        *(Face(file) for file in packaged_others(weight)),
        *(Face(file, embolden=embolden) for file in japanese[first:]),
        *(Face(file) for file in system_symbols(weight)),
    ]


def _heights(face: Face) -> tuple[float, float]:
    """How far the tallest and the deepest letters reach.

    The font's own figures leave room for all that it has (Noto Sans CJK: 1.16 and 0.29 em), which makes lines half as
    high again as what is in them.
    """
    return max(face.extents(letter)[0] for letter in _TALLEST), max(face.extents(letter)[1] for letter in _DEEPEST)


def _shape(face: Face, text: str) -> hb.Buffer:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.language = "ja"
    hb.shape(face.font, buffer, _FEATURES)
    return buffer


def _texts_of_clusters(text: str, starts: list[int]) -> list[str]:
    """The characters that each glyph stands for, given where in the text the cluster of each starts."""
    ends = dict(zip(ordered := sorted(set(starts)), [*ordered[1:], len(text)], strict=True))
    texts: list[str] = []
    seen: set[int] = set()
    for start in starts:
        texts.append("" if start in seen else text[start : ends[start]])
        seen.add(start)
    return texts
