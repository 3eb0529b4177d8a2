"""People who do not exist: traits that stay the same, and how each photo of them was taken, by chance from a seed."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SKINS: Final = ((250, 220, 196), (240, 200, 170), (226, 180, 144), (198, 146, 108), (168, 118, 86), (126, 88, 64))
HAIRS: Final = (
    (28, 24, 26),
    (60, 40, 28),
    (104, 66, 36),
    (168, 120, 64),
    (206, 176, 120),
    (150, 150, 156),
    (140, 52, 34),
)
IRISES: Final = ((60, 40, 26), (92, 62, 34), (88, 110, 60), (74, 112, 150), (110, 120, 126))
CLOTHES: Final = ((48, 64, 110), (150, 50, 60), (60, 110, 84), (90, 90, 96), (196, 160, 70), (120, 76, 140))
STYLES: Final = ("short", "long", "bob", "bald", "curly")

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Traits:
    """What stays the same of a person. Lengths are in half heights of the head."""

    skin: Colour
    hair: Colour
    iris: Colour
    style: str
    width: float
    jaw: float
    eye_apart: float
    eye_size: float
    eye_height: float
    eye_slant: float
    brow_thick: float
    brow_lift: float
    nose_long: float
    nose_wide: float
    mouth_wide: float
    mouth_low: float
    lips: float
    fringe: float
    parting: float
    glasses: int
    beard: float
    freckles: int
    mole: float


@dataclass(frozen=True, slots=True)
class View:
    """What changes from photo to photo. Angles are in radians, light is a direction and a strength."""

    yaw: float
    pitch: float
    roll: float
    scale: float
    shift: Point
    light: tuple[float, float, float]
    ambient: float
    exposure: float
    warmth: float
    smile: float
    open_eyes: float
    gaze: float
    back: tuple[Colour, Colour]
    clothes: Colour
    blur: float
    noise: float


def traits_of(seed: int, person: int) -> Traits:
    """The person of that number; the same seed and number are the same person."""
    rng = np.random.default_rng((seed, person))

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def one_in(count: int) -> bool:
        return bool(rng.integers(count) == 0)

    skin = int(rng.integers(len(SKINS)))
    # light hair on dark skin is rare, and no Haar cascade takes it for a face
    hairs = HAIRS if skin < len(SKINS) - 3 else HAIRS[:3]
    return Traits(
        skin=_near(rng, SKINS[skin : skin + 1], 8),
        hair=_near(rng, hairs, 10),
        iris=_near(rng, IRISES, 8),
        style=STYLES[int(rng.choice(len(STYLES), p=(0.32, 0.24, 0.2, 0.08, 0.16)))],
        width=between(0.66, 0.82),
        jaw=between(0.5, 0.92),
        eye_apart=between(0.31, 0.4),
        eye_size=between(0.15, 0.2),
        eye_height=between(0.0, 0.12),
        eye_slant=between(-0.12, 0.14),
        brow_thick=between(0.035, 0.09),
        brow_lift=between(0.19, 0.27),
        nose_long=between(0.3, 0.44),
        nose_wide=between(0.13, 0.22),
        mouth_wide=between(0.25, 0.38),
        mouth_low=between(0.5, 0.62),
        lips=between(0.05, 0.12),
        fringe=between(0.5, 0.8),
        parting=between(-0.5, 0.5),
        glasses=int(rng.choice(3, p=(0.7, 0.17, 0.13))),
        beard=between(0.25, 0.7) if one_in(5) else 0.0,
        freckles=int(rng.integers(14, 30)) if one_in(5) else 0,
        mole=between(-0.5, 0.5) if one_in(3) else 0.0,
    )


def view_of(seed: int, person: int, photo: int) -> View:
    """How that photo of that person was taken."""
    rng = np.random.default_rng((seed, person, 1 + photo))
    tone = np.clip(rng.integers(50, 215) + rng.integers(-35, 36, 3), 20, 245)
    other = np.clip(tone + rng.integers(-50, 51, 3), 20, 245)
    return View(
        yaw=float(rng.normal(0, 0.18)),
        pitch=float(rng.normal(0, 0.1)),
        roll=float(rng.normal(0, 0.07)),
        scale=float(rng.uniform(0.9, 1.08)),
        shift=(float(rng.normal(0, 0.03)), float(rng.normal(0, 0.03))),
        light=(float(rng.normal(0, 0.45)), float(rng.normal(-0.3, 0.2)), 1.0),
        ambient=float(rng.uniform(0.55, 0.8)),
        exposure=float(rng.uniform(0.8, 1.15)),
        warmth=float(rng.normal(0, 0.05)),
        smile=float(rng.uniform(-0.3, 1.0)),
        open_eyes=float(rng.uniform(0.7, 1.1)),
        gaze=float(rng.normal(0, 0.25)),
        back=(colour_of(tone), colour_of(other)),
        clothes=_near(rng, CLOTHES, 30),
        blur=float(rng.choice((0.0, 0.0, 0.4, 0.8))),
        noise=float(rng.uniform(1.5, 6.0)),
    )


def _near(rng: np.random.Generator, colours: tuple[Colour, ...], spread: int) -> Colour:
    chosen = colours[int(rng.integers(len(colours)))]
    return colour_of(np.array(chosen) + rng.integers(-spread, spread + 1, 3))


def colour_of(values: NDArray[np.integer]) -> Colour:
    """Red, green and blue, each brought to between 0 and 255."""
    red, green, blue = np.clip(values, 0, 255).tolist()
    return int(red), int(green), int(blue)
