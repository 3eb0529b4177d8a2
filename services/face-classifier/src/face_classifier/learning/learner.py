"""A training from end to end, as `ports.Learner` asks for it: material in, a model's files and what it says out."""

import logging
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # else TensorFlow tells of its plugins before it says anything

import keras
import numpy as np
from keras import ops

from face_classifier.core.augmentation import Augmentation, Feed
from face_classifier.core.bundles import KERAS, ONNX
from face_classifier.core.crops import centre
from face_classifier.core.material import Hooks, Learnt, Material
from face_classifier.core.recipes import Recipe
from face_classifier.learning.devices import Devices, find_devices
from face_classifier.learning.exporting import to_onnx
from face_classifier.learning.networks import EMBEDDING, LOGITS, NETWORKS
from face_classifier.learning.training import Trainer

AT_ONCE: Final = 256
"""Pictures that are judged at once."""


class KerasLearner:
    """Fulfils `ports.Learner` with Keras; to be made before anything is computed in this process.

    Args:
        device: `auto`, `cpu` or `gpu`.
        count: how many of them; None for all.

    Raises:
        DeviceError: there is no such device.
    """

    def __init__(self, device: str = "auto", count: int | None = 1) -> None:
        logging.getLogger("absl").setLevel(logging.ERROR)
        self.devices: Devices = find_devices(device, count)
        ops.zeros(1)  # what a backend has to say when it first computes is said here

    @property
    def precision(self) -> str:
        """What is computed in where nothing else is said: accelerators have hardware for bfloat16."""
        return "mixed_bfloat16" if self.devices.kind == "gpu" else "float32"

    @property
    def chief(self) -> bool:
        """Of several machines this one keeps what comes of it."""
        return self.devices.chief

    def learn(self, material: Material, recipe: Recipe, hooks: Hooks) -> Learnt | None:
        """Train, from `hooks.state` on if there is one; None if it was stopped.

        Raises:
            StateError: the state is of another training.
        """
        photos, labels = material.crops[material.learnt], material.truth[material.learnt]
        changes = Augmentation() if recipe.augment else Augmentation(geometry=False, colour=False, erasing=False)
        feed = Feed(photos, labels, recipe.batch, recipe.seed, changes)
        trainer = Trainer(recipe, feed, len(material.labels), self.devices)
        if hooks.state is not None:
            trainer.restore(hooks.state)
        if not trainer.run(hooks):
            return None
        model = plain(trainer.model, recipe, len(material.labels))
        said = [_said(model, material.crops[at : at + AT_ONCE]) for at in range(0, len(material.crops), AT_ONCE)]
        return Learnt(
            files={KERAS: to_keras(model), ONNX: to_onnx(model)},
            logits=np.concatenate([logits for logits, _ in said]).astype(np.float64),
            embeddings=np.concatenate([embeddings for _, embeddings in said]).astype(np.float64),
            about={
                "backend": keras.backend.backend(),
                "keras": keras.__version__,
                "device": self.devices.kind,
                "devices": self.devices.count,
            },
        )


def plain(model: keras.Model, recipe: Recipe, classes: int) -> keras.Model:
    """The network in float32 on one device, as it is kept, with the weights of the one that was trained."""
    keras.config.set_dtype_policy("float32")
    fresh = NETWORKS[recipe.architecture](classes)
    fresh.set_weights([ops.convert_to_numpy(each) for each in model.weights])
    return fresh


def to_keras(model: keras.Model) -> bytes:
    """The network in Keras's own format."""
    with tempfile.TemporaryDirectory(prefix="face-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it was never compiled, and need not be
        path = Path(folder) / KERAS
        model.save(path)
        return path.read_bytes()


def _said(model: keras.Model, crops: Any) -> tuple[Any, Any]:
    found = model(centre(crops), training=False)
    return ops.convert_to_numpy(found[LOGITS]), ops.convert_to_numpy(found[EMBEDDING])
