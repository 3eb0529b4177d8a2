"""The command line's part that trains: `train`."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import anyio
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from face_classifier.adapters.bundles import Models
from face_classifier.adapters.photos import open_photos
from face_classifier.adapters.revision import git_revision
from face_classifier.adapters.silence import silence
from face_classifier.commands_detect import find_detector
from face_classifier.core.datasets import DataSetError
from face_classifier.core.material import DeviceError, Material, Progress
from face_classifier.core.recipes import Recipe, RecipeError
from face_classifier.core.splitting import RULES
from face_classifier.ports import Learner
from face_classifier.usecases.cutting import cut_out
from face_classifier.usecases.training import Order, RunError, Trained, Training, train
from genba_servicekit.cli import fail, progress
from genba_servicekit.objects import open_store

USUAL: Final = Recipe()


class Architecture(StrEnum):
    """A network."""

    RESNET = "resnet"
    CNN2016 = "cnn2016"


class Faces(StrEnum):
    """What of a photo is looked at."""

    DETECT = "detect"
    WHOLE = "whole"


class Device(StrEnum):
    """What is computed on."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


class Precision(StrEnum):
    """What is computed in."""

    AUTO = "auto"
    FLOAT32 = "float32"
    MIXED = "mixed_bfloat16"


def add_train_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("train")(train_command)


def train_command(  # noqa: PLR0917  (a command's options)
    where: Annotated[str, typer.Argument(metavar="DATASET", help="A folder, or s3://bucket/prefix.")],
    run: Annotated[str, typer.Option("--output", "-o", metavar="RUN", help="A folder, or s3://bucket/prefix.")],
    arch: Annotated[Architecture, typer.Option(help="The network.")] = Architecture.RESNET,
    split: Annotated[str, typer.Option(help=f"What is learnt from: {RULES}.")] = USUAL.split,
    faces: Annotated[Faces, typer.Option(help="Cut faces out, or take photos as faces.")] = Faces.DETECT,
    steps: Annotated[int, typer.Option(help="Batches that are shown.", min=1)] = USUAL.steps,
    batch: Annotated[int, typer.Option(help="Pictures in each.", min=1)] = USUAL.batch,
    rate: Annotated[float, typer.Option(help="Learning rate at its highest.")] = USUAL.rate,
    weight_decay: Annotated[float, typer.Option(help="Of AdamW.")] = USUAL.weight_decay,
    ema: Annotated[float, typer.Option(help="Of the weights' moving average; 0 for none.")] = USUAL.ema,
    label_smoothing: Annotated[float, typer.Option(help="Of the truth, given to others.")] = USUAL.label_smoothing,
    adversarial_training: Annotated[
        float, typer.Option(metavar="LEVELS", help="Mislead half of the pictures by so many of 255 levels.")
    ] = USUAL.adversarial,
    augment: Annotated[bool, typer.Option(help="Change pictures a little each time.")] = USUAL.augment,
    seed: Annotated[int, typer.Option(help="Of all that is by chance.", min=0)] = USUAL.seed,
    keep_back: Annotated[list[str] | None, typer.Option(metavar="LABEL", help="Judge by them as strangers.")] = None,
    name: Annotated[str, typer.Option(help="The model's name.")] = "faces",
    checkpoint_every: Annotated[int, typer.Option(metavar="STEPS", help="Keep a checkpoint so often.", min=1)] = 200,
    checkpoint_minutes: Annotated[float, typer.Option(help="Or after so long.", min=0.01)] = 5.0,
    device: Annotated[Device, typer.Option(help="auto: an accelerator if there is one.")] = Device.AUTO,
    devices: Annotated[str, typer.Option(help="How many of them, or all.")] = "1",
    precision: Annotated[Precision, typer.Option(help="auto: as fits the device.")] = Precision.AUTO,
    detector_model: Annotated[Path | None, typer.Option(help="YuNet (ONNX). [OpenCV's Haar cascade]")] = None,
    events: Annotated[bool, typer.Option("--events", help="Print progress as JSON lines.")] = False,
) -> None:
    """Train a model, and judge it by photos that it has not seen.

    Stopped or killed, it goes on from its last checkpoint when it is started again with the same words.
    KERAS_BACKEND=jax trains with JAX. Several machines: the same words on each, and TF_CONFIG as TensorFlow has it.
    """
    learner = _learner(device, devices)
    try:
        recipe = Recipe(
            architecture=arch,
            split=split,
            faces=faces,
            steps=steps,
            batch=batch,
            rate=rate,
            weight_decay=weight_decay,
            ema=ema,
            label_smoothing=label_smoothing,
            augment=augment,
            adversarial=adversarial_training,
            precision=learner.precision if precision is Precision.AUTO else precision,
            seed=seed,
            kept_back=tuple(keep_back or ()),
        )
    except RecipeError as error:
        fail(str(error))
    order = Order(recipe, where, name=name, git=git_revision(), every=checkpoint_every, seconds=checkpoint_minutes * 60)
    detector = find_detector(detector_model) if faces is Faces.DETECT else None
    console = Console(stderr=True)

    async def work() -> Trained | None:
        async with open_photos(where) as store:
            photos = len((await store.data_set()).photos)
            if not photos:
                fail(f"{where}: there are no photos; `face-classifier dataset import` or `make` puts some there")
            with progress("Cutting faces out", photos) as done:
                material = await cut_out(store, recipe, detector, done=done)
        return await _train(run, material, order, learner, telling=_lines if events else _bar)

    try:
        trained = anyio.run(work)
    except (DataSetError, RunError, OSError) as error:
        fail(f"{where}: {error}" if isinstance(error, DataSetError) else f"{run}: {error}")
    if trained is None:
        console.print(f"stopped; the same command goes on from the checkpoint in {run}", highlight=False)
    elif events:
        sys.stdout.write(json.dumps({"done": trained.manifest.metrics}) + "\n")
    else:
        _print(run, trained)


async def _train(
    run: str, material: Material, order: Order, learner: Learner, *, telling: Callable[[int], Any]
) -> Trained | None:
    """Train; SIGTERM and Ctrl-C make it keep a checkpoint and stop."""
    async with open_store(run) as store, anyio.create_task_group() as group:
        training = Training()

        async def heed() -> None:
            with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
                async for _ in signals:
                    training.stop.set()

        group.start_soon(heed)
        with telling(order.recipe.steps) as told:
            training.told = told
            trained = await train(Models(store), material, order, learner, training)
        group.cancel_scope.cancel()
    return trained


@contextmanager
def _bar(steps: int) -> Iterator[Callable[[Progress], None]]:
    columns = (
        TextColumn("Training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(
            "loss {task.fields[loss]:.3f}  accuracy {task.fields[accuracy]:.3f}  {task.fields[rate]:,.0f} images/s"
        ),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=steps, loss=float("nan"), accuracy=0.0, rate=0.0)

        def told(at: Progress) -> None:
            bar.update(task, completed=at.step, loss=at.loss, accuracy=at.accuracy, rate=at.rate)

        yield told


@contextmanager
def _lines(steps: int) -> Iterator[Callable[[Progress], None]]:
    del steps

    def told(at: Progress) -> None:
        sys.stdout.write(json.dumps(asdict(at)) + "\n")
        sys.stdout.flush()

    yield told


def _learner(device: Device, devices: str) -> Any:
    if devices != "all" and not (devices.isdecimal() and int(devices) > 0):
        fail(f"--devices is a number or all, not {devices!r:.20}")
    try:
        with silence():
            from face_classifier.learning.learner import KerasLearner  # noqa: PLC0415  (Keras takes seconds to load)

            return KerasLearner(device, None if devices == "all" else int(devices))
    except ImportError as error:
        fail(f"{error.name} is not installed: the package's extras cpu, gpu and jax bring what trains")
    except DeviceError as error:
        fail(str(error))


def _print(run: str, trained: Trained) -> None:
    said = trained.manifest.metrics
    photos = said["photos"]
    typer.echo(
        f"top-1 {said['top1']:.1%} on {photos['judged']:,} photos that it had not seen, "
        f"top-3 {said['top3']:.1%}, calibration error {said['calibration_error']:.3f}"
    )
    if said["strangers"]:
        strangers = said["strangers"]
        typer.echo(
            f"strangers: AUROC {strangers['auroc_distance']:.3f}, {strangers['found']:.0%} found, "
            f"{strangers['known_called_strangers']:.0%} of known faces called strangers"
        )
    done = "it had been trained before" if trained.judged is None else f"{said['seconds']:.0f} s"
    typer.echo(f"{done}; {said['images_per_second']:,.0f} images/s; the model is in {run}")
