"""Optimal inputs: what is asked for, and how far from where it began a picture is that a model takes for somebody else.

A picture is scored as it is kept, in 8 bits: what is between two of its steps is nothing that a file could hold.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from face_classifier.core.pictures import Pixels

Floats = NDArray[np.float64]

DEFAULT_METHOD: Final = "l2-momentum"
STEPS: Final = {"adam2016": 2_000, DEFAULT_METHOD: 200, "pgd": 100, "cw": 500, "fgsm": 64, "deepfool": 100}
"""The methods, and how many steps each does at most where nothing else is said."""
MOST_STEPS: Final = 100_000
TOP: Final = 3
SURE: Final = 0.999
LEVELS: Final = 255
AT_ONCE: Final = 64
"""Pictures that are optimised at once: more take memory, and no processor does them faster."""


class FoolingError(ValueError):
    """This cannot be asked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Fooling:
    """How inputs are optimised.

    Attributes:
        method: one of `STEPS`.
        steps: at most; None for as many as the method does at most.
        probability: of the target, at which a picture is done, over 0 and under 1.
        epsilon: for `pgd` and `fgsm`, how far any one number of the picture may go, of 255.
        away: not towards a label but away from it: done when another label is likelier, whatever `probability` says.

    Raises:
        FoolingError: one of them is out of its range.
    """

    method: str = DEFAULT_METHOD
    steps: int | None = None
    probability: float = SURE
    epsilon: float = 16.0
    away: bool = False

    def __post_init__(self) -> None:
        if self.method not in STEPS:
            raise FoolingError(f"method is one of {', '.join(STEPS)}, not {self.method!r:.40}")
        if not 0 < self.probability < 1:
            raise FoolingError(f"probability is over 0 and under 1, not {self.probability:g}")
        if not 1 <= self.most_steps <= MOST_STEPS:
            raise FoolingError(f"steps is from 1 to {MOST_STEPS:,}, not {self.steps:,}")
        if not 0 < self.epsilon <= LEVELS:
            raise FoolingError(f"epsilon is over 0 and up to 255, not {self.epsilon:g}")

    @property
    def most_steps(self) -> int:
        """Steps at most."""
        return STEPS[self.method] if self.steps is None else self.steps

    def steps_of(self, count: int) -> int:
        """Steps at most for `count` pictures, batch after batch."""
        return self.most_steps * -(-count // AT_ONCE)

    @property
    def goal(self) -> float:
        """The log-odds of `probability`; away from a label, a lead over it that float32 can tell from none."""
        return 1e-3 if self.away else math.log(self.probability / (1 - self.probability)) + 1e-3


@dataclass(frozen=True, slots=True)
class Fooled:
    """Optimal inputs.

    Attributes:
        pictures: [n, height, width, 3], as they are kept.
        steps: [n], done until each was there, or until they were given up.
        before, after: [n, labels], the probabilities that the model gives where they began and where they ended.
        reached: [n], whether the model says of what is kept what it was to say.
    """

    pictures: NDArray[np.uint8]
    steps: NDArray[np.int64]
    before: Floats
    after: Floats
    reached: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two pictures are from each other, their numbers in [0, 1].

    Attributes:
        l2: the root of the sum of squares.
        linf: the most that any one number differs.
        psnr: decibels; infinite if they are the same.
        ssim: 1 if they are the same.
    """

    l2: float
    linf: float
    psnr: float
    ssim: float

    def as_json(self) -> dict[str, Any]:
        """For `result.json`: no infinity, which JSON lacks."""
        psnr = round(self.psnr, 2) if math.isfinite(self.psnr) else None
        return {"l2": round(self.l2, 4), "linf": round(self.linf, 5), "psnr": psnr, "ssim": round(self.ssim, 5)}


def distance(before: Pixels, after: Pixels) -> Distance:
    """How far one picture is from another of its size."""
    one, other = (np.asarray(each, np.float64) / 255 for each in (before, after))
    error = one - other
    mean = float(np.square(error).mean())
    psnr = -10 * math.log10(mean) if mean else math.inf
    return Distance(math.sqrt(mean * error.size), float(np.abs(error).max()), psnr, _ssim(one, other))


def _ssim(one: Floats, other: Floats) -> float:
    """Structural similarity (Wang et al. 2004, doi:10.1109/TIP.2003.819861), the mean of the channels."""
    mean_one, mean_other = _blurred(one), _blurred(other)
    shared = _blurred(one * other) - mean_one * mean_other
    spread = _blurred(one * one) - mean_one**2 + _blurred(other * other) - mean_other**2
    near_zero, near_flat = 0.01**2, 0.03**2
    likeness = (2 * mean_one * mean_other + near_zero) * (2 * shared + near_flat)
    return float((likeness / ((mean_one**2 + mean_other**2 + near_zero) * (spread + near_flat))).mean())


def _blurred(picture: Floats) -> Floats:
    """Weighted by a Gaussian of 11 pixels and a deviation of 1.5, where all of it is inside."""
    weights = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        picture = np.lib.stride_tricks.sliding_window_view(picture, len(weights), axis=axis) @ weights
    return picture


def top(probabilities: Floats, count: int = TOP) -> list[tuple[int, float]]:
    """The likeliest labels of one picture, each with its probability."""
    order = np.argsort(-probabilities, kind="stable")[:count]
    return [(int(place), float(probabilities[place])) for place in order]


@dataclass(frozen=True, slots=True)
class Step:
    """How far an optimisation is.

    Attributes:
        step, steps: done, and done at most; a batch that is done early leaves some out.
        first: the number of the batch's first picture.
        reached: how many of the batch's pictures are there.
        pictures: the batch's, as they are now, [n, height, width, 3].
    """

    step: int
    steps: int
    first: int
    reached: int
    pictures: NDArray[np.uint8] = field(repr=False)
