"""A picture as indexes of its palette, each row with a byte before it: with one byte an index, PNG's rows as they are."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from timetable_renderer.adapters.painters.masks import Mask, corner
from timetable_renderer.adapters.painters.palette import Indexes, Palette, rgb
from timetable_renderer.core.layout.tree import Box, Picture, Qr, Rounded, Text

_FLIPS: Final = (
    (slice(None), slice(None)),
    (slice(None), slice(None, None, -1)),
    (slice(None, None, -1), slice(None)),
    (slice(None, None, -1), slice(None, None, -1)),
)


class Canvas:
    """Where a picture is drawn.

    Attributes:
        rows: (height, 1 + width) indexes; the first column is 0, PNG's number of the filter that does nothing.
        palette: what the indexes stand for.
    """

    def __init__(self, picture: Picture) -> None:
        leaves = tuple(picture.root.leaves())
        flats = {rgb(picture.background)}
        pairs = set()
        for leaf in leaves:
            if isinstance(leaf, Text):
                pairs.add((rgb(leaf.colour), rgb(leaf.background)))
            elif isinstance(leaf, Rounded):
                flats.add(rgb(leaf.fill))
                if leaf.border is not None:
                    flats.add(rgb(leaf.border))
            else:
                flats.update((rgb(leaf.dark), rgb(leaf.light)))
        self.leaves = leaves
        self.palette = Palette(flats, pairs)
        self.rows: Indexes = np.empty((picture.height, picture.width + 1), self.palette.type)
        self.rows[:, 0] = 0
        self._pixels = self.rows[:, 1:]
        self._pixels[...] = self.palette.index(rgb(picture.background))
        self._corners: dict[tuple[object, ...], Indexes] = {}
        self._height, self._width = picture.height, picture.width

    def colours(self) -> NDArray[np.uint8]:
        """The picture as (height, width) pixels of red, green and blue."""
        return self.palette.table()[self._pixels]

    def _fill(self, x: int, y: int, right: int, bottom: int, index: int) -> None:
        self._pixels[max(y, 0) : max(bottom, 0), max(x, 0) : max(right, 0)] = index

    def rounded(self, shape: Rounded) -> None:
        """Draw a rectangle, its round corners anti-aliased."""
        box = shape.box
        inside = box.x >= 0 and box.y >= 0 and box.right <= self._width and box.bottom <= self._height
        radius = min(shape.radius, box.height // 2) if inside else 0
        if shape.corners.left and shape.corners.right:
            radius = min(radius, box.width // 2)
        fill = self.palette.index(rgb(shape.fill))
        border = self.palette.index(rgb(shape.border)) if shape.border is not None else fill
        thick = shape.border_width if border != fill else 0
        if radius <= 0:
            self._straight(box, border, fill, thick)
            return
        wide = min(radius, box.width)
        places = [
            (flip, slice(y, y + radius), slice(x, x + wide))
            for flip, is_round, x, y in (
                (_FLIPS[0], shape.corners.left, box.x, box.y),
                (_FLIPS[1], shape.corners.right, box.right - wide, box.y),
                (_FLIPS[2], shape.corners.left, box.x, box.bottom - radius),
                (_FLIPS[3], shape.corners.right, box.right - wide, box.bottom - radius),
            )
            if is_round
        ]
        under = [self._pixels[rows, columns].copy() for _, rows, columns in places]
        self._straight(box, border, fill, thick)
        for (flip, rows, columns), behind in zip(places, under, strict=True):
            # As if it were the upper left corner; what comes back is turned the same way again.
            tile = self._corner(behind[flip], border, fill, radius, thick)
            self._pixels[rows, columns] = tile[flip]

    def _straight(self, box: Box, border: int, fill: int, thick: int) -> None:
        if thick:
            self._fill(box.x, box.y, box.right, box.bottom, border)
        self._fill(box.x + thick, box.y + thick, box.right - thick, box.bottom - thick, fill)

    def _corner(self, behind: Indexes, border: int, fill: int, radius: int, thick: int) -> Indexes:
        first = behind[0, 0]
        key = (int(first) if (behind == first).all() else behind.tobytes(), behind.shape, border, fill, radius, thick)
        tile = self._corners.get(key)
        if tile is None:
            tile = self._corners[key] = self._mixed_corner(behind, border, fill, radius, thick)
        return tile

    def _mixed_corner(self, behind: Indexes, border: int, fill: int, radius: int, thick: int) -> Indexes:
        wide = behind.shape[1]
        outer = corner(radius, 0)[:, :wide].astype(np.int64)[..., None]
        inner = corner(radius, thick)[:, :wide].astype(np.int64)[..., None] if thick else outer
        colours = self.palette.table().astype(np.int64)
        mixed = colours[behind] * (255 - outer) + colours[border] * (outer - inner) + colours[fill] * inner
        return self.palette.shades((mixed + 127) // 255)

    def text(self, leaf: Text, mask: Mask) -> None:
        """Draw a line of text; its coverage is given."""
        x, y = leaf.box.x + mask.left, leaf.baseline + mask.top
        ink, paper = rgb(leaf.colour), rgb(leaf.background)
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + mask.width, self._width), min(y + mask.height, self._height)
        if right <= left or bottom <= top:
            return
        area = self._pixels[top:bottom, left:right]
        whole = (bottom - top, right - left) == (mask.height, mask.width)
        if whole and self.palette.is_small and (area == self.palette.index(paper)).all():
            drawn = mask.coverage.translate(self.palette.ramp_bytes(ink, paper))
            area[...] = np.frombuffer(drawn, np.uint8).reshape(mask.height, mask.width)
            return
        coverage = mask.array()[top - y : bottom - y, left - x : right - x]
        # Over an edge each colour behind has a ramp of its own.
        for index in np.unique(area):
            here = area == index
            ramp = self.palette.ramp(ink, self.palette.colour(int(index)))
            area[here] = ramp[coverage[here]]

    def qr(self, code: Qr) -> None:
        """Draw a QR code in the middle of its box."""
        box = code.box
        self._fill(box.x, box.y, box.right, box.bottom, self.palette.index(rgb(code.light)))
        modules = np.array(code.rows, dtype=bool)
        dark = np.kron(modules, np.ones((code.module, code.module), dtype=bool))
        x, y = box.x + (box.width - dark.shape[1]) // 2, box.y + (box.height - dark.shape[0]) // 2
        if x < 0 or y < 0:
            return
        area = self._pixels[y : y + dark.shape[0], x : x + dark.shape[1]]
        area[dark[: area.shape[0], : area.shape[1]]] = self.palette.index(rgb(code.dark))


