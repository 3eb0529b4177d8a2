"""Pictures of pixels."""

from io import BytesIO
from typing import Final

from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.adapters.painters.canvas import Canvas
from timetable_renderer.adapters.painters.masks import TextMasks
from timetable_renderer.adapters.painters.png import indexed_png, truecolour_png
from timetable_renderer.core.layout.tree import Picture, Rounded, Text
from timetable_renderer.core.options import PictureDoesNotFitError

_LONGEST_WEBP: Final = 16_383
"""Pixels: the longest side that the format has."""
_MOST_WEBP: Final = 24_000_000
"""Pixels of a WebP: its encoder takes 15 to 20 bytes of memory for each, PNG's takes one."""


class RasterPainter:
    """Draws layout trees as pixels. May be used from several threads."""

    def __init__(self, fonts: Fonts) -> None:
        self._masks = TextMasks(fonts)

    def canvas(self, picture: Picture) -> Canvas:
        """The picture drawn."""
        canvas = Canvas(picture)
        for leaf in canvas.leaves:
            if isinstance(leaf, Text):
                canvas.text(leaf, self._masks.mask(leaf.text, leaf.size, leaf.weight))
            elif isinstance(leaf, Rounded):
                canvas.rounded(leaf)
            else:
                canvas.qr(leaf)
        return canvas

    def png(self, picture: Picture) -> bytes:
        """The picture as a PNG, with a palette unless it has too many colours."""
        canvas = self.canvas(picture)
        if canvas.palette.is_small:
            return indexed_png(canvas.rows, canvas.palette.table(), picture.title)
        return truecolour_png(canvas.colours(), picture.title)

    def webp(self, picture: Picture) -> bytes:
        """The picture as a lossless WebP: the PNG's pixels in two thirds of its bytes.

        Raises:
            PictureDoesNotFitError: it is larger than a WebP may be.
        """
        if max(picture.width, picture.height) > _LONGEST_WEBP or picture.width * picture.height > _MOST_WEBP:
            raise PictureDoesNotFitError(
                f"a picture of {picture.width} × {picture.height} pixels is too large for WebP, which holds "
                f"{_LONGEST_WEBP:,} a side and {_MOST_WEBP:,} in all; take PNG, a smaller scale or fewer picks"
            )
        canvas = self.canvas(picture)
        image = canvas.image()
        del canvas
        file = BytesIO()
        # The fastest of libwebp's efforts that finds repetitions: half the time of the next, for a seventh more bytes.
        image.save(file, "WEBP", lossless=True, quality=0, method=1)
        return file.getvalue()
