"""How the monitor looks: the dark theme of the charts, and dashes where there are more lines than colours."""

from typing import Final

from spot_price.core.chart.looks import THEMES, ThemeName
from spot_price.watch.raster import DASHES

_DARK: Final = THEMES[ThemeName.DARK]
GROUND: Final = _DARK.paper or "#14181f"
TEXT: Final = _DARK.ink
FAINT: Final = _DARK.soft
WARNING: Final = _DARK.warn
GRID: Final = "#3d4655"
BAR: Final = "#1f2530"
CHOSEN: Final = "#2f3847"
COLOURS: Final = _DARK.hues
"""Told apart by people with any colour vision, with a contrast of at least 3 against the ground."""
STYLES: Final = len(COLOURS) * len(DASHES)
"""Lines that all look different; the next one looks like the first."""
_SAMPLES: Final = ("⠤⠤⠤⠤⠤", "⠤⠤⠤⠀⠤", "⠄⠄⠄⠄⠄", "⠤⠤⠤⠠⠀")


def colour(place: int) -> str:
    """The colour of the line in a place."""
    return COLOURS[place % len(COLOURS)]


def dash(place: int) -> int:
    """The dashes of the line in a place, index into `DASHES`."""
    return place // len(COLOURS) % len(DASHES)


def sample(place: int) -> str:
    """A piece of the line in a place, five cells."""
    return _SAMPLES[dash(place)]
