"""Optimal inputs on the command line, of a model and a photo that are drawn; and the pictures that show them."""

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from face_classifier.__main__ import cli
from face_classifier.adapters.bundles import Models, put_bundle
from face_classifier.core.bundles import Manifest, Unknown
from face_classifier.core.datasets import Label
from face_classifier.core.exhibits import Exhibit, difference, grid, percent
from face_classifier.core.fooling import Fooled, Fooling, FoolingError, Step
from face_classifier.core.pictures import read_picture
from face_classifier.core.survival import as_jpeg, middle, resized, with_middle
from face_classifier.usecases.fooling import Wish, noise, optimal_inputs, targets_of
from genba_servicekit.objects import FolderStore

MANIFEST = Manifest(
    name="drawn",
    architecture="resnet",
    labels=(Label("aoi", "Aoi"), Label("ren", "蓮"), Label("mei", "Mei"), Label("mei-2", "Mei")),
    temperature=1.0,
    unknown=Unknown(0.5, 0.5),
    data_set="ab" * 32,
    created_at="2026-11-28T07:00:00Z",
    drawn=True,
)


class Brightness:
    """Fulfils `ports.Fooler`: the brighter a picture is, the higher the number of its label."""

    def fool(self, images: Any, labels: Any, fooling: Fooling, told: Callable[[Step], None]) -> Fooled:
        """Make them as bright as their label has it; of the last one it is not able."""
        pictures = np.array([np.full_like(images[0], min(20 + 64 * label, 160)) for label in labels])
        told(Step(7, fooling.steps_of(len(images)), 0, len(images), pictures))
        after = self.probabilities(pictures)
        reached = after[np.arange(len(labels)), labels] >= fooling.probability
        return Fooled(pictures, np.full(len(labels), 7), self.probabilities(images), after, reached)

    def probabilities(self, images: Any) -> Any:
        """0.9995 of the label that is as bright."""
        found = np.clip(images.mean(axis=(1, 2, 3)).astype(int) // 64, 0, 3)
        return np.where(np.arange(4) == found[:, None], 0.9995, 0.0005 / 3)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "out")


async def test_what_is_kept_says_and_shows_all_of_it(store: FolderStore) -> None:
    heard: list[Step] = []
    wish = Wish(noise(1), "noise", (0, 1, 2, 3), Fooling())
    said = await optimal_inputs(Models(store), MANIFEST, Brightness(), wish, heard.append)
    assert json.loads(await store.get("result.json")) == said
    assert [each.step for each in heard] == [7]
    assert (said["reached"], said["method"], said["from"]) == (3, "l2-momentum", "noise")
    assert [row["reached"] for row in said["targets"]] == [True, True, True, False]
    assert [each["id"] for each in said["targets"][1]["after"]] == ["ren", "aoi", "mei"]
    assert said["targets"][0]["before"][0]["id"] == "mei"
    names = {info.key async for info in store.find()}
    assert names == {"result.json", "all.png", "survival.svg"} | {
        f"{label.id}{end}.png" for label in MANIFEST.labels for end in ("", "-compared")
    }
    kept = np.asarray(Image.open(io.BytesIO(await store.get("mei.png"))))
    assert (middle(kept) == 148).all()
    assert (kept[0] == wish.start[0]).all()
    assert said["survival"]["jpeg"][0] == {"at": 100, "first": 0.75, "sure": 0.75, "median": 0.9995}
    assert (await store.get("survival.svg")).startswith(b"<svg")


async def test_one_target_needs_no_grid(store: FolderStore) -> None:
    await optimal_inputs(Models(store), MANIFEST, Brightness(), Wish(noise(), "noise", (1,), Fooling()))
    assert "all.png" not in {info.key async for info in store.find()}


def test_targets_are_named_by_id_or_by_name() -> None:
    assert targets_of(MANIFEST, ["mei-2", "蓮", "ren"]) == (3, 1)
    assert targets_of(MANIFEST, ["aoi", "all"]) == (0, 1, 2, 3)
    for wanted, reason in (
        (["Mei"], "knows several 'Mei'"),
        (["x"], "knows nobody by the name 'x'"),
        ([], "no target"),
    ):
        with pytest.raises(FoolingError, match=reason):
            targets_of(MANIFEST, wanted)


def test_a_difference_is_magnified_about_grey() -> None:
    before = np.full((4, 4, 3), 100, np.uint8)
    after = before.copy()
    after[1, 1] = 105
    after[2, 2] = 99
    shown, times = difference(before, after)
    assert times == pytest.approx(127 / 5)
    assert (shown[0, 0, 0], shown[1, 1, 0], shown[2, 2, 0]) == (128, 255, 103)
    assert (difference(before, before)[0] == 128).all()


@pytest.mark.parametrize(("pictures", "columns", "rows"), [(1, 2, 1), (12, 5, 3), (35, 9, 4)])
def test_a_grid_is_wider_than_high_and_leaves_few_places_free(pictures: int, columns: int, rows: int) -> None:
    one = Exhibit("Aoi", noise(1)[:96, :96], 0.9991, reached=True)
    sheet = grid("title", "subtitle", one.seen, [one] * pictures)
    assert (sheet.width - 48) // 208 == columns
    assert (sheet.height - 156) // 254 == rows


def test_what_is_not_certain_is_not_shown_as_certain() -> None:
    assert [percent(each) for each in (0.5, 0.98765, 0.99999, 1.0)] == ["50.0%", "98.8%", "99.99%", "100.00%"]


def test_treatments_keep_the_size_and_change_the_picture() -> None:
    crop = noise(2)
    for treated in (as_jpeg(crop, 90), resized(crop, 0.5)):
        assert treated.shape == crop.shape
        assert (treated != crop).any()
    assert (middle(with_middle(crop, middle(noise(3)))) == middle(noise(3))).all()


def run(*args: object, code: int) -> Result:
    done = CliRunner().invoke(cli, ["optimal-input", *map(str, args)], env={"COLUMNS": "160"})
    assert done.exit_code == code, done.output
    assert code == 0 or not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    return done


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that nobody has trained, of four people."""
    keras = pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")
    from face_classifier.learning.learner import to_keras  # noqa: PLC0415  (Keras takes seconds to load)
    from face_classifier.learning.networks import NETWORKS  # noqa: PLC0415

    keras.utils.set_random_seed(1)
    folder = tmp_path_factory.mktemp("model")
    network = NETWORKS["resnet"](4)
    network.get_layer("logits").kernel.assign(network.get_layer("logits").kernel * 20)
    files = {"model.keras": to_keras(network)}
    anyio.run(put_bundle, FolderStore(folder), "", MANIFEST, files)
    return folder


def test_the_command_makes_what_it_says_it_has_made(model: Path, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(noise(5)).save(photo)
    out = tmp_path / "out"
    asked = ("--target", "Aoi", "--target", "ren", "--from", photo, "--probability", 0.9, "-o", out)
    done = run(model / "model.keras", *asked, code=0)
    said = json.loads((out / "result.json").read_text())
    assert said["reached"] == 2
    assert said["from"] == "photo.png"
    assert all(row["probability"] >= 0.9 for row in said["targets"])
    assert "2 of 2 reached" in done.stdout
    with Image.open(out / "aoi.png") as kept:
        assert kept.size == (112, 112)


def test_what_was_not_reached_has_an_exit_code(model: Path, tmp_path: Path) -> None:
    asked = ("--target", "all", "--steps", 1, "--method", "adam2016", "-o", tmp_path / "out")
    assert "not reached" in run(model, *asked, code=1).stdout
    lines = [json.loads(line) for line in run(model, *asked, "--events", code=1).stdout.splitlines()]
    picture = base64.b64decode(lines[0].pop("picture"))
    assert read_picture(picture).shape == (96, 96, 3)
    assert lines[0] == {"step": 1, "steps": 1, "reached": lines[-1]["done"]["reached"]}
    assert lines[-1]["done"] == json.loads((tmp_path / "out/result.json").read_text())


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("--target", "nobody"), "knows nobody by the name 'nobody'"),
        (("--target", "aoi", "--probability", "nan"), "probability is over 0 and under 1"),
        (("--target", "aoi", "--epsilon", "0"), "epsilon is over 0"),
        (("--target", "aoi", "--from", "nowhere.png"), "nowhere.png: No such file"),
        (("--target", "aoi", "--from", __file__), "no picture in JPEG, PNG"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    model: Path, tmp_path: Path, asked: tuple[str, ...], reason: str
) -> None:
    done = run(model, *asked, "-o", tmp_path / "out", code=2)
    assert reason in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_photo_without_a_face_is_refused(model: Path, tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "grey.png")
    asked = ("--target", "aoi", "--from", tmp_path / "grey.png", "-o", tmp_path / "out")
    assert "there is no face" in run(model, *asked, code=2).stderr


def test_models_that_are_none_are_refused(model: Path, tmp_path: Path) -> None:
    asked = ("--target", "aoi", "-o", tmp_path / "out")
    assert "there is no such folder" in run(tmp_path / "none", *asked, code=2).stderr
    assert "there is no manifest.json" in run(tmp_path, *asked, code=2).stderr
    torn = tmp_path / "torn"
    data = (model / "model.keras").read_bytes()
    for broken, manifest, reason in (
        (b"PK\x03\x04", MANIFEST, "model.keras cannot be loaded"),
        (data, replace(MANIFEST, labels=MANIFEST.labels[:2]), "does not make 2 logits"),
    ):
        anyio.run(put_bundle, FolderStore(torn), "", manifest, {"model.keras": broken})
        assert reason in run(torn, *asked, code=2).stderr
    (torn / "model.keras").write_bytes(data + b"x")
    assert "is not the file that the manifest names" in run(torn, *asked, code=2).stderr
