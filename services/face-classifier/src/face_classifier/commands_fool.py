"""The command line's part that fools a model: `optimal-input`."""

import base64
import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import anyio
import typer
from rich.console import Console
from rich.table import Table

from face_classifier.adapters.bundles import Models, get_bundle
from face_classifier.adapters.silence import silence
from face_classifier.commands_detect import find_detector
from face_classifier.commands_train import Device, Faces
from face_classifier.core.bundles import KERAS, BundleError, Manifest
from face_classifier.core.crops import SIDE, crop
from face_classifier.core.exhibits import percent
from face_classifier.core.fooling import DEFAULT_METHOD, SURE, Fooling, FoolingError, Step
from face_classifier.core.material import DeviceError, whole
from face_classifier.core.pictures import PictureError, Pixels, read_picture, write_png
from face_classifier.usecases.fooling import NOISE, Wish, noise, optimal_inputs, targets_of
from genba_servicekit.cli import fail, progress
from genba_servicekit.objects import open_store

NOT_REACHED: Final = 1
USUAL: Final = Fooling()


class Method(StrEnum):
    """How inputs are optimised."""

    L2_MOMENTUM = DEFAULT_METHOD
    ADAM2016 = "adam2016"
    PGD = "pgd"
    CW = "cw"
    FGSM = "fgsm"
    DEEPFOOL = "deepfool"


def add_fool_commands(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("optimal-input")(optimal_input_command)


def optimal_input_command(  # noqa: PLR0917  (a command's options)
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A run's folder, its model.keras, or s3://….")],
    out: Annotated[str, typer.Option("--output", "-o", metavar="DIR", help="A folder, or s3://bucket/prefix.")],
    target: Annotated[list[str], typer.Option(metavar="LABEL", help="Whom the model is to see; or all.")],
    source: Annotated[str, typer.Option("--from", metavar="PHOTO", help="Where it begins; or noise.")] = NOISE,
    method: Annotated[Method, typer.Option(help="How.")] = Method.L2_MOMENTUM,
    steps: Annotated[int | None, typer.Option(help="At most. [as the method needs]", min=1)] = None,
    probability: Annotated[float, typer.Option(help="At which a picture is done.")] = SURE,
    epsilon: Annotated[float, typer.Option(help="Most change of a number, of 255: pgd, fgsm.")] = USUAL.epsilon,
    seed: Annotated[int, typer.Option(help="Of the noise.", min=0)] = 0,
    faces: Annotated[Faces, typer.Option(help="Cut the face out, or take the photo as one.")] = Faces.DETECT,
    device: Annotated[Device, typer.Option(help="auto: an accelerator if there is one.")] = Device.AUTO,
    events: Annotated[bool, typer.Option("--events", help="Print progress as JSON lines.")] = False,
) -> None:
    """Make pictures that a model takes for whom you say, of noise or of a photo of somebody else.

    They are scored in 8 bits and kept as PNG, which loses nothing. Exit code 1 if one was not reached.
    """
    try:
        fooling = Fooling(method, steps, probability, epsilon)
    except FoolingError as error:
        fail(str(error))
    start = noise(seed) if source == NOISE else _face(Path(source), faces)
    manifest, data = read_bundle(model)
    try:
        wish = Wish(start, NOISE if source == NOISE else Path(source).name, targets_of(manifest, target), fooling)
    except FoolingError as error:
        fail(f"{model}: {error}")
    fooler = load_fooler(model, manifest, data, device)
    total = fooling.steps_of(len(wish.targets))

    async def work() -> dict[str, Any]:
        async with open_store(out) as store:
            if events:
                return await optimal_inputs(Models(store), manifest, fooler, wish, _line)
            with progress("Optimising", total) as done:
                counted = Counted(done)
                found = await optimal_inputs(Models(store), manifest, fooler, wish, counted)
                counted.through(total)
                return found

    try:
        result = anyio.run(work)
    except OSError as error:
        fail(f"{out}: {error.strerror or error}")
    if events:
        sys.stdout.write(json.dumps({"done": result}) + "\n")
    else:
        _print(out, result)
    if result["reached"] < len(wish.targets):
        raise SystemExit(NOT_REACHED)


def load_fooler(where: str, manifest: Manifest, data: bytes, device: Device) -> Any:
    """A model that is to be fooled; ends the command if it cannot be."""
    try:
        with silence():
            from face_classifier.learning.fooler import KerasFooler  # noqa: PLC0415  (Keras takes seconds to load)

            return KerasFooler(data, len(manifest.labels), device)
    except ImportError as error:
        fail(f"{error.name} is not installed: the package's extras cpu, gpu and jax bring what fools a model")
    except (BundleError, DeviceError) as error:
        fail(f"{where}: {error}" if isinstance(error, BundleError) else str(error))


class Counted:
    """Steps for a bar that is told how many were done since the last time."""

    def __init__(self, done: Callable[[int], None]) -> None:
        self._done, self._last = done, 0

    def __call__(self, at: Step) -> None:
        """Some steps were done."""
        self.through(at.step)

    def through(self, step: int) -> None:
        """All up to this one were done, or need not be."""
        self._done(step - self._last)
        self._last = step


def read_bundle(where: str) -> tuple[Manifest, bytes]:
    """A model's manifest and its `model.keras`, checked; ends the command if it cannot be read."""
    folder = where.rstrip("/").removesuffix(f"/{KERAS}") if where != KERAS else "."

    async def work() -> tuple[Manifest, bytes]:
        async with open_store(folder) as store:
            manifest, files = await get_bundle(store, [KERAS])
            return manifest, files[KERAS]

    if "://" not in folder and not Path(folder).is_dir():
        fail(f"{where}: there is no such folder")
    try:
        return anyio.run(work)
    except BundleError as error:
        fail(f"{where}: {error}; `face-classifier train` makes a model")
    except OSError as error:
        fail(f"{where}: {error.strerror or error}")


def _line(at: Step) -> None:
    picture = base64.b64encode(write_png(at.pictures[0])).decode()
    said = {"step": at.step, "steps": at.steps, "reached": at.reached, "picture": picture}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _face(path: Path, faces: Faces) -> Pixels:
    """The photo's largest face, cut out; a photo of 112 × 112 pixels is one already."""
    try:
        picture = read_picture(path.read_bytes())
    except (OSError, PictureError) as error:
        fail(f"{path}: {error.strerror if isinstance(error, OSError) else error}")
    if faces is Faces.WHOLE or picture.shape[:2] == (SIDE, SIDE):
        return whole(picture)
    found = find_detector(None).find(picture)
    if not found:
        fail(f"{path}: there is no face; --faces whole takes the photo as one")
    return crop(picture, found[0])


def _print(out: str, result: dict[str, Any]) -> None:
    table = Table("target", "probability", "steps", "L2", "most", "PSNR", "SSIM", box=None, pad_edge=False)
    for row in result["targets"]:
        said = percent(row["probability"]) if row["reached"] else f"{percent(row['probability'])} (not reached)"
        psnr = "" if row["psnr"] is None else f"{row['psnr']:.1f} dB"
        most = f"{row['linf'] * 255:.0f}/255"
        table.add_row(row["name"], said, f"{row['steps']:,}", f"{row['l2']:.2f}", most, psnr, f"{row['ssim']:.3f}")
    Console(width=120).print(table)
    typer.echo(f"{result['reached']:,} of {len(result['targets']):,} reached in {result['seconds']:.1f} s; see {out}")
