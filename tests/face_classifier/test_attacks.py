"""Optimal inputs against small networks: what every method has to do, on TensorFlow and on JAX."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")

from keras import layers  # noqa: E402

from face_classifier.core.fooling import STEPS, Fooled, Fooling, Step, distance  # noqa: E402
from face_classifier.learning.attacks import Attack  # noqa: E402
from face_classifier.learning.networks import Standardise  # noqa: E402

CLASSES = 5
SIDE = 12
LOOKS = np.random.default_rng(7).integers(60, 196, (9, SIDE, SIDE, 3), np.uint8)


def network() -> Any:
    keras.utils.set_random_seed(3)
    images = layers.Input((SIDE, SIDE, 3), name="images")
    x = Standardise()(images)
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    embedding = layers.GlobalAveragePooling2D(name="embedding")(layers.Conv2D(16, 3, activation="relu")(x))
    logits = layers.Dense(CLASSES, name="logits", kernel_initializer=keras.initializers.RandomNormal(stddev=20))
    return keras.Model(images, {"logits": logits(embedding), "embedding": embedding})


@pytest.fixture(scope="module")
def model() -> Any:
    return network()


def others(model: Any) -> np.ndarray:
    """Of each picture a label that the model does not give it."""
    said = np.asarray(model(LOOKS / np.float32(255))["logits"]).argmax(1)
    return np.asarray((said + 1 + np.arange(len(LOOKS)) % (CLASSES - 1)) % CLASSES)


def fooled(model: Any, fooling: Fooling) -> Fooled:
    attack = Attack(model, fooling.method, away=fooling.away)
    return attack.run(LOOKS, others(model), fooling)


@pytest.mark.parametrize("method", sorted(STEPS))
def test_each_method_leads_to_the_target_and_the_model_says_so_of_what_is_kept(model: Any, method: str) -> None:
    sure = 0.6 if method == "fgsm" else 0.999  # one gradient leads only so far
    found = fooled(model, Fooling(method, probability=sure, epsilon=60, steps=1_000))
    target = others(model)
    said = np.asarray(keras.ops.softmax(model(found.pictures / np.float32(255))["logits"]))
    mine = said[np.arange(len(target)), target]
    assert found.reached.tolist() == (mine >= sure).tolist()
    assert found.reached.mean() >= (0.5 if method == "fgsm" else 1)
    assert found.after == pytest.approx(said, abs=1e-4)
    assert (found.before.argmax(1) != target).all()
    assert (found.steps[found.reached] >= 1).all()
    assert found.pictures.dtype == np.uint8


def test_frozen_means_that_no_weight_moves(model: Any) -> None:
    before = [keras.ops.convert_to_numpy(each).copy() for each in model.weights]
    fooled(model, Fooling(steps=20))
    after = [keras.ops.convert_to_numpy(each) for each in model.weights]
    assert all((one == other).all() for one, other in zip(before, after, strict=True))


def test_a_picture_that_is_there_already_stays_as_it_is(model: Any) -> None:
    attack = Attack(model, "l2-momentum")
    there = attack.probabilities(LOOKS).argmax(1)
    found = attack.run(LOOKS, there, Fooling(probability=1 / CLASSES))
    assert (found.pictures == LOOKS).all()
    assert not found.steps.any()
    assert found.reached.all()


def test_steps_are_kept_to_and_what_was_not_reached_is_said(model: Any) -> None:
    found = fooled(model, Fooling(steps=1))
    assert (found.steps <= 1).all()
    assert not found.reached.all()
    assert not (found.pictures == LOOKS).all()


@pytest.mark.parametrize("method", ["pgd", "fgsm"])
def test_no_number_goes_further_than_epsilon(model: Any, method: str) -> None:
    found = fooled(model, Fooling(method, epsilon=3))
    apart = np.abs(found.pictures.astype(int) - LOOKS)
    assert 0 < apart.max() <= 3


def test_carlini_and_wagner_end_nearer_than_adam(model: Any) -> None:
    def mean(method: str) -> float:
        pictures = fooled(model, Fooling(method)).pictures
        return float(np.mean([distance(one, other).l2 for one, other in zip(LOOKS, pictures, strict=True)]))

    assert mean("cw") < 0.8 * mean("adam2016")


def test_away_from_a_label_is_done_when_another_is_likelier(model: Any) -> None:
    attack = Attack(model, "deepfool", away=True)
    truth = attack.probabilities(LOOKS).argmax(1)
    found = attack.run(LOOKS, truth, Fooling("deepfool", away=True))
    assert found.reached.all()
    assert (found.after.argmax(1) != truth).all()
    assert (found.after.max(1) < 0.9).any()


def test_progress_is_told_along_the_way_with_pictures(model: Any) -> None:
    heard: list[Step] = []
    found = Attack(model, "cw").run(LOOKS, others(model), Fooling("cw", steps=25), heard.append)
    assert [(each.step, each.steps) for each in heard] == [(10, 25), (20, 25), (25, 25)]
    assert heard[-1].pictures.shape == LOOKS.shape
    assert heard[-1].reached == found.reached.sum()


def test_several_batches_are_as_one(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    together = fooled(model, Fooling())
    monkeypatch.setattr("face_classifier.learning.attacks.AT_ONCE", 5)
    apart = fooled(model, Fooling())
    assert np.abs(together.pictures.astype(int) - apart.pictures).max() <= 1
    assert apart.reached.all()


def test_jax_finds_what_tensorflow_finds(model: Any, tmp_path: Path) -> None:
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "asked.npz", looks=LOOKS, labels=others(model))
    program = """if True:
        import sys, numpy as np, keras
        from face_classifier.core.fooling import Fooling
        from face_classifier.learning.attacks import Attack
        model = keras.saving.load_model(sys.argv[1] + "/model.keras")
        asked = np.load(sys.argv[1] + "/asked.npz")
        found = Attack(model, "l2-momentum").run(asked["looks"], asked["labels"], Fooling())
        np.save(f"{sys.argv[1]}/found.npy", found.pictures)
        assert keras.backend.backend() == "jax"
    """
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, env=environment, timeout=120)
    theirs = np.load(tmp_path / "found.npy").astype(int)
    assert np.abs(theirs - fooled(model, Fooling()).pictures).mean() < 0.5
