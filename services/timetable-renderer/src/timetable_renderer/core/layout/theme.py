"""Colours of a picture, light and dark. Every text is readable (WCAG AA) on what it stands on."""

from dataclasses import dataclass
from typing import Final

from timetable_renderer.core.colours import DARK_TINT, LIGHT_TINT
from timetable_renderer.core.options import ThemeName


@dataclass(frozen=True, slots=True)
class Ink:
    """What a small sign is drawn in."""

    text: str
    fill: str
    border: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A picture's colours.

    Attributes:
        bar: behind a day's name.
        line: of what only divides.
        tint: share of a stage's colour on a card, the rest is background.
        edge: share of it on a card's border.
        clash: of the chip that says so.
        walk: of the chip for a walk that is too short.
    """

    background: str
    text: str
    muted: str
    bar: str
    bar_text: str
    bar_muted: str
    line: str
    tint: float
    edge: float
    clash: Ink
    walk: Ink


LIGHT: Final = Theme(
    background="#ffffff",
    text="#12151c",
    muted="#545b69",
    bar="#171b26",
    bar_text="#ffffff",
    bar_muted="#c6ccd8",
    line="#dfe2e8",
    tint=LIGHT_TINT,
    edge=0.42,
    clash=Ink(text="#a8121c", fill="#ffffff", border="#d9545c"),
    walk=Ink(text="#7a4b00", fill="#ffffff", border="#c98f2a"),
)
DARK: Final = Theme(
    background="#0e1116",
    text="#f3f5f9",
    muted="#a9b1bf",
    bar="#262e3e",
    bar_text="#ffffff",
    bar_muted="#c3cad8",
    line="#2a303b",
    tint=DARK_TINT,
    edge=0.46,
    clash=Ink(text="#ffb3b1", fill="#1d1214", border="#c25d60"),
    walk=Ink(text="#ffd27a", fill="#1c1710", border="#b58a35"),
)
THEMES: Final = {ThemeName.LIGHT: LIGHT, ThemeName.DARK: DARK}
