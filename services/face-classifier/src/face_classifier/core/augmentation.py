"""What a model is shown in training: photos a little otherwise each time, all by chance from a seed and the step.

A batch depends on the seed and on the number of the step alone. Whoever goes on from a checkpoint needs no more than
that number to see the very pictures that would have come.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from face_classifier.core.crops import CENTRE, SIDE

Floats = NDArray[np.float32]

ASPECT: Final = 1.11
"""A box is up to so many times wider than high, or higher than wide."""
SMALLEST: Final = 0.78
"""Times the crop's side: the smallest box that is shown; the largest is the crop as a whole."""
LEAN: Final = np.deg2rad(6.0)
"""The standard deviation of how far a picture is turned."""
SHIFT: Final = 2.0
"""Pixels that a box may reach beyond the crop's edge."""
BRIGHTNESS: Final = 0.15
CONTRAST: Final = 0.3
SATURATION: Final = 0.3
HUE: Final = np.deg2rad(10.0)
ERASED: Final = 0.5
"""The share of pictures of which a rectangle is covered (Zhong et al. 2017, arXiv:1708.04896)."""
ERASED_SIDES: Final = (10, 36)

# RGB to YIQ (FCC, 1953) and back: hue and saturation turn and stretch the I-Q plane, and a grey stays as it is.
_YIQ: Final = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_RGB: Final = np.linalg.inv(_YIQ)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """What is done to the pictures.

    Attributes:
        geometry: boxes of other sizes, places and shapes, turned and mirrored.
        colour: brightness, contrast, saturation and hue; the last two change nothing in a grey picture.
        erasing: a rectangle is covered, so that no single trait decides.
    """

    geometry: bool = True
    colour: bool = True
    erasing: bool = True


@dataclass(frozen=True, slots=True)
class Feed:
    """The training's photos, batch by batch.

    Attributes:
        photos: [n, 112, 112, 3], RGB.
        labels: [n], from 0.
        batch: pictures in each batch.
        seed: of the order and of what is changed.
        augmentation: what is changed.
    """

    photos: NDArray[np.uint8]
    labels: NDArray[np.int64]
    batch: int
    seed: int
    augmentation: Augmentation = Augmentation()

    def at(self, step: int) -> tuple[Floats, NDArray[np.int64]]:
        """The batch of a step, from 0: [batch, 96, 96, 3] in [0, 1], and [batch] labels.

        Every photo is shown once before one is shown again.
        """
        chosen = self._chosen(step)
        rng = np.random.default_rng((self.seed, 2, step))
        return self._pictures(chosen, rng), self.labels[chosen]

    def _chosen(self, step: int) -> NDArray[np.int64]:
        epoch, start = divmod(step * self.batch, len(self.photos))
        found: list[NDArray[np.int64]] = []
        missing = self.batch
        while missing:
            order = np.random.default_rng((self.seed, 1, epoch)).permutation(len(self.photos))
            found.append(order[start : start + missing])
            missing -= len(found[-1])
            epoch, start = epoch + 1, 0
        return np.concatenate(found)

    def _pictures(self, chosen: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        count = len(chosen)
        places = _places(rng, count) if self.augmentation.geometry else np.repeat(_middle()[None], count, 0)
        colours = _colours(rng, count)
        out = np.empty((count, CENTRE, CENTRE, 3), np.float32)
        for number, photo in enumerate(chosen):
            cv2.warpAffine(
                self.photos[photo].astype(np.float32),
                places[number],
                (CENTRE, CENTRE),
                dst=out[number],
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
        out /= 255
        if self.augmentation.colour:
            for number in range(count):
                picture = out[number]
                matrix = colours[number].copy()
                matrix[:, 3] += (1 - matrix[0, :3].sum()) * picture.mean()  # contrast is about the picture's own mean
                out[number] = cv2.transform(picture, matrix)
            np.clip(out, 0, 1, out=out)
        if self.augmentation.erasing:
            _erase(out, rng)
        return out


def _middle() -> NDArray[np.float64]:
    """From each pixel of what a model looks at to where it is in the crop."""
    edge = (SIDE - CENTRE) / 2
    return np.array([[1, 0, edge], [0, 1, edge]], np.float64)


def _places(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """For each picture, from each of its pixels to where that is in the crop: [n, 2, 3]."""
    stretch = np.exp(rng.uniform(-np.log(ASPECT), np.log(ASPECT), count) / 2)
    side = SIDE * rng.uniform(SMALLEST, 1, count)
    wide, high = side * stretch, side / stretch
    lean = rng.normal(0, LEAN, count)
    free_x, free_y = (np.maximum(SIDE - each, 0) / 2 + SHIFT for each in (wide, high))
    x = (SIDE - 1) / 2 + rng.uniform(-1, 1, count) * free_x
    y = (SIDE - 1) / 2 + rng.uniform(-1, 1, count) * free_y
    wide *= rng.choice([-1, 1], count)  # mirrored
    cos, sin = np.cos(lean), np.sin(lean)
    linear = np.array([[wide * cos, -high * sin], [wide * sin, high * cos]]).transpose(2, 0, 1) / CENTRE
    start = np.stack([x, y], 1) - linear @ np.full(2, (CENTRE - 1) / 2)
    return np.concatenate([linear, start[:, :, None]], 2)


def _colours(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """For each picture the matrix by which its colours are multiplied, and what is added: [n, 3, 4]."""
    contrast = rng.uniform(1 - CONTRAST, 1 + CONTRAST, count)
    saturation = rng.uniform(1 - SATURATION, 1 + SATURATION, count)
    hue = rng.uniform(-HUE, HUE, count)
    turn = np.zeros((count, 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = saturation * np.cos(hue)
    turn[:, 1, 2] = -saturation * np.sin(hue)
    turn[:, 2, 1] = saturation * np.sin(hue)
    matrix = (_RGB @ turn @ _YIQ) * contrast[:, None, None]
    added = np.repeat(rng.uniform(-BRIGHTNESS, BRIGHTNESS, count)[:, None, None], 3, 1)
    return np.concatenate([matrix, added], 2)


def _erase(pictures: Floats, rng: np.random.Generator) -> None:
    for picture in pictures:
        wide, high = rng.integers(*ERASED_SIDES, 2)
        x, y = rng.integers(0, CENTRE - wide), rng.integers(0, CENTRE - high)
        erased, shade = rng.random(2)
        if erased < ERASED:
            picture[y : y + high, x : x + wide] = shade
