"""A picture as indexes of its palette, with a column before it: with one byte an index, PNG's rows as they are."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from timetable_renderer.adapters.bounded import Bounded
from timetable_renderer.adapters.painters.masks import Mask, corner
from timetable_renderer.adapters.painters.palette import Indexes, Palette, channels, packed, rgb
from timetable_renderer.core.layout.tree import Box, Picture, Qr, Rounded, Text

# How the upper left corner is turned into each corner: upper left and right, lower left and right.
_FLIPS: Final = (
    (slice(None), slice(None)),
    (slice(None), slice(None, None, -1)),
    (slice(None, None, -1), slice(None)),
    (slice(None, None, -1), slice(None, None, -1)),
)

Mixed: TypeAlias = tuple[tuple[int, ...], NDArray[np.uint16]]
"""The colours of a corner, and which of them each of its pixels has."""
# 10,000 pictures of all sizes have 900 kinds of corners, of up to 56 kB as numbers of eight bytes.
_MIXED_ROOM: Final = 4 * 1024 * 1024


class Canvas:
    """Where a picture is drawn.

    Attributes:
        rows: (height, 1 + width) indexes; the first column is 0, PNG's number of the filter that does nothing.
        palette: what the indexes stand for.
    """

    def __init__(self, picture: Picture) -> None:
        leaves = tuple(picture.root.leaves())
        flats = {rgb(picture.background)}
        pairs, kinds = set(), set()
        for leaf in leaves:
            if isinstance(leaf, Text):
                pairs.add((rgb(leaf.colour), rgb(leaf.background)))
            elif isinstance(leaf, Rounded):
                flats.add(rgb(leaf.fill))
                if leaf.radius:
                    kinds.add((leaf.fill, leaf.border))
                if leaf.border is not None:
                    flats.add(rgb(leaf.border))
            else:
                flats.update((rgb(leaf.dark), rgb(leaf.light)))
        self.leaves = leaves
        self.palette = Palette(flats, pairs, len(kinds))
        self.rows: Indexes = np.empty((picture.height, picture.width + 1), self.palette.type)
        self.rows.fill(self.palette.index(rgb(picture.background)))
        self.rows[:, 0] = 0
        self._pixels = self.rows[:, 1:]
        self._corners: dict[tuple[object, ...], tuple[Indexes, ...]] = {}
        self._inks: dict[tuple[str, str], tuple[bytes, bytes]] = {}
        self._height, self._width = picture.height, picture.width

    def colours(self) -> NDArray[np.uint8]:
        """The picture as (height, width) pixels of red, green and blue."""
        return self.palette.table()[self._pixels]

    def image(self) -> Image.Image:
        """The picture for Pillow, in the smallest mode that holds it."""
        if not self.palette.is_small:
            return Image.fromarray(self.colours())
        image = Image.fromarray(np.ascontiguousarray(self._pixels))
        image.putpalette(self.palette.table().tobytes())
        return image

    def _fill(self, x: int, y: int, right: int, bottom: int, index: int) -> None:
        if x < 0 or y < 0:
            x, y, right, bottom = max(x, 0), max(y, 0), max(right, 0), max(bottom, 0)
        self._pixels[y:bottom, x:right] = index

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
        self._round(shape, radius, border, fill, thick)

    def _straight(self, box: Box, border: int, fill: int, thick: int) -> None:
        if thick:
            self._fill(box.x, box.y, box.right, box.bottom, border)
        self._fill(box.x + thick, box.y + thick, box.right - thick, box.bottom - thick, fill)

    def _round(self, shape: Rounded, radius: int, border: int, fill: int, thick: int) -> None:
        box, pixels = shape.box, self._pixels
        wide = min(radius, box.width)
        upper, lower = slice(box.y, box.y + radius), slice(box.bottom - radius, box.bottom)
        left, right = slice(box.x, box.x + wide), slice(box.right - wide, box.right)
        # Mostly there is one colour behind all of it, which two comparisons show.
        first = pixels[box.y, box.x]
        one = first.tobytes()
        across = slice(box.x, box.right)
        if not (_is_all(pixels[upper, across], one) and _is_all(pixels[lower, across], one)):
            self._round_over_edges(shape, (upper, lower), (left, right), (border, fill, radius, thick))
            return
        self._straight(box, border, fill, thick)
        key = (one, wide, border, fill, radius, thick)
        turned = self._corners.get(key)
        if turned is None:
            behind = np.full((radius, wide), first, self.palette.type)
            tile = self._corner(behind, border, fill, radius, thick)
            turned = self._corners[key] = (tile, tile[:, ::-1], tile[::-1], tile[::-1, ::-1])
        if shape.corners.left:
            pixels[upper, left], pixels[lower, left] = turned[0], turned[2]
        if shape.corners.right:
            pixels[upper, right], pixels[lower, right] = turned[1], turned[3]

    def _round_over_edges(
        self, shape: Rounded, rows: tuple[slice, slice], columns: tuple[slice, slice], look: tuple[int, int, int, int]
    ) -> None:
        """Draw a rounded rectangle over several colours: each of its corners is mixed with what is behind it."""
        border, fill, radius, thick = look
        corners: list[tuple[tuple[slice, slice], slice, slice]] = []
        if shape.corners.left:
            corners += (_FLIPS[0], rows[0], columns[0]), (_FLIPS[2], rows[1], columns[0])
        if shape.corners.right:
            corners += (_FLIPS[1], rows[0], columns[1]), (_FLIPS[3], rows[1], columns[1])
        under = [self._pixels[down, across].copy() for _, down, across in corners]
        self._straight(shape.box, border, fill, thick)
        for (flip, down, across), behind in zip(corners, under, strict=True):
            # As if it were the upper left corner; what comes back is turned the same way again.
            self._pixels[down, across] = self._kept_corner(behind[flip], border, fill, radius, thick)[flip]

    def _kept_corner(self, behind: Indexes, border: int, fill: int, radius: int, thick: int) -> Indexes:
        key = (behind.tobytes(), behind.shape, border, fill, radius, thick)
        kept = self._corners.get(key)
        if kept is None:
            kept = self._corners[key] = (self._corner(behind, border, fill, radius, thick),)
        return kept[0]

    def _corner(self, behind: Indexes, border: int, fill: int, radius: int, thick: int) -> Indexes:
        palette = self.palette
        ends = palette.colour(border), palette.colour(fill)
        under = palette.numbers(behind)
        key = (under.astype(np.uint32).tobytes(), behind.shape, ends, radius, thick)
        mixed = _MIXED.get(key)
        if mixed is None:
            mixed = _mixed(under, ends, radius, thick)
            _MIXED.put(key, mixed)
        colours, places = mixed
        return palette.edges(colours)[places]

    def text(self, leaf: Text, mask: Mask) -> None:
        """Draw a line of text; its coverage is given."""
        x, y = leaf.box.x + mask.left, leaf.baseline + mask.top
        if self.palette.is_small and 0 <= x <= self._width - mask.width and 0 <= y <= self._height - mask.height:
            paper, table = self._ink(leaf.colour, leaf.background)
            area = self._pixels[y : y + mask.height, x : x + mask.width]
            if _is_all(area, paper):
                drawn = mask.coverage.translate(table)
                area[...] = np.frombuffer(drawn, np.uint8).reshape(mask.height, mask.width)
                return
        self._text_over_edges(rgb(leaf.colour), mask, x, y)

    def _ink(self, colour: str, background: str) -> tuple[bytes, bytes]:
        """The index of what is behind text, and the table from coverage to indexes."""
        ink = self._inks.get((colour, background))
        if ink is None:
            # `bytes.translate` is 4 times as fast as numpy's indexing.
            table = self.palette.ramp(rgb(colour), rgb(background)).tobytes()
            ink = self._inks[colour, background] = (table[:1], table)
        return ink

    def _text_over_edges(self, ink: int, mask: Mask, x: int, y: int) -> None:
        """Draw text that is not all over one colour, or not all within the picture."""
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + mask.width, self._width), min(y + mask.height, self._height)
        if right <= left or bottom <= top:
            return
        area = self._pixels[top:bottom, left:right]
        coverage = mask.array()[top - y : bottom - y, left - x : right - x]
        # Each colour behind has a ramp of its own.
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


def _is_all(area: Indexes, index: bytes) -> bool:
    """Is an area all of one index? Copied and compared as bytes it takes a quarter of numpy's comparison."""
    return area.tobytes() == index * area.size


def _bytes_of(mixed: Mixed) -> int:
    return 3 * mixed[1].nbytes + 1_000  # the key has four bytes a pixel


_MIXED: Final[Bounded[tuple[object, ...], Mixed]] = Bounded(_MIXED_ROOM, _bytes_of)


def _mixed(under: NDArray[np.int64], ends: tuple[int, int], radius: int, thick: int) -> Mixed:
    """A corner over the colours that are under it; `ends` are those of the border and of what is in it."""
    outer = corner(radius, 0)[:, : under.shape[1]].astype(np.int64)[..., None]
    inner = corner(radius, thick)[:, : under.shape[1]].astype(np.int64)[..., None] if thick else outer
    border, fill = channels(np.array(ends, np.int64))
    mixed = channels(under) * (255 - outer) + border * (outer - inner) + fill * inner
    colours, places = np.unique(packed((mixed + 127) // 255), return_inverse=True)
    return tuple(colours.tolist()), places.reshape(under.shape).astype(np.uint16)
