"""What can be chosen about a picture."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class LayoutName(StrEnum):
    """How a picture is arranged."""

    AGENDA = "agenda"
    """All days one below the other, as high as needed."""
    DAY = "day"
    """One day, as large as a phone's screen."""
    GRID = "grid"
    """Every stage a column, with all its slots; picks stand out."""
    STORY = "story"
    """9:16, for stories."""


class ThemeName(StrEnum):
    """Dark on light, or light on dark."""

    LIGHT = "light"
    DARK = "dark"


class ImageFormat(StrEnum):
    """As what a picture is written."""

    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"
    SVG = "svg"


BASE_WIDTH: Final = 1080
"""Pixels for which all sizes here are given."""
MIN_WIDTH: Final = 320
MAX_WIDTH: Final = 4_320
MAX_HEIGHT: Final = 7_680
MAX_INSET: Final = 2_000


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What a picture is to be like.

    Attributes:
        layout: how it is arranged.
        theme: its colours.
        format: as what it is written.
        scale: 1, 2 or 3 pixels for one of `BASE_WIDTH`; where no width is given.
        width: in pixels; None: `BASE_WIDTH` times the scale.
        height: in pixels, for day and story; None: what the layout takes by itself.
        day: the number of the day, from 1, for day, grid and story; None: the first with picks.
        inset_top: pixels that the lock screen's clock covers (day).
        inset_bottom: pixels that its buttons cover (day).
        language: of the words on it: `ja` or `en`.
        qr_url: what its QR code leads to; None: no code.
        lost: how many picks are not in the timetable any more, which is said on it.
    """

    layout: LayoutName = LayoutName.AGENDA
    theme: ThemeName = ThemeName.LIGHT
    format: ImageFormat = ImageFormat.PNG
    scale: int = 1
    width: int | None = None
    height: int | None = None
    day: int | None = None
    inset_top: int = 0
    inset_bottom: int = 0
    language: str = "ja"
    qr_url: str | None = None
    lost: int = 0


class PictureDoesNotFitError(ValueError):
    """What is asked for cannot be had on a picture of this size, or the picture would be too large; says which."""


class NoSuchDayError(ValueError):
    """A picture of a day that the festival does not have."""

    def __init__(self, day: int, days: int) -> None:
        super().__init__(f"there is no day {day}; the festival has {days}")
        self.day = day
        self.days = days
