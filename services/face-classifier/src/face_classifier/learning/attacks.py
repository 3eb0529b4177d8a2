"""Inputs that a frozen model takes for whom it is told to: the model stays as it is, the pictures are optimised.

All pictures of a batch move at once in one compiled loop, and each stands still when it is there. The model is asked
about what would be kept: numbers rounded to 8 bits, their gradient passed on as if they were not (straight through,
Bengio et al. 2013, arXiv:1308.3432). So a picture that is done stays done when it is saved as PNG.
"""

from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from face_classifier.core.evaluation import softmax
from face_classifier.core.fooling import AT_ONCE, Fooled, Fooling, Step
from face_classifier.learning.compiling import compiled, loop, value_and_gradient
from face_classifier.learning.methods import METHODS, Look, wide
from face_classifier.learning.networks import LOGITS

TOLD_EVERY: Final = 10
FAR: Final = 1e9

Images = NDArray[np.float32]


class Attack:
    """A method against a model; its program is compiled once for each size of a batch.

    Args:
        model: any with 'images' in and logits out, as `learning.networks` has them.
        method: one of `core.fooling.STEPS`.
        away: from the labels, not towards them.

    Raises:
        BackendError: Keras runs on something that no loops are compiled for.
    """

    def __init__(self, model: keras.Model, method: str, *, away: bool = False) -> None:
        self._model, self._method, self._away = model, METHODS[method], away
        self._run = compiled(model, self._loop)
        self._ask = compiled(model, self._logits)

    def run(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        fooling: Fooling,
        told: Callable[[Step], None] = lambda _: None,
    ) -> Fooled:
        """Optimise pictures [n, height, width, 3] towards (or away from) a label each.

        Args:
            images: where they begin.
            labels: [n], by number.
            fooling: steps, probability and epsilon; `method` and `away` are the attack's own.
            told: gets how far each batch is, every 10 steps.
        """
        steps, total = fooling.most_steps, fooling.steps_of(len(images))
        parts = []
        for number, at in enumerate(range(0, len(images), AT_ONCE)):

            def tell(step: int, reached: int, pictures: NDArray[np.uint8], number: int = number, at: int = at) -> None:
                told(Step(number * steps + step, total, at, reached, pictures))

            parts.append(self._batch(images[at : at + AT_ONCE], labels[at : at + AT_ONCE], fooling, tell))
        pictures = np.concatenate([pictures for pictures, _ in parts])
        before, after = self.probabilities(images), self.probabilities(pictures)
        mine = after[np.arange(len(labels)), labels]
        reached = after.argmax(1) != labels if self._away else mine >= fooling.probability
        return Fooled(pictures, np.concatenate([steps for _, steps in parts]), before, after, reached)

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """What the model says of pictures [n, height, width, 3]: [n, labels]."""
        parts = [_as_floats(images[at : at + AT_ONCE]) for at in range(0, len(images), AT_ONCE)]
        return softmax(np.concatenate([ops.convert_to_numpy(self._ask(part)) for part in parts]).astype(np.float64))

    def _batch(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        fooling: Fooling,
        tell: Callable[[int, int, NDArray[np.uint8]], None],
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        start = ops.convert_to_tensor(_as_floats(images))
        chosen = ops.one_hot(ops.convert_to_tensor(labels, "int32"), self._classes, dtype="float32")
        terms = tuple(ops.convert_to_tensor(each, "float32") for each in (fooling.goal, fooling.epsilon / 255))
        state = _begin(start, self._method.begin(start))
        steps = fooling.most_steps
        # One look more than there are steps: the last one moves nothing, and sees where the step before it led.
        for until in range(TOLD_EVERY, steps + 1 + TOLD_EVERY, TOLD_EVERY):
            last = min(until, steps + 1)
            state = self._run(state, start, chosen, terms, ops.convert_to_tensor(last, "int32"))
            _, now, _, found, there, _, _ = state
            tell(min(last, steps), int(ops.sum(ops.cast(found, "int32"))), _as_pictures(now))
            if bool(ops.convert_to_numpy(ops.all(there))):
                break
        _, now, best, found, _, _, (taken, _) = state
        pictures = _as_pictures(ops.where(wide(found), best, now))
        return pictures, ops.convert_to_numpy(taken).astype(np.int64)

    @property
    def _classes(self) -> int:
        return int(self._model.output[LOGITS].shape[-1])

    def _logits(self, images: Any) -> Any:
        return self._model(images, training=False)[LOGITS]

    def _loop(self, state: Any, start: Any, chosen: Any, terms: Any, until: Any) -> Any:
        method = self._method

        def lead(images: Any) -> Any:
            return self._lead(self._logits(_rounded(images)), chosen)

        def goes_on(now: Any) -> Any:
            step, _, _, _, done, _, _ = now
            return ops.logical_and(step < until, ops.logical_not(ops.all(done)))

        def moved(now: Any) -> Any:
            step, images, best, found, done, nearest, (taken, own) = now
            value, gradient = value_and_gradient(lead, images)
            kept = _rounded(images)
            far = ops.sum(ops.square(kept - start), axis=(1, 2, 3))
            there = value >= terms[0]
            better = ops.logical_and(ops.logical_and(there, far < nearest), ops.logical_not(done))
            best = ops.where(wide(better), kept, best)
            taken = ops.where(better, step, ops.where(ops.logical_or(found, done), taken, step))
            found = ops.logical_or(found, there)
            if method.stops:
                done = ops.logical_or(done, there)
            onward, own_onward = method.move(Look(step, images, start, value, gradient, *terms), own)
            images = ops.where(wide(done), images, onward)
            return step + 1, images, best, found, done, ops.where(better, far, nearest), (taken, own_onward)

        return loop(goes_on, moved, state)

    def _lead(self, logits: Any, chosen: Any) -> Any:
        """Towards a label: its log-odds. Away from it: how far the likeliest other logit is above its own."""
        own = ops.sum(logits * chosen, axis=1)
        others = logits - FAR * chosen
        return ops.max(others, axis=1) - own if self._away else own - ops.logsumexp(others, axis=1)


def _begin(start: Any, own: Any) -> Any:
    """A loop's state.

    The step, the pictures; of each the best, whether it was found, whether it stands still, how far the best is; the
    steps that were taken, and what the method keeps.
    """
    count = start.shape[0]
    never = ops.zeros((count,), "bool")
    return (
        ops.convert_to_tensor(0, "int32"),
        start,
        start,
        never,
        never,
        ops.full((count,), FAR, "float32"),
        (ops.zeros((count,), "int32"), own),
    )


def _rounded(images: Any) -> Any:
    """To 8 bits; its gradient is that of no rounding."""
    return images + ops.stop_gradient(ops.round(images * 255) / 255 - images)


def _as_floats(pictures: NDArray[np.uint8]) -> Images:
    return np.divide(pictures, 255, dtype=np.float32)


def _as_pictures(images: Any) -> NDArray[np.uint8]:
    return np.rint(np.clip(ops.convert_to_numpy(images), 0, 1) * 255).astype(np.uint8)
