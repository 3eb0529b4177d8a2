"""A kept model, to be fooled: fulfils `ports.Fooler` with Keras."""

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # else TensorFlow tells of its plugins before it says anything

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from face_classifier.core.bundles import KERAS, BundleError
from face_classifier.core.crops import CENTRE
from face_classifier.core.fooling import DEFAULT_METHOD, Fooled, Fooling, Step
from face_classifier.learning.attacks import Attack
from face_classifier.learning.devices import find_devices
from face_classifier.learning.networks import LOGITS

SIZE: Final = (CENTRE, CENTRE, 3)


class KerasFooler:
    """A model that stays as it is; each method's program is compiled when it is first asked for.

    Args:
        data: `model.keras`, after its SHA-256 was checked. It is loaded in safe mode: what brings code is refused.
        labels: how many its manifest names.
        device: `auto`, `cpu` or `gpu`.

    Raises:
        BundleError: this is no model, or another than the manifest says.
        DeviceError: there is no such device.
    """

    def __init__(self, data: bytes, labels: int, device: str = "auto") -> None:
        logging.getLogger("absl").setLevel(logging.ERROR)
        find_devices(device)
        ops.zeros(1)  # what a backend has to say when it first computes is said here
        self._model = load(data, labels)
        self._attacks: dict[tuple[str, bool], Attack] = {}

    def fool(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        fooling: Fooling,
        told: Callable[[Step], None],
    ) -> Fooled:
        """Optimise pictures [n, 96, 96, 3] towards labels [n], or away from them."""
        return self._attack(fooling.method, away=fooling.away).run(images, labels, fooling, told)

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """What the model says of pictures [n, 96, 96, 3]: [n, labels]."""
        known = next(iter(self._attacks.values()), None)
        return (known or self._attack(DEFAULT_METHOD, away=False)).probabilities(images)

    def _attack(self, method: str, *, away: bool) -> Attack:
        if (method, away) not in self._attacks:
            self._attacks[method, away] = Attack(self._model, method, away=away)
        return self._attacks[method, away]


def load(data: bytes, labels: int) -> keras.Model:
    """The network of a `model.keras`.

    Raises:
        BundleError: see `KerasFooler`.
    """
    with tempfile.TemporaryDirectory(prefix="face-") as folder:
        path = Path(folder) / KERAS
        path.write_bytes(data)
        try:
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # a file that nobody vouches for can make it raise what it likes
            raise BundleError(f"{KERAS} cannot be loaded: {_first_line(error)}") from error
    fits = (
        isinstance(model, keras.Model)
        and model.input_shape == (None, *SIZE)
        and isinstance(model.output, dict)
        and LOGITS in model.output
        and tuple(model.output[LOGITS].shape) == (None, labels)
    )
    if not fits:
        raise BundleError(f"{KERAS} does not make {labels:,} logits of pictures of {CENTRE} × {CENTRE} pixels")
    model.trainable = False
    return model


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
