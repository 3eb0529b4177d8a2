"""How much change it takes to lead a model astray: the curves, and the command that draws them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from face_classifier.__main__ import cli
from face_classifier.adapters.bundles import Models, put_bundle
from face_classifier.core.bundles import Manifest, Unknown
from face_classifier.core.datasets import Label
from face_classifier.core.fooling import Fooled, Fooling, FoolingError, Step
from face_classifier.core.material import STRANGER, Material
from face_classifier.core.recipes import Recipe
from face_classifier.core.robustness import judged
from face_classifier.usecases.robustness import photos_of, recipe_for, robustness, rounds
from genba_servicekit.objects import FolderStore

MANIFEST = Manifest(
    name="drawn",
    architecture="resnet",
    labels=(Label("person-02", "Ren"), Label("person-01", "Aoi"), Label("person-03", "Mei")),
    temperature=1.0,
    unknown=Unknown(0.5, 0.5),
    data_set="ab" * 32,
    created_at="2026-11-28T07:00:00Z",
    settings=Recipe(split="first-2", faces="whole", kept_back=("person-09",)).as_json(),
)
SEEN = np.full((4, 96, 96, 3), 100, np.uint8)
TRUTH = np.array([0, 0, 1, 1])


class Levels:
    """Fulfils `ports.Fooler`: pictures over 102 are of label 1, and it goes up level by level as far as it may."""

    def __init__(self) -> None:
        self.asked: list[Fooling] = []

    def fool(self, images: Any, labels: Any, fooling: Fooling, told: Callable[[Step], None]) -> Fooled:
        """Brighten them."""
        self.asked.append(fooling)
        told(Step(fooling.most_steps, fooling.most_steps, 0, 0, images))
        after = images + np.uint8(min(fooling.epsilon, 3))
        reached = self.probabilities(after).argmax(1) != labels
        return Fooled(
            after, np.ones(len(labels), np.int64), self.probabilities(images), self.probabilities(after), reached
        )

    def probabilities(self, images: Any) -> Any:
        """Certain."""
        return np.eye(3)[(images.mean(axis=(1, 2, 3)) > 102).astype(int)]


def test_a_curve_is_the_share_that_needs_more() -> None:
    found = judged("pgd", np.array([0.0, 3.0, 8.0, np.inf]))
    assert dict(found.curve) == {0: 0.75, 1: 0.75, 2: 0.75, 3: 0.5, 4: 0.5, 6: 0.5, 8: 0.25, 12: 0.25, 16: 0.25}
    assert (found.accuracy, found.success, found.median) == (0.75, 2 / 3, 8)
    assert found.as_json()["norm"] == "linf"


def test_half_that_is_never_led_astray_has_no_radius() -> None:
    assert judged("cw", np.array([np.inf, np.inf, 1.0])).median is None
    assert judged("cw", np.array([0.0])).success == 0
    with pytest.raises(FoolingError, match="no photo"):
        judged("cw", np.array([]))


async def test_each_photo_counts_by_the_least_radius_that_did(tmp_path: Path) -> None:
    fooler = Levels()
    heard: list[int] = []
    store = FolderStore(tmp_path)
    methods = ["pgd", "l2-momentum"]
    said = await robustness(Models(store), MANIFEST, fooler, SEEN, TRUTH, methods, heard.append)
    assert json.loads(await store.get("robustness.json")) == said
    assert said["accuracy"] == 0.5
    pgd, l2 = said["methods"]
    assert pgd["curve"][:4] == [[0, 0.5], [1, 0.5], [2, 0.5], [3, 0]]
    assert l2["median"] == pytest.approx(3 / 255 * np.sqrt(96 * 96 * 3), abs=1e-3)
    assert [each.epsilon for each in fooler.asked if each.method == "pgd"] == [1, 2, 3]  # no more is left
    assert all(each.away for each in fooler.asked)
    assert sum(heard) == rounds(methods)
    assert b"l2-momentum" in await store.get("robustness.svg")
    with pytest.raises(FoolingError, match="method is one of"):
        await robustness(Models(store), MANIFEST, fooler, SEEN, TRUTH, ["adam2016"])


def material(*labels: str) -> Material:
    count = len(labels)
    return Material(
        labels=tuple(Label(each, each) for each in sorted(set(labels))),
        keys=tuple(f"{each}/{number}" for number, each in enumerate(labels)),
        crops=np.arange(count, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 112, 112, 3), np.uint8),
        truth=np.array([sorted(set(labels)).index(each) for each in labels]),
        learnt=np.arange(count) % 2 == 0,
        sha256="ab" * 32,
    )


def test_photos_are_those_that_were_not_learnt_of_people_whom_the_model_knows() -> None:
    made = material("person-01", "person-01", "person-02", "person-02", "person-05", "person-05")
    seen, truth = photos_of(MANIFEST, made, 10, 0)
    assert seen[:, 0, 0, 0].tolist() == [1, 3]
    assert truth.tolist() == [1, 0]
    everything, _ = photos_of(MANIFEST, replace(made, learnt=np.ones(6, bool)), 10, 0)
    assert everything[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert len(photos_of(MANIFEST, replace(made, learnt=np.ones(6, bool)), 3, 0)[1]) == 3
    kept_back = replace(made, truth=np.where(made.truth == 0, STRANGER, made.truth))
    assert photos_of(MANIFEST, kept_back, 10, 0)[1].tolist() == [0]
    with pytest.raises(FoolingError, match="none of these people"):
        photos_of(MANIFEST, material("x", "y"), 10, 0)


def test_a_manifest_that_does_not_say_how_it_was_trained_is_refused() -> None:
    assert recipe_for(MANIFEST) == Recipe(split="first-2", faces="whole")
    with pytest.raises(FoolingError, match="does not say how"):
        recipe_for(replace(MANIFEST, settings={"moon": 1}))


def run(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, [str(each) for each in args], env={"COLUMNS": "160"})
    assert done.exit_code == code, done.output
    return done


def test_the_command_draws_the_curves_of_a_model(tmp_path: Path) -> None:
    pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")
    from face_classifier.learning.learner import to_keras  # noqa: PLC0415  (Keras takes seconds to load)
    from face_classifier.learning.networks import NETWORKS  # noqa: PLC0415

    photos, model, out = (tmp_path / name for name in ("photos", "model", "out"))
    run("dataset", "make", photos, "--people", 3, "--photos", 4, "--size", 112)
    files = {"model.keras": to_keras(NETWORKS["resnet"](3))}
    anyio.run(put_bundle, FolderStore(model), "", MANIFEST, files)
    asked = ("robustness", model, photos, "-o", out, "--photos", 5)
    done = run(*asked, "--method", "fgsm")
    assert "5 photos" in done.stdout
    said = json.loads((out / "robustness.json").read_text())
    assert [each["method"] for each in said["methods"]] == ["fgsm"]
    for each in said["methods"]:
        shares = [share for _, share in each["curve"]]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] == said["accuracy"]
    assert (out / "robustness.svg").read_text().startswith("<svg")
    assert "--method is one of" in run(*asked, "--method", "magic", code=2).stderr
    assert "there are no photos" in run("robustness", model, tmp_path / "none", "-o", out, code=2).stderr
