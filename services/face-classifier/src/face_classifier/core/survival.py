"""What is left of an optimal input when a picture is treated as pictures are: saved as JPEG, or resized."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from face_classifier.core.crops import CENTRE, SIDE
from face_classifier.core.pictures import Pixels

QUALITIES: Final = (100, 98, 95, 90, 80, 70, 50, 30)
SCALES: Final = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
EDGE: Final = (SIDE - CENTRE) // 2

Said = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""What a model says of pictures [n, 96, 96, 3]: probabilities [n, labels]."""


@dataclass(frozen=True, slots=True)
class Survived:
    """How optimal inputs fared under one treatment.

    Attributes:
        at: JPEG's quality, or the share of the side that was left before it grew again.
        first: the share of them of which the target is still the likeliest label.
        sure: the share that has the probability that was asked for.
        median: of the target's probability.
    """

    at: float
    first: float
    sure: float
    median: float

    def as_json(self) -> dict[str, Any]:
        """For `result.json`."""
        return {"at": self.at, "first": self.first, "sure": self.sure, "median": self.median}


def survival(
    crops: Sequence[Pixels], targets: NDArray[np.int64], probability: float, said: Said
) -> dict[str, list[Survived]]:
    """The curves `jpeg` and `resize` of crops [112, 112, 3] that were optimised towards targets [n]."""
    return {
        kind: [_judged(at, [treat(each, at) for each in crops], targets, probability, said) for at in levels]
        for kind, treat, levels in (("jpeg", as_jpeg, QUALITIES), ("resize", resized, SCALES))
    }


def _judged(at: float, crops: Sequence[Pixels], targets: NDArray[np.int64], probability: float, said: Said) -> Survived:
    found = said(np.stack([middle(each) for each in crops]))
    mine = found[np.arange(len(targets)), targets]
    first, sure = (found.argmax(1) == targets).mean(), (mine >= probability).mean()
    return Survived(at, round(float(first), 4), round(float(sure), 4), round(float(np.median(mine)), 5))


def as_jpeg(picture: Pixels, quality: float) -> Pixels:
    """It after it was saved as JPEG, as Pillow does it where nothing else is said (colours at half the resolution)."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=int(quality))
    return np.asarray(Image.open(file))


def resized(picture: Pixels, scale: float) -> Pixels:
    """It after it was made smaller and as large as before, both times by cubic interpolation."""
    image = Image.fromarray(picture)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image.resize(size, Image.Resampling.BICUBIC)
    return np.asarray(small.resize(image.size, Image.Resampling.BICUBIC))


def middle(crop: Pixels) -> Pixels:
    """What the model sees of a crop of 112 pixels."""
    return crop[EDGE : EDGE + CENTRE, EDGE : EDGE + CENTRE]


def with_middle(crop: Pixels, seen: Pixels) -> Pixels:
    """The crop with what the model sees in its place."""
    whole = crop.copy()
    whole[EDGE : EDGE + CENTRE, EDGE : EDGE + CENTRE] = seen
    return whole
