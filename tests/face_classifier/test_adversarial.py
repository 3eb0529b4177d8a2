"""Pictures that mislead a model as it learns."""

from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")

from face_classifier.learning.adversarial import adversarial_batch  # noqa: E402
from face_classifier.learning.compiling import compiled  # noqa: E402

RNG = np.random.default_rng(0)
LABELS = np.arange(24) % 3
TINTS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])[LABELS][:, None, None, :]
IMAGES = (0.45 + 0.1 * RNG.random((24, 8, 8, 3)) + 0.08 * TINTS).astype(np.float32)


def network() -> Any:
    keras.utils.set_random_seed(1)
    images = keras.layers.Input((8, 8, 3))
    x = keras.layers.Conv2D(6, 3, activation="relu")(images)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.BatchNormalization(momentum=0.5)(x))
    return learner(keras.Model(images, keras.layers.Dense(3)(x)))


def linear() -> Any:
    keras.utils.set_random_seed(1)
    images = keras.layers.Input((8, 8, 3))
    return learner(keras.Model(images, keras.layers.Dense(3)(keras.layers.Flatten()(images))))


def learner(model: Any) -> Any:
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss=loss, metrics=["accuracy"])
    return model


def accuracy(model: Any, images: Any) -> float:
    said = keras.ops.convert_to_numpy(model(images, training=False))
    return float((said.argmax(1) == LABELS).mean())


def test_pictures_mislead_within_epsilon_and_leave_the_model_as_it_is() -> None:
    model = network()
    one_hot = np.eye(3, dtype=np.float32)[LABELS]
    for _ in range(60):
        model.train_on_batch(IMAGES, one_hot)
    weights = [keras.ops.convert_to_numpy(each).copy() for each in model.weights]
    found = keras.ops.convert_to_numpy(adversarial_batch(model, IMAGES, one_hot, 24, 5))
    assert np.abs(found - IMAGES).max() <= 24 / 255 + 1e-6
    assert 0 <= found.min() <= found.max() <= 1
    assert accuracy(model, found) < accuracy(model, IMAGES) == 1
    assert all((one == keras.ops.convert_to_numpy(two)).all() for one, two in zip(weights, model.weights, strict=True))


def test_it_is_the_same_compiled_and_with_labels_by_number() -> None:
    model = network()
    plain = keras.ops.convert_to_numpy(adversarial_batch(model, IMAGES, LABELS, 6, 3))
    run = compiled(model, lambda images, truth: adversarial_batch(model, images, truth, 6, 3))
    fast = run(keras.ops.convert_to_tensor(IMAGES), keras.ops.one_hot(keras.ops.convert_to_tensor(LABELS), 3))
    assert np.abs(keras.ops.convert_to_numpy(fast) - plain).mean() < 1e-4


def test_who_learns_from_them_is_fooled_less() -> None:
    hardened, usual = linear(), linear()
    one_hot = np.eye(3, dtype=np.float32)[LABELS]
    for _ in range(100):
        usual.train_on_batch(IMAGES, one_hot)
        hardened.train_on_batch(
            keras.ops.convert_to_numpy(adversarial_batch(hardened, IMAGES, one_hot, 11, 3)), one_hot
        )

    def fooled(model: Any) -> float:
        return accuracy(model, adversarial_batch(model, IMAGES, one_hot, 11, 5))

    assert fooled(hardened) > fooled(usual) + 0.1


@pytest.mark.parametrize(("epsilon", "steps"), [(0.0, 3), (float("nan"), 3), (256.0, 3), (8.0, 0)])
def test_what_is_out_of_range_is_refused(epsilon: float, steps: int) -> None:
    with pytest.raises(ValueError, match="epsilon is over 0"):
        adversarial_batch(network(), IMAGES, LABELS, epsilon, steps)
