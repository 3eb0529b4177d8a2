"""Files of charts."""

from typing import Final, Literal

from spot_price.adapters.painters.png import PillowSetter, png
from spot_price.adapters.painters.svg import inline, svg
from spot_price.core.chart.tree import Picture

__all__ = ["Painters"]


class Painters:
    """A `ChartPainter`."""

    setter: Final = PillowSetter()

    def inline(self, picture: Picture) -> str:
        """An SVG that may stand in a page."""
        return inline(picture)

    def paint(self, picture: Picture, image_format: Literal["svg", "png"], scale: int) -> bytes:
        """The whole file."""
        return svg(picture) if image_format == "svg" else png(picture, scale)
