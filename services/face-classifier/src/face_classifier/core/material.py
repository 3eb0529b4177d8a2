"""What a training works on, and what comes of it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from face_classifier.core.crops import SIDE, Face, crop
from face_classifier.core.datasets import Label
from face_classifier.core.pictures import Pixels

STRANGER: Final = -1


class DeviceError(ValueError):
    """There is no such device here to compute on."""


class StateError(ValueError):
    """This is no state of this training."""


@dataclass(frozen=True, slots=True)
class Material:
    """Faces, cut out.

    Attributes:
        labels: whom the model is to know.
        keys: of the photos.
        crops: [n, 112, 112, 3].
        truth: [n], the label's number, or -1 of a label that was kept back.
        learnt: [n], whether the model learns from it; by the others it is judged.
        sha256: of the photos, the labels and how they were parted.
    """

    labels: tuple[Label, ...]
    keys: tuple[str, ...]
    crops: NDArray[np.uint8]
    truth: NDArray[np.int64]
    learnt: NDArray[np.bool_]
    sha256: str
    drawn: bool = False

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Photos of known people by which the model is judged."""
        return np.logical_and(~self.learnt, ~self.strangers)

    @property
    def strangers(self) -> NDArray[np.bool_]:
        """Photos of people whom it has never seen."""
        return np.equal(self.truth, STRANGER)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is.

    Attributes:
        step, steps: done, and all there are.
        loss: of the last pictures, regularisation included.
        accuracy: the share of them that were recognised.
        rate: pictures a second.
        left: seconds to the end.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    rate: float
    left: float


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a training is told, and tells.

    Attributes:
        told: gets the progress every ten steps.
        due: whether a state is to be kept after so many steps.
        keep: gets the step and the state that is due, and the one where it stops.
        stop: set by whoever wants it to stop after the step.
        state: to go on from.
    """

    told: Callable[[Progress], None] = lambda _: None
    due: Callable[[int], bool] = lambda _: False
    keep: Callable[[int, bytes], None] = lambda _step, _state: None
    stop: threading.Event = field(default_factory=threading.Event)
    state: bytes | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of a training.

    Attributes:
        files: `model.keras` and `model.onnx`.
        logits: [n, labels], of every crop of the material.
        embeddings: [n, d], likewise.
        about: the backend, its version, the devices.
    """

    files: dict[str, bytes]
    logits: NDArray[np.float64]
    embeddings: NDArray[np.float64]
    about: dict[str, Any]


def whole(picture: Pixels) -> Pixels:
    """A photo that is a face already, as 112 × 112 pixels: all of it, its edges drawn out to a square."""
    height, width = picture.shape[:2]
    side = max(height, width)
    return crop(picture, Face((width - side) / 2, (height - side) / 2, side, side), SIDE, margin=1)
