"""The command line's part that says how far a model can be fooled: `robustness`."""

from typing import Annotated, Any, Final

import anyio
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from face_classifier.adapters.bundles import Models
from face_classifier.adapters.photos import open_photos
from face_classifier.commands_detect import find_detector
from face_classifier.commands_fool import load_fooler, read_bundle
from face_classifier.commands_train import Device, Faces
from face_classifier.core.datasets import DataSetError
from face_classifier.core.fooling import FoolingError
from face_classifier.core.material import Material
from face_classifier.core.recipes import Recipe
from face_classifier.core.robustness import NORMS, USUAL
from face_classifier.usecases.cutting import cut_out
from face_classifier.usecases.robustness import photos_of, recipe_for, robustness, rounds
from genba_servicekit.cli import fail, progress
from genba_servicekit.objects import open_store

METHODS: Final = ", ".join(NORMS)


def add_robustness_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("robustness")(robustness_command)


def robustness_command(  # noqa: PLR0917  (a command's options)
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A run's folder, its model.keras, or s3://….")],
    where: Annotated[str, typer.Argument(metavar="DATASET", help="A folder, or s3://bucket/prefix.")],
    out: Annotated[str, typer.Option("--output", "-o", metavar="DIR", help="A folder, or s3://bucket/prefix.")],
    method: Annotated[list[str] | None, typer.Option(help=f"Some of {METHODS}. [all but cw, which is slow]")] = None,
    photos: Annotated[int, typer.Option(help="At most.", min=1)] = 100,
    seed: Annotated[int, typer.Option(help="Which photos, where there are more.", min=0)] = 0,
    device: Annotated[Device, typer.Option(help="auto: an accelerator if there is one.")] = Device.AUTO,
) -> None:
    """Say how many photos a model still recognises, by how much and by what method they may be changed."""
    methods = list(dict.fromkeys(method or USUAL))
    if strange := [each for each in methods if each not in NORMS]:
        fail(f"--method is one of {METHODS}, not {strange[0]!r:.40}")
    manifest, data = read_bundle(model)
    try:
        recipe = recipe_for(manifest)
        material = anyio.run(_cut_out, where, recipe)
        seen, truth = photos_of(manifest, material, photos, seed)
    except FoolingError as error:
        fail(f"{model}: {error}")
    except (DataSetError, OSError) as error:
        fail(f"{where}: {error}")
    fooler = load_fooler(model, manifest, data, device)

    async def work() -> dict[str, Any]:
        async with open_store(out) as store:
            with progress("Leading astray, parts of 1,000", rounds(methods)) as done:
                return await robustness(Models(store), manifest, fooler, seen, truth, methods, done)

    try:
        said = anyio.run(work)
    except OSError as error:
        fail(f"{out}: {error.strerror or error}")
    _print(said)
    typer.echo(f"{said['photos']:,} photos, {said['accuracy']:.1%} recognised as they are; the curves are in {out}")


async def _cut_out(where: str, recipe: Recipe) -> Material:
    detector = find_detector(None) if recipe.faces == Faces.DETECT else None
    async with open_photos(where) as store:
        photos = len((await store.data_set()).photos)
        if not photos:
            fail(f"{where}: there are no photos; `face-classifier dataset import` or `make` puts some there")
        with progress("Cutting faces out", photos) as done:
            return await cut_out(store, recipe, detector, done=done)


def _print(said: dict[str, Any]) -> None:
    table = Table("method", "change", "led astray", "half of them by", "recognised at", box=None, pad_edge=False)
    for row in said["methods"]:
        linf = row["norm"] == "linf"
        half = "" if row["median"] is None else f"{row['median']:.0f}/255" if linf else f"{row['median']:.2f}"
        radii, shares = np.array(row["curve"]).T
        some = [(at, float(shares[np.abs(radii - at).argmin()])) for at in ((1, 4, 8) if linf else (0.5, 1, 2))]
        told = ", ".join(f"{at}/255 {share:.0%}" if linf else f"{at:g} {share:.0%}" for at, share in some)
        table.add_row(row["method"], "L∞" if linf else "L2", f"{row['success']:.1%}", half, told)
    Console(width=120).print(table)
