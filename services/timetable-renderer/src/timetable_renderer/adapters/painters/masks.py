"""How much of each pixel a shape covers: lines of text and round corners, from 0 to 255."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final, TypeAlias

import numpy as np
import uharfbuzz as hb
from numpy.typing import NDArray

from timetable_renderer.adapters.bounded import Bounded
from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.core.layout.tree import Weight

Coverage: TypeAlias = NDArray[np.uint8]

# Some 1,500 lines of text at 3 times the base size, or all that pictures of a festival have at the base size. With
# 8 MB pictures of every size, one after the other, take an eighth longer than with 16.
_MASKS_ROOM: Final = 12 * 1024 * 1024
_ENTRY_COST: Final = 400
_FINEST: Final = 8
"""Samples a pixel, each way, in round corners."""
_EDGE_STEPS: Final = 4
"""Shades of a corner's edge are few, so that a palette has room for those of every colour."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A line of text: coverage, row by row.

    Attributes:
        left: pixels from the line's start to the first column.
        top: pixels from the baseline down to the first row (negative: above it).
    """

    coverage: bytes
    width: int
    height: int
    left: int
    top: int

    def array(self) -> Coverage:
        """The coverage as rows."""
        return np.frombuffer(self.coverage, np.uint8).reshape(self.height, self.width)


def _bytes_of(mask: Mask) -> int:
    return len(mask.coverage) + _ENTRY_COST


class TextMasks:
    """Draws lines of text, and keeps what it drew: drawing costs some hundred microseconds, finding it one."""

    def __init__(self, fonts: Fonts, room: int = _MASKS_ROOM) -> None:
        self._fonts = fonts
        self._kept: Bounded[tuple[str, int, Weight], Mask] = Bounded(room, _bytes_of)
        self._raster = hb.RasterDraw()
        self._drawing = Lock()

    @property
    def bytes_kept(self) -> int:
        """Memory of the kept masks."""
        return self._kept.spent

    def mask(self, text: str, size: int, weight: Weight) -> Mask:
        """A line's coverage at a size in pixels an em."""
        key = (text, size, weight)
        mask = self._kept.get(key)
        if mask is None:
            mask = self._draw(text, size, weight)
            self._kept.put(key, mask)
        return mask

    def _draw(self, text: str, size: int, weight: Weight) -> Mask:
        line = self._fonts.line(text, weight)
        with self._drawing:
            # What a line that failed left behind is not drawn into this one.
            self._raster.clear()
            for glyph in line.glyphs:
                unit = size / glyph.face.em
                self._raster.transform = (unit, 0, 0, unit, glyph.x * size, glyph.y * size)
                self._raster.draw_glyph(glyph.face.font, glyph.number)
            image = self._raster.render()
        if image is None:
            raise MemoryError("a line of text could not be drawn")
        extents, rows = image.extents, image.buffer
        if not rows:
            return Mask(b"", 0, 0, 0, 0)
        # HarfBuzz's rows go upwards and end in padding.
        upwards = np.frombuffer(rows, np.uint8).reshape(extents.height, extents.stride)
        coverage = upwards[::-1, : extents.width].tobytes()
        top = -(extents.y_origin + extents.height)
        return Mask(coverage, extents.width, extents.height, extents.x_origin, top)


@lru_cache(maxsize=256)
def corner(radius: int, inset: int) -> Coverage:
    """The upper left corner of a rounded rectangle that is smaller by `inset` pixels on each side: 64 samples a pixel.

    Shown in the square in which the whole rectangle's corner is.
    """
    samples = (np.arange(radius * _FINEST, dtype=np.float32) + 0.5) / _FINEST
    away = radius - samples
    inside = away[:, None] ** 2 + away[None, :] ** 2 <= max(radius - inset, 0) ** 2
    pixels = inside.reshape(radius, _FINEST, radius, _FINEST).mean(axis=(1, 3), dtype=np.float32)
    coverage: Coverage = np.rint(np.rint(pixels * _EDGE_STEPS) * (255 / _EDGE_STEPS)).astype(np.uint8)
    return coverage
