"""What a run keeps, goes on from and refuses: with a learner that only counts, so that nothing takes long."""

import importlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from face_classifier.adapters.bundles import Models, get_bundle
from face_classifier.adapters.photos import Photos
from face_classifier.core.bundles import CENTROIDS
from face_classifier.core.datasets import DataSetError, Label
from face_classifier.core.material import Hooks, Learnt, Material, Progress, StateError
from face_classifier.core.recipes import Recipe, RecipeError, recipe_of
from face_classifier.usecases.cutting import cut_out
from face_classifier.usecases.making import make_photos
from face_classifier.usecases.training import Order, RunError, Trained, Training, train
from genba_servicekit.objects import FolderStore

RECIPE = Recipe(steps=30, split="first-3", kept_back=("person-04",), faces="whole")


class Counting:
    """Fulfils `ports.Learner`: its state is the number of the step, and it knows everybody whom it learnt."""

    chief = True

    def __init__(self, die_at: int = 1_000, stop_at: int = 1_000) -> None:
        self.die_at, self.stop_at = die_at, stop_at
        self.began: int | None = None

    def learn(self, material: Material, recipe: Recipe, hooks: Hooks) -> Learnt | None:
        """Count."""
        if hooks.state == b"torn":
            raise StateError("the state cannot be read")
        self.began = int(hooks.state or b"0")
        for step in range(self.began + 1, recipe.steps + 1):
            if step == self.die_at:
                raise RuntimeError("killed")
            if step % 10 == 0:
                hooks.told(Progress(step, recipe.steps, 1 / step, 0.5, 100.0, 1.0))
            if step == self.stop_at:
                hooks.stop.set()
            if hooks.due(step) or hooks.stop.is_set():
                hooks.keep(step, str(step).encode())
            if hooks.stop.is_set():
                return None
        known = np.eye(len(material.labels) + 1)[material.truth]
        return Learnt({"model.keras": b"keras", "model.onnx": b"onnx"}, 9 * known[:, :-1], known, {"backend": "none"})


class Mistaken(Counting):
    """Answers as if the material were another."""

    def __init__(self, material: Material) -> None:
        super().__init__()
        self.material = material

    def learn(self, material: Material, recipe: Recipe, hooks: Hooks) -> Learnt | None:
        """Count."""
        assert material.sha256 == self.material.sha256
        return super().learn(self.material, recipe, hooks)


@pytest.fixture
async def photos(tmp_path: Path) -> Photos:
    store = Photos(FolderStore(tmp_path / "photos"))
    await make_photos(store, people=4, photos=4, size=64, seed=1)
    return store


@pytest.fixture
async def material(photos: Photos) -> Material:
    return await cut_out(photos, RECIPE, None)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "run")


async def trained(store: FolderStore, material: Material, learner: Counting, **order: Any) -> Trained | None:
    what = Order(**{"recipe": RECIPE, "source": "photos", "every": 7, **order})
    return await train(Models(store), material, what, learner, Training())


async def test_material_is_parted_into_what_is_learnt_what_is_judged_and_strangers(material: Material) -> None:
    assert [label.id for label in material.labels] == ["person-01", "person-02", "person-03"]
    assert material.crops.shape == (16, 112, 112, 3)
    assert (material.learnt.sum(), material.judged.sum(), material.strangers.sum()) == (9, 3, 4)
    assert material.drawn


async def test_what_is_learnt_depends_on_the_photos_bytes(photos: Photos, material: Material) -> None:
    assert (await cut_out(photos, RECIPE, None)).sha256 == material.sha256
    await photos.put("person-01/001.png", await photos.read("person-02/001.png"))
    assert (await cut_out(photos, RECIPE, None)).sha256 != material.sha256


@pytest.mark.parametrize(
    ("kept_back", "reason"),
    [(("nobody",), "nobody 'nobody'"), (("person-01", "person-02", "person-03"), "photos of 1")],
)
async def test_who_cannot_be_kept_back_is_said(photos: Photos, kept_back: tuple[str, ...], reason: str) -> None:
    with pytest.raises(DataSetError, match=reason):
        await cut_out(photos, Recipe(kept_back=kept_back), None)


async def test_a_photo_that_cannot_be_read_is_named(photos: Photos) -> None:
    await photos.put("person-01/002.png", b"\x89PNG")
    with pytest.raises(DataSetError, match=r"person-01/002\.png: .*dataset check"):
        await cut_out(photos, RECIPE, None)


async def test_a_run_ends_as_a_model_with_its_metrics(store: FolderStore, material: Material) -> None:
    done = await trained(store, material, Counting())
    assert done is not None
    manifest, files = await get_bundle(store, ["model.keras", "model.onnx", CENTROIDS])
    assert manifest == done.manifest
    assert np.load(io.BytesIO(files[CENTROIDS])).shape == (3, 4)
    metrics = json.loads(await store.get("metrics.json"))
    assert metrics["top1"] == 1
    assert metrics["photos"] == {"learnt": 9, "judged": 3}
    assert metrics["strangers"]["auroc_distance"] == 1
    assert manifest.drawn
    assert recipe_of(manifest.settings) == RECIPE
    assert [row[0] for row in json.loads(await store.get("curve.json"))] == [10, 20, 30]
    assert not [info async for info in store.find("checkpoints/")]


async def test_a_run_has_its_curve_for_tensorboard(tmp_path: Path, store: FolderStore, material: Material) -> None:
    tf = pytest.importorskip("tensorflow", reason="no TensorFlow: the extra `cpu` brings it")
    event_pb2 = importlib.import_module("tensorflow.core.util.event_pb2")
    await trained(store, material, Counting())
    (path,) = (tmp_path / "run/tensorboard").iterdir()
    records = list(tf.data.TFRecordDataset(str(path)).as_numpy_iterator())  # checks every checksum
    events = [event_pb2.Event.FromString(record) for record in records]
    assert events[0].file_version == "brain.Event:2"
    told = [(event.step, {value.tag: value.simple_value for value in event.summary.value}) for event in events[1:]]
    assert [step for step, _ in told] == [10, 20, 30]
    assert told[0][1] == {"training/loss": pytest.approx(0.1), "training/accuracy": 0.5}


async def test_a_run_has_a_report_that_stands_alone(store: FolderStore, photos: Photos, material: Material) -> None:
    await trained(store, material, Counting())
    page = LexborHTMLParser((await store.get("report.html")).decode())
    assert page.css("dd")[0].text() == "100.0%"
    assert [each.text() for each in page.css("h2")] == [
        "Loss",
        "Accuracy in training",
        "Is it as sure as it is right?",
        "Strangers",
        "Who was taken for whom",
        "Each person",
        "The surest mistakes",
        "Settings",
    ]
    assert "they were drawn" in page.text()
    assert "There was none." in page.text()
    assert not page.css("script, link, [src^=http], [href]")


async def test_a_report_shows_mistakes_and_escapes_names(store: FolderStore, photos: Photos) -> None:
    await photos.put_labels([Label(f"person-0{number}", f"<b>{number}</b>") for number in range(1, 5)])
    material = await cut_out(photos, RECIPE, None)
    wrong = replace(material, truth=np.where(material.judged, (material.truth + 1) % 3, material.truth))
    await trained(store, material, Mistaken(wrong))
    page = LexborHTMLParser((await store.get("report.html")).decode())
    assert len(page.css(".mistakes img")) == 3
    assert not page.css("main b")
    assert "<b>1</b>" in page.text()


async def test_a_run_that_died_goes_on_from_its_last_checkpoint(store: FolderStore, material: Material) -> None:
    with pytest.raises(RuntimeError, match="killed"):
        await trained(store, material, Counting(die_at=25))
    assert [info.key async for info in store.find("checkpoints/")] == [
        "checkpoints/000000014.npz",
        "checkpoints/000000021.npz",
    ]
    again = Counting()
    assert await trained(store, material, again) is not None
    assert again.began == 21
    assert [row[0] for row in json.loads(await store.get("curve.json"))] == [10, 20, 30]


async def test_a_run_that_is_stopped_keeps_a_checkpoint_first(store: FolderStore, material: Material) -> None:
    assert await trained(store, material, Counting(stop_at=5)) is None
    again = Counting()
    await trained(store, material, again)
    assert again.began == 5


async def test_a_run_that_is_done_is_not_done_again(store: FolderStore, material: Material) -> None:
    first = await trained(store, material, Counting())
    again = Counting()
    second = await trained(store, material, again)
    assert again.began is None
    assert first is not None
    assert second is not None
    assert second.judged is None
    assert second.manifest == first.manifest


async def test_a_run_of_something_else_is_left_alone(store: FolderStore, photos: Photos, material: Material) -> None:
    await trained(store, material, Counting(stop_at=5))
    with pytest.raises(RunError, match="other settings"):
        await trained(store, material, Counting(), recipe=Recipe(steps=31))
    await photos.put("person-01/001.png", await photos.read("person-02/001.png"))
    with pytest.raises(RunError, match="other photos"):
        await trained(store, await cut_out(photos, RECIPE, None), Counting())


@pytest.mark.parametrize("broken", ["checkpoint.json", "checkpoints/000000005.npz", "recipe.json"])
async def test_a_broken_run_is_refused(store: FolderStore, material: Material, broken: str) -> None:
    await trained(store, material, Counting(stop_at=5))
    await store.put(broken, b"torn")
    with pytest.raises(RunError, match="choose another folder"):
        await trained(store, material, Counting())


async def test_of_several_machines_one_keeps_what_comes_of_it(store: FolderStore, material: Material) -> None:
    other = Counting()
    other.chief = False
    assert await trained(store, material, other) is None
    assert {info.key async for info in store.find()} <= {"recipe.json"}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"steps": 0}, "steps is from 1"),
        ({"steps": 1.5}, "steps has to be a whole number"),
        ({"steps": True}, "steps has to be a whole number"),
        ({"rate": float("nan")}, "rate is from"),
        ({"architecture": "vgg"}, "resnet, cnn2016"),
        ({"speed": 1}, "there is no setting 'speed'"),
        ({"kept_back": "one"}, "a list of texts"),
    ],
)
def test_a_recipe_that_trains_nothing_is_refused(said: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecipeError, match=reason):
        recipe_of(said)


def test_a_recipe_comes_back_from_json() -> None:
    assert recipe_of(json.loads(json.dumps(RECIPE.as_json()))) == RECIPE
    assert recipe_of({"rate": 1}).rate == 1.0
