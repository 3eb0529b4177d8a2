"""Training a model, so that it can be killed at any moment and gone on with: photos in, a model and its metrics out."""

import hashlib
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any, Final

import anyio.from_thread
import anyio.to_thread
import numpy as np

from face_classifier.core.bundles import CENTROIDS, MANIFEST, BundleError, Manifest, read_manifest
from face_classifier.core.judging import Judged, judge
from face_classifier.core.material import DeviceError, Hooks, Learnt, Material, Progress, StateError
from face_classifier.core.recipes import Recipe
from face_classifier.core.report import report_html
from face_classifier.core.summaries import NAME as SUMMARIES
from face_classifier.core.summaries import event_file
from face_classifier.ports import Learner, ModelStore

RECIPE: Final = "recipe.json"
METRICS: Final = "metrics.json"
CURVE: Final = "curve.json"
CURVE_NAMES: Final = ("training/loss", "training/accuracy")
REPORT: Final = "report.html"
CHECKPOINT: Final = "checkpoint.json"
CHECKPOINTS_KEPT: Final = 2


class RunError(ValueError):
    """The run's folder cannot be used for this; the message says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        recipe: the training's settings.
        source: where the photos came from, for whoever repeats it.
        name: the model's.
        git: the code's revision, if it is known.
        every: steps after which a checkpoint is kept.
        seconds: or so long after the last one.
    """

    recipe: Recipe
    source: str
    name: str = "faces"
    git: str | None = None
    every: int = 200
    seconds: float = 300.0


@dataclass(slots=True)
class Training:
    """A training that goes on.

    Attributes:
        stop: set it, and the training keeps a checkpoint and stops.
        told: gets its progress.
    """

    stop: Event = field(default_factory=Event)
    told: Callable[[Progress], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Trained:
    """A training that is done; `judged` is None if it had been done before."""

    manifest: Manifest
    judged: Judged | None


async def train(
    run: ModelStore, material: Material, order: Order, learner: Learner, training: Training
) -> Trained | None:
    """Train a model in `run`, from its last checkpoint on if there is one; None if it was stopped.

    The run gets `recipe.json`, checkpoints, `metrics.json`, `curve.json`, `report.html`, TensorBoard's events, the
    model's files and, at the very end, its manifest.

    Raises:
        RunError: the run is of another recipe or of other photos, or its checkpoint is broken.
    """
    done = await _begin(run, material, order)
    if done is not None:
        return Trained(done, None)
    curve, state, spent = await _resume(run)
    began = time.monotonic()
    keeper = _Keeper(run, order, curve, spent=spent, began=began, chief=learner.chief)

    def told(progress: Progress) -> None:
        curve.append([progress.step, progress.loss, progress.accuracy])
        training.told(progress)

    hooks = Hooks(told=told, due=keeper.due, keep=keeper.keep, stop=training.stop, state=state)
    try:
        learnt = await anyio.to_thread.run_sync(learner.learn, material, order.recipe, hooks)
    except DeviceError as error:
        raise RunError(str(error)) from error
    except StateError as error:
        raise RunError(f"{error}: choose another folder") from error
    if learnt is None or not learner.chief:
        return None
    judged = await anyio.to_thread.run_sync(judge, material, learnt)
    seconds = spent + time.monotonic() - began
    shown = order.recipe.steps * order.recipe.batch
    judged.metrics.update(seconds=round(seconds, 3), images_per_second=round(shown / seconds, 1), about=learnt.about)
    await run.put_json(CURVE, curve)
    await run.put(SUMMARIES, event_file(curve, CURVE_NAMES, time.time()))
    await run.put_json(METRICS, judged.metrics)
    about = _manifest(material, order, judged)
    await run.put(REPORT, (await anyio.to_thread.run_sync(report_html, about, judged, material, curve)).encode())
    manifest = await run.put_model(about, _files(learnt, judged))
    await run.keep_only_last("checkpoints/", 0)
    return Trained(manifest, judged)


async def _begin(run: ModelStore, material: Material, order: Order) -> Manifest | None:
    """Say what the run is of, or see that it was begun with the same; gives its manifest if it is done."""
    said = {
        "recipe": order.recipe.as_json(),
        "data_set": {"source": order.source, "sha256": material.sha256},
        "name": order.name,
        "git": order.git,
    }
    before = await run.read(RECIPE)
    if before is None:
        await run.put_json(RECIPE, said)
    else:
        try:
            found: Any = json.loads(before)
            same = found["recipe"] == said["recipe"]
            same_photos = found["data_set"]["sha256"] == material.sha256
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{RECIPE} cannot be read: choose another folder") from error
        if not same or not same_photos:
            what = "other settings" if not same else "other photos"
            raise RunError(f"here is a training with {what} already: choose another folder")
    data = await run.read(MANIFEST)
    if data is None:
        return None
    try:
        return read_manifest(data)
    except BundleError as error:
        raise RunError(f"{error}: choose another folder") from error


async def _resume(run: ModelStore) -> tuple[list[list[float]], bytes | None, float]:
    """The curve so far, the state to go on from, and the seconds that were spent."""
    data = await run.read(CHECKPOINT)
    if data is None:
        return [], None, 0.0
    try:
        said: Any = json.loads(data)
        state = await run.read(said["file"])
        if state is None or hashlib.sha256(state).hexdigest() != said["sha256"]:
            raise RunError(f"{said['file']} is not the checkpoint that {CHECKPOINT} names: choose another folder")
        return [[float(each) for each in row] for row in said["curve"]], state, float(said["seconds"])
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, RunError):
            raise
        raise RunError(f"{CHECKPOINT} cannot be read: choose another folder") from error


class _Keeper:
    """Keeps checkpoints, from the thread that trains: the state first, then what names it."""

    def __init__(
        self, run: ModelStore, order: Order, curve: list[list[float]], *, spent: float, began: float, chief: bool
    ) -> None:
        self._run, self._order, self._curve = run, order, curve
        self._spent, self._began, self._chief = spent, began, chief
        self._last = began

    def due(self, step: int) -> bool:
        """Whether one is due after so many steps."""
        late = time.monotonic() - self._last >= self._order.seconds
        return self._chief and (step % self._order.every == 0 or late)

    def keep(self, step: int, state: bytes) -> None:
        """Keep one."""
        if self._chief:
            anyio.from_thread.run(self._put, step, state)
            self._last = time.monotonic()

    async def _put(self, step: int, state: bytes) -> None:
        name = f"checkpoints/{step:09}.npz"
        await self._run.put(name, state)
        said = {
            "step": step,
            "file": name,
            "sha256": hashlib.sha256(state).hexdigest(),
            "seconds": self._spent + time.monotonic() - self._began,
            "curve": self._curve,
        }
        await self._run.put_json(CHECKPOINT, said)
        await self._run.put(SUMMARIES, event_file(self._curve, CURVE_NAMES, time.time()))
        await self._run.keep_only_last("checkpoints/", CHECKPOINTS_KEPT)


def _manifest(material: Material, order: Order, judged: Judged) -> Manifest:
    kept = ("top1", "top3", "calibration_error", "strangers", "photos", "seconds", "images_per_second")
    return Manifest(
        name=order.name,
        architecture=order.recipe.architecture,
        labels=material.labels,
        temperature=judged.temperature,
        unknown=judged.unknown,
        drawn=material.drawn,
        data_set=material.sha256,
        metrics={name: judged.metrics[name] for name in kept},
        settings=order.recipe.as_json(),
        git=order.git,
        created_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )


def _files(learnt: Learnt, judged: Judged) -> dict[str, bytes]:
    file = io.BytesIO()
    np.save(file, judged.centroids, allow_pickle=False)
    return {**learnt.files, CENTROIDS: file.getvalue()}
