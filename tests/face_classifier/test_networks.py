"""The networks and what becomes of them: in Keras itself, which takes seconds to load, so all of it is here."""

import numpy as np
import onnxruntime
import pytest

keras = pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")

from keras import layers  # noqa: E402

from face_classifier.core.augmentation import Feed  # noqa: E402
from face_classifier.core.material import Hooks, StateError  # noqa: E402
from face_classifier.core.recipes import Recipe  # noqa: E402
from face_classifier.learning.devices import Devices  # noqa: E402
from face_classifier.learning.exporting import ExportError, to_onnx  # noqa: E402
from face_classifier.learning.networks import NETWORKS, Standardise  # noqa: E402
from face_classifier.learning.training import Trainer  # noqa: E402


def noise(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).random((count, 96, 96, 3), np.float32)


def test_standardising_is_as_its_definition_and_blank_pictures_become_zeros() -> None:
    images = noise()
    images[1] = 0.5
    found = np.asarray(Standardise()(images))
    for picture, wanted in zip(images, found, strict=True):
        deviation = max(picture.std(), 1 / np.sqrt(picture.size))
        assert wanted == pytest.approx((picture - picture.mean()) / deviation, abs=1e-4)
    assert not found[1].any()


@pytest.mark.parametrize(("name", "parameters"), [("resnet", 610_691), ("cnn2016", 1_437_275)])
def test_onnx_says_what_keras_says(name: str, parameters: int) -> None:
    model = NETWORKS[name](35)
    assert model.count_params() == parameters
    rng = np.random.default_rng(1)
    for each in model.weights:  # as after a training: fresh ones normalise nothing
        if len(each.shape) == 1:
            each.assign(rng.random(each.shape) + 0.5)
    session = onnxruntime.InferenceSession(to_onnx(model), providers=["CPUExecutionProvider"])
    logits, embedding = session.run(["logits", "embedding"], {"images": noise()})
    wanted = model(noise())
    assert logits == pytest.approx(np.asarray(wanted["logits"]), abs=1e-3)
    assert embedding == pytest.approx(np.asarray(wanted["embedding"]), abs=1e-3)


def test_what_cannot_be_exported_is_named() -> None:
    images = layers.Input((96, 96, 3))
    odd = layers.Conv2D(2, 3, activation="gelu", name="odd")(images)
    with pytest.raises(ExportError, match="odd is activated by gelu"):
        to_onnx(keras.Model(images, {"logits": odd, "embedding": odd}))
    odder = layers.SpatialDropout2D(0.5, name="odder")(images)
    with pytest.raises(ExportError, match="odder is a SpatialDropout2D"):
        to_onnx(keras.Model(images, {"logits": odder, "embedding": odder}))


@pytest.mark.parametrize("adversarial", [0.0, 4.0])
def test_a_state_is_gone_on_from_bit_by_bit(adversarial: float) -> None:
    recipe = Recipe(steps=6, batch=4, adversarial=adversarial)
    rng = np.random.default_rng(0)
    feed = Feed(rng.integers(0, 256, (8, 112, 112, 3), np.uint8), np.arange(8) % 2, 4, 0)
    states: dict[int, bytes] = {}
    one = Trainer(recipe, feed, 2, Devices("cpu"))
    assert one.run(Hooks(due=lambda step: step in {2, 4}, keep=states.__setitem__))
    other = Trainer(recipe, feed, 2, Devices("cpu"))
    other.restore(states[2])
    again: dict[int, bytes] = {}
    assert other.run(Hooks(due=lambda step: step == 4, keep=again.__setitem__))
    assert again[4] == states[4]
    for mine, theirs in zip(one.model.weights, other.model.weights, strict=True):
        assert (mine.numpy() == theirs.numpy()).all()
    for broken, reason in ((b"torn", "cannot be read"), (states[2][:5_000], "cannot be read")):
        with pytest.raises(StateError, match=reason):
            other.restore(broken)
    with pytest.raises(StateError, match="another network"):
        Trainer(recipe, feed, 3, Devices("cpu")).restore(states[2])
