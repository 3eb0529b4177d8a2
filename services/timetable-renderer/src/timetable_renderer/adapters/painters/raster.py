"""Pictures of pixels."""

from io import BytesIO
from typing import Final

from PIL import Image

from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.adapters.painters.canvas import Canvas
from timetable_renderer.adapters.painters.masks import TextMasks
from timetable_renderer.adapters.painters.png import indexed_png, truecolour_png
from timetable_renderer.core.layout.tree import Picture, Rounded, Text

# libwebp's longest side. What is longer is written smaller: an agenda of three full days at triple size is.
_LONGEST_WEBP: Final = 16_383


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
        """The picture as a lossless WebP: sharp text at less than half of a PNG's bytes."""
        image = Image.fromarray(self.canvas(picture).colours())
        if max(image.size) > _LONGEST_WEBP:
            image.thumbnail((_LONGEST_WEBP, _LONGEST_WEBP), Image.Resampling.LANCZOS)
        file = BytesIO()
        # The fastest of libwebp's efforts that finds repetitions: half the time of the next, for a seventh more bytes.
        image.save(file, "WEBP", lossless=True, quality=0, method=1)
        return file.getvalue()
