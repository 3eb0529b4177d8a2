"""How lines are told apart: by colour, by dashes and by the mark at their end, never by colour alone.

The hues of a theme stay apart for people who see no red or no green (simulated as Machado, Oliveira and Fernandes
did in 2009), and each has a contrast of at least 3:1 to the background (WCAG 2.2, success criterion 1.4.11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

DASHES: Final = ((), (7, 3), (2, 3), (10, 3, 2, 3))
"""Lengths drawn and left out, in turn, in pixels; none: a whole line."""


class Marker(StrEnum):
    """The mark at a line's end and in the legend."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    CROSS = "cross"


@dataclass(frozen=True, slots=True)
class Look:
    """How a line looks: the number of its hue in the theme, its dashes, its mark."""

    hue: int
    dash: tuple[int, ...]
    marker: Marker


HUES: Final = 8
_MARKERS: Final = tuple(Marker)
LOOKS: Final = HUES * len(DASHES) * len(_MARKERS)
"""How many lines look different from each other."""


def look(number: int) -> Look:
    """The look of a line by its number from 0. Numbers less than `LOOKS` apart look different."""
    return Look(number % HUES, DASHES[number // HUES % len(DASHES)], _MARKERS[number % len(_MARKERS)])


class ThemeName(StrEnum):
    """Light or dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours, as SVG writes them.

    Attributes:
        paper: behind everything; None: whatever is there.
        ink: of the heading.
        soft: of labels and notes.
        line: of the grid.
        warn: of the word that prices are made up.
        hues: of lines.
    """

    paper: str | None
    ink: str
    soft: str
    line: str
    warn: str
    hues: tuple[str, ...]


THEMES: Final[Mapping[ThemeName, Theme]] = MappingProxyType(
    {
        ThemeName.LIGHT: Theme(
            paper="#ffffff",
            ink="#1d2430",
            soft="#566072",
            line="#e3e6ec",
            warn="#9a4b00",
            hues=("#1249de", "#c88400", "#15a769", "#8e5b84", "#714403", "#083020", "#530062", "#1699e7"),
        ),
        ThemeName.DARK: Theme(
            paper="#14181f",
            ink="#e8ecf3",
            soft="#a3adbd",
            line="#2b323d",
            warn="#ffb561",
            hues=("#6496fd", "#e18134", "#1cf293", "#d265a3", "#e4eb2e", "#d0fff3", "#b7595a", "#67d5ff"),
        ),
    }
)
PAGE: Final = Theme(
    paper=None,
    ink="var(--ink)",
    soft="var(--soft)",
    line="var(--line)",
    warn="var(--warn)",
    hues=tuple(f"var(--hue-{number})" for number in range(HUES)),
)
"""For a drawing within a page: the page's style sheet says the colours, of light and dark."""
