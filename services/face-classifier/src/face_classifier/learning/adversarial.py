"""Pictures that mislead the model as it is while it learns: learning from them makes it harder to fool."""

from typing import Any, Final

import keras
from keras import ops

from face_classifier.core.fooling import LEVELS
from face_classifier.learning.compiling import loop, value_and_gradient
from face_classifier.learning.networks import LOGITS

REACH: Final = 2.5
"""Times epsilon that all steps go together (arXiv:1706.06083): they reach its edge, and walk along it."""


def adversarial_batch(model: keras.Model, images: Any, labels: Any, epsilon: float, steps: int) -> Any:
    """The pictures, each changed by at most epsilon so that the model is least likely to see its label.

    Projected gradient in the L∞ ball (arXiv:1706.06083, without its random start) on the cross-entropy. Made of
    `keras.ops` and one loop: it can be part of a compiled training step, on TensorFlow and on JAX. The model is asked
    as it answers, and not as it learns: batch normalisation's statistics stay as they are.

    Args:
        model: pictures in; logits out, alone or as `learning.networks` names them.
        images: [n, height, width, 3] in [0, 1], float32.
        labels: [n, classes], a row's numbers sum to 1; or [n], by number.
        epsilon: of 255.
        steps: at least 1.

    Raises:
        ValueError: epsilon or steps is out of its range.
    """
    if not 0 < epsilon <= LEVELS or steps < 1:
        raise ValueError(f"epsilon is over 0 and up to {LEVELS}, steps is 1 or more; not {epsilon:g} and {steps}")
    start = ops.convert_to_tensor(images, "float32")
    reach = epsilon / LEVELS
    pace = reach * min(1.0, REACH / steps)
    low, high = ops.maximum(start - reach, 0.0), ops.minimum(start + reach, 1.0)

    def surprise(at: Any) -> Any:
        said = model(at, training=False)
        logits = said[LOGITS] if isinstance(said, dict) else said
        truth = labels if len(labels.shape) > 1 else ops.one_hot(labels, logits.shape[-1])
        return -ops.sum(ops.cast(truth, "float32") * ops.log_softmax(logits), axis=-1)

    def moved(state: Any) -> Any:
        step, at = state
        _, gradient = value_and_gradient(surprise, at)
        return step + 1, ops.clip(at + pace * ops.sign(gradient), low, high)

    _, found = loop(lambda state: state[0] < steps, moved, (ops.convert_to_tensor(0, "int32"), start))
    return ops.stop_gradient(found)
