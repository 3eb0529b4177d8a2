"""The outlines of marks, as polygons that every painter fills."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from spot_price.core.chart.looks import Marker
from spot_price.core.chart.tree import Mark, Point

_ARM: Final = 0.3
"""Half the thickness of a cross's arms, of half its size."""
_SIDES: Final = 16
_CROSS: Final = tuple(
    (x * math.sqrt(0.5) - y * math.sqrt(0.5), x * math.sqrt(0.5) + y * math.sqrt(0.5))
    for x, y in (
        (-_ARM, -1.2), (_ARM, -1.2), (_ARM, -_ARM), (1.2, -_ARM), (1.2, _ARM), (_ARM, _ARM),
        (_ARM, 1.2), (-_ARM, 1.2), (-_ARM, _ARM), (-1.2, _ARM), (-1.2, -_ARM), (-_ARM, -_ARM),
    )
)  # fmt: skip
_SHAPES: Final[Mapping[Marker, tuple[Point, ...]]] = MappingProxyType(
    {
        Marker.CIRCLE: tuple(
            (math.cos(turn * math.tau / _SIDES), math.sin(turn * math.tau / _SIDES)) for turn in range(_SIDES)
        ),
        Marker.SQUARE: ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
        Marker.TRIANGLE: ((0.0, -1.1), (1.1, 0.9), (-1.1, 0.9)),
        Marker.DIAMOND: ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)),
        Marker.CROSS: _CROSS,
    }
)
"""Of about the same area, for a half size of 1, around 0."""


def outline(mark: Mark) -> list[Point]:
    """The corners of a mark at its place."""
    half = mark.size / 2
    return [(mark.x + x * half, mark.y + y * half) for x, y in _SHAPES[mark.marker]]
