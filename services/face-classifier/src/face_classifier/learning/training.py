"""The training itself: a network, a feed of pictures, AdamW, and a state that a later process goes on from.

AdamW's rate rises in the warm-up and then falls as a cosine. What answers in the end is a moving average of the
weights.
"""

import io
import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from zipfile import BadZipFile

import keras
import numpy as np
from keras import ops

from face_classifier.core.augmentation import Feed
from face_classifier.core.material import DeviceError, Hooks, Progress, StateError
from face_classifier.core.recipes import Recipe
from face_classifier.learning.adversarial import adversarial_batch
from face_classifier.learning.compiling import compiled
from face_classifier.learning.devices import Devices
from face_classifier.learning.networks import LOGITS, NETWORKS

AHEAD: Final = 4
"""Batches that are made before they are asked for, side by side: on 2 cores one takes 12 ms, and a step 90."""
TOLD_EVERY: Final = 10
MISLEADING_STEPS: Final = 3
FORGOTTEN: Final = 10
"""Times that the average's weights are renewed in a training: of the first ones e⁻¹⁰ is left."""


class Trainer:
    """One training, from its first step or from a state on.

    Args:
        recipe: its settings.
        feed: its pictures.
        classes: how many labels there are.
        devices: what it computes on.

    Raises:
        DeviceError: the recipe cannot be followed on them.
    """

    def __init__(self, recipe: Recipe, feed: Feed, classes: int, devices: Devices) -> None:
        if recipe.adversarial and devices.strategy is not None:
            raise DeviceError("adversarial training works on one device: leave --devices and TF_CONFIG out")
        self._recipe, self._feed, self._devices = recipe, feed, devices
        self._classes = classes
        keras.utils.set_random_seed(recipe.seed)
        keras.config.set_dtype_policy(recipe.precision)
        with devices.scope():
            self.model = NETWORKS[recipe.architecture](classes, synchronized=devices.strategy is not None)
            # the same layers and weights, without the embedding: Keras wants a truth for every output
            self._learner = keras.Model(self.model.input, self.model.output[LOGITS])
            ema = _ema(recipe)
            self._learner.compile(
                keras.optimizers.AdamW(
                    _schedule(recipe), weight_decay=recipe.weight_decay, use_ema=ema > 0, ema_momentum=ema
                ),
                loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
                metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
                jit_compile=devices.compiles,
            )
            self._learner.optimizer.build(self._learner.trainable_variables)
        self.step = 0
        self._window: list[tuple[float, float]] = []  # losses and accuracies of the steps that were not told yet

    def run(self, hooks: Hooks) -> bool:
        """Train to the end; False if it was stopped before."""
        steps = self._recipe.steps
        began, first = time.monotonic(), self.step
        for logs in self._steps():
            self.step += 1
            self._window.append((float(logs["loss"]), float(logs["accuracy"])))
            self._learner.reset_metrics()  # each step's own: replicas add up several steps otherwise than one device
            if self.step % TOLD_EVERY == 0 or self.step == steps:
                spent = time.monotonic() - began
                pace = (self.step - first) / max(spent, 1e-9)
                loss, accuracy = np.mean(self._window, axis=0).tolist()
                self._window.clear()
                left = (steps - self.step) / pace
                hooks.told(Progress(self.step, steps, loss, accuracy, pace * self._recipe.batch, left))
            if self.step == steps:
                break
            stopped = hooks.stop.is_set()
            if stopped or hooks.due(self.step):
                hooks.keep(self.step, self.state())
            if stopped:
                return False
        self._finish()
        return True

    def _steps(self) -> Iterator[Mapping[str, Any]]:
        wanted = range(self.step, self._recipe.steps)
        with ThreadPoolExecutor(max_workers=self._devices.feeders, thread_name_prefix="feed") as pool:
            batches = self._batches(pool, wanted)
            yield from self._devices.train(
                self._learner, self._misled(batches) if self._recipe.adversarial else batches
            )

    def _batches(self, pool: ThreadPoolExecutor, wanted: range) -> Iterator[tuple[Any, Any]]:
        coming = deque(pool.submit(self._feed.at, step) for step in wanted[:AHEAD])
        for step in wanted:
            images, labels = coming.popleft().result()
            if step + AHEAD < wanted.stop:
                coming.append(pool.submit(self._feed.at, step + AHEAD))
            yield images, np.eye(self._classes, dtype=np.float32)[labels]

    def _misled(self, batches: Iterator[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
        """The batches, half of the pictures of each changed so that the model as it is sees their label least."""
        reach, half = self._recipe.adversarial, max(self._recipe.batch // 2, 1)

        def mislead(images: Any, labels: Any) -> Any:
            return adversarial_batch(self._learner, images, labels, reach, MISLEADING_STEPS)

        run = compiled(self._learner, mislead)
        for images, labels in batches:
            wrong = ops.convert_to_numpy(run(images[:half], labels[:half]))
            yield np.concatenate([wrong, images[half:]]), labels

    def _finish(self) -> None:
        """Take the average's weights; by now the rate is so low that batch normalisation's statistics fit them."""
        if _ema(self._recipe) > 0:
            self._learner.optimizer.finalize_variable_values(self._learner.trainable_variables)

    def state(self) -> bytes:
        """All that a later process needs to go on as if this one had: weights, averages, AdamW's moments, the step.

        The schedule, the pictures' order and what is changed in them follow from the step and the recipe.
        """
        file = io.BytesIO()
        arrays = {f"v{number:04}": ops.convert_to_numpy(each) for number, each in enumerate(self._variables())}
        window = np.array(self._window, np.float64).reshape(-1, 2)
        np.savez(file, step=np.int64(self.step), window=window, **arrays)
        return file.getvalue()

    def restore(self, state: bytes) -> None:
        """Go on from a state.

        Raises:
            StateError: it is of another network, or broken.
        """
        variables = self._variables()
        try:
            with np.load(io.BytesIO(state), allow_pickle=False) as found:
                step = int(found["step"])
                arrays = [found[f"v{number:04}"] for number in range(len(variables))]
                window = [(float(loss), float(accuracy)) for loss, accuracy in found["window"]]
                count = len(found.files) - 2
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise StateError(f"the state cannot be read: {error}") from error
        if count != len(variables) or any(
            array.shape != tuple(each.shape) for array, each in zip(arrays, variables, strict=True)
        ):
            raise StateError("the state is of another network")
        for each, array in zip(variables, arrays, strict=True):
            each.assign(array)
        self.step, self._window = step, window

    def _variables(self) -> list[Any]:
        return [*self.model.weights, *self._learner.optimizer.variables]


def _ema(recipe: Recipe) -> float:
    """How much of the average stays: it looks back over a tenth of the training at most, or the first weights stay."""
    return min(recipe.ema, max(1 - FORGOTTEN / recipe.steps, 0))


def _schedule(recipe: Recipe) -> Any:
    warm_up = min(recipe.warm_up, recipe.steps // 2)
    return keras.optimizers.schedules.CosineDecay(
        recipe.rate / 100 if warm_up else recipe.rate,
        max(recipe.steps - warm_up, 1),
        alpha=0.01,
        warmup_target=recipe.rate if warm_up else None,
        warmup_steps=warm_up,
    )
