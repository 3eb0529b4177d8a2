"""Colours, `#rrggbb` throughout: mixing them, and whether text in one can be read on another.

Luminance and contrast are those of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance,
https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
"""

from functools import lru_cache
from typing import Final, TypeAlias

AA: Final = 4.5
"""What WCAG 2.2 asks of text at level AA (success criterion 1.4.3)."""
LIGHT_TINT: Final = 0.14
"""A stage's colour on white."""
DARK_TINT: Final = 0.24
"""A stage's colour on black, where less of it is not seen."""

Rgb: TypeAlias = tuple[int, int, int]
_WEIGHTS: Final = (0.2126, 0.7152, 0.0722)
_LINEAR: Final = tuple(
    value / 255 / 12.92 if value / 255 <= 0.04045 else ((value / 255 + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
    for value in range(256)
)
_STEPS: Final = 64


@lru_cache(maxsize=4_096)
def parse(colour: str) -> Rgb:
    """Red, green and blue, 0 to 255 each.

    Raises:
        ValueError: it is not written `#rrggbb`.
    """
    if len(colour) != len("#rrggbb") or colour[0] != "#":
        raise ValueError(f"a colour is written #rrggbb, not “{colour[:20]}”")
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def text(colour: Rgb) -> str:
    """The colour as it is written."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


@lru_cache(maxsize=4_096)
def tint(colour: str, on: str, share: float) -> str:
    """A colour laid over another, of which a `share` of 0 to 1 covers it."""
    red, green, blue = (
        round(over * share + under * (1 - share)) for over, under in zip(parse(colour), parse(on), strict=True)
    )
    return text((red, green, blue))


@lru_cache(maxsize=4_096)
def luminance(colour: str) -> float:
    """Relative luminance: 0 for black to 1 for white."""
    return sum(weight * _LINEAR[value] for weight, value in zip(_WEIGHTS, parse(colour), strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours: 1 if they are alike, 21 between black and white."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=4_096)
def readable(colour: str, on: str, ratio: float = AA) -> str:
    """The colour itself if it can be read on the other, else it as little darker or lighter as is needed.

    Black or white reaches a ratio of 4.58 on every colour; no more can be asked for on all of them.
    """
    if contrast(colour, on) >= ratio:
        return colour
    end = max(("#000000", "#ffffff"), key=lambda pole: contrast(pole, on))
    low, high = 0, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        if contrast(tint(end, colour, middle / _STEPS), on) >= ratio:
            high = middle
        else:
            low = middle
    return tint(end, colour, high / _STEPS)
