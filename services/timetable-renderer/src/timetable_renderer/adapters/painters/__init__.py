"""Files of layout trees."""

from timetable_renderer.adapters.fonts import Fonts
from timetable_renderer.adapters.painters.pdf import pdf
from timetable_renderer.adapters.painters.raster import RasterPainter
from timetable_renderer.adapters.painters.svg import svg
from timetable_renderer.core.layout.tree import Picture
from timetable_renderer.core.options import ImageFormat

__all__ = ["Painters"]


class Painters:
    """Makes a file of a layout tree in any of the formats; a `Painter`. May be used from several threads."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._raster = RasterPainter(fonts)

    def paint(self, picture: Picture, image_format: ImageFormat) -> bytes:
        """The whole file; the same picture gives the same bytes.

        Raises:
            PictureDoesNotFitError: it is larger than the format holds.
            ValueError: a colour that is none, or a font that has no outlines.
        """
        match image_format:
            case ImageFormat.PNG:
                return self._raster.png(picture)
            case ImageFormat.WEBP:
                return self._raster.webp(picture)
            case ImageFormat.PDF:
                return pdf(picture, self._fonts)
            case ImageFormat.SVG:
                return svg(picture, self._fonts)
