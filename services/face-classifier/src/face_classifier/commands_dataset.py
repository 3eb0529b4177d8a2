"""The command line's part that makes, fills and looks at data sets: `dataset make|import|check|split|export`."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer
from rich.console import Console
from rich.table import Table

from face_classifier.adapters.photos import open_photos
from face_classifier.adapters.silence import silence
from face_classifier.adapters.zips import ZipOfPhotos
from face_classifier.core.archives import ArchiveError, Member
from face_classifier.core.datasets import DataSet, DataSetError, label_id
from face_classifier.core.splitting import RULES, split
from face_classifier.usecases.checking import Checked, check_photos
from face_classifier.usecases.exporting import export_photos
from face_classifier.usecases.importing import Imported, files_in, import_photos
from face_classifier.usecases.making import make_photos
from genba_servicekit.cli import fail, progress

NOTHING_KEPT = 1
SHOWN = 20
TFRECORD = (".tfrecord", ".tfrecords")

Where = Annotated[str, typer.Argument(metavar="DATASET", help="A folder, or s3://bucket/prefix.")]


class Printed(StrEnum):
    """How something is printed."""

    TABLE = "table"
    JSON = "json"


PrintFormat = Annotated[Printed, typer.Option("--format", help="How to print it.")]


def add_dataset_commands(cli: typer.Typer) -> None:
    """Add the commands to a command line."""
    dataset = typer.Typer(no_args_is_help=True, help="Data sets: photos in folders that are named after their people.")
    dataset.command("make")(make_command)
    dataset.command("import")(import_command)
    dataset.command("check")(check_command)
    dataset.command("export")(export_command)
    dataset.command("split")(split_command)
    cli.add_typer(dataset, name="dataset")


def make_command(
    where: Where,
    people: Annotated[int, typer.Option(help="How many people.", min=2, max=1000)] = 10,
    photos: Annotated[int, typer.Option(help="Photos of each.", min=2, max=1000)] = 20,
    size: Annotated[int, typer.Option(help="Pixels across and down.", min=64, max=1024)] = 160,
    seed: Annotated[int, typer.Option(help="Another one is other people.", min=0)] = 7,
) -> None:
    """Draw photos of people who do not exist: something to try everything on."""

    async def work() -> None:
        async with open_photos(where) as store:
            if (await store.data_set()).photos:
                fail(f"{where}: there are photos already; draw into an empty folder")
            with progress("Drawing", people * photos) as advance:
                await make_photos(store, people=people, photos=photos, size=size, seed=seed, done=advance)

    anyio.run(work)
    typer.echo(f"{people * photos:,} photos of {people} people who do not exist, in {where}")


def import_command(
    sources: Annotated[list[Path], typer.Argument(help="Folders, zip, tar or TFRecord files, photos.")],
    where: Annotated[str, typer.Option("--into", "-o", metavar="DATASET", help="A folder, or s3://bucket/prefix.")],
    label: Annotated[str | None, typer.Option(help="Whose photos these are. [the name of the folder of each]")] = None,
) -> None:
    """Take photos into a data set. Importing twice changes nothing; files that are no photos are reported.

    A photo's label is the folder that it is in. Photos are kept as they are, but upright: JPEG, PNG, WebP, PGM.
    """

    async def work() -> list[Imported]:
        person = None if label is None else label_id(label)
        async with open_photos(where) as store:
            with progress("Importing") as advance:
                return [await import_photos(store, _files(source), label=person, done=advance) for source in sources]

    try:
        parts = anyio.run(work)
    except (DataSetError, ArchiveError) as error:
        fail(str(error))
    for part in parts:
        for path, reason in part.refused:
            typer.echo(f"{path}: {reason}", err=True)
    kept, there, refused = (sum(getattr(part, name) for part in parts) for name in ("kept", "there", "refused_count"))
    passed_over = sum(part.passed_over for part in parts)
    typer.echo(
        f"{kept:,} photos taken, {there:,} were there, {refused:,} refused, {passed_over:,} other files passed over"
    )
    if not kept + there:
        fail(f"{where}: no photo was taken", code=NOTHING_KEPT)


def _files(source: Path) -> Iterator[Member]:
    if source.suffix.lower() in TFRECORD and source.is_file():
        return _records().read_records(source)  # type: ignore[no-any-return]
    return files_in(source)


def _records() -> Any:
    """What reads and writes TFRecord files; ends the command where TensorFlow is not installed."""
    try:
        with silence():
            from face_classifier.learning import records  # noqa: PLC0415  (TensorFlow takes seconds to load)
    except ImportError:
        fail("TFRecord files are read and written by TensorFlow, which the package's extra cpu brings")
    return records


def export_command(
    where: Where,
    output: Annotated[Path, typer.Option("--output", "-o", help="A file: .tfrecord or .zip.")],
) -> None:
    """Write a data set into one file: TFRecord, as TensorFlow's pipelines read it, or a zip."""
    suffix = output.suffix.lower()
    if suffix not in {*TFRECORD, ".zip"}:
        fail(f"{output}: its name has to end in .tfrecord or .zip")

    async def work() -> int:
        async with open_photos(where) as store:
            found = await store.data_set()
            if not found.photos:
                fail(f"{where}: there are no photos to export")
            part = output.with_name(output.name + ".part")
            made = ZipOfPhotos(part, found) if suffix == ".zip" else _records().Records(part)
            with progress("Exporting", len(found.photos)) as advance, made as file:
                count = await export_photos(store, file, done=advance)
            part.replace(output)
            return count

    try:
        count = anyio.run(work)
    except (DataSetError, OSError) as error:
        fail(f"{output}: {error.strerror if isinstance(error, OSError) else error}")
    typer.echo(f"{count:,} photos in {output}")


def check_command(where: Where, print_format: PrintFormat = Printed.TABLE) -> None:
    """Say what would teach a model nothing, or the wrong thing. Exit code 1 if it cannot be trained on."""

    async def work() -> tuple[DataSet, Checked]:
        async with open_photos(where) as store:
            found = await store.data_set()
            with progress("Looking", len(found.photos)) as advance:
                return found, await check_photos(store, done=advance)

    found, checked = _known(work, where)
    if print_format is Printed.JSON:
        typer.echo(json.dumps(_check_json(checked), ensure_ascii=False, indent=1))
    else:
        _print_check(found, checked)
    if not checked.trainable:
        fail(f"{where}: a model needs two people or more, with two photos or more of each", code=1)


def split_command(
    where: Where,
    rule: Annotated[str, typer.Option("--by", help=f"{RULES}.")] = "fraction-0.8",
    seed: Annotated[int, typer.Option(help="Of what is picked at random.", min=0)] = 0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write. [standard output]")] = None,
) -> None:
    """Part a data set into photos to learn from and photos to be judged by, label by label, as JSON."""

    async def work() -> DataSet:
        async with open_photos(where) as store:
            return await store.data_set()

    try:
        parted = split(_known(work, where), rule, seed)
    except DataSetError as error:
        fail(f"{where}: {error}")
    said = {"rule": rule, "seed": seed} | {
        name: [photo.key for photo in photos] for name, photos in (("train", parted.train), ("test", parted.test))
    }
    text = json.dumps(said, ensure_ascii=False, indent=1)
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"{output}: {error.strerror}")
    typer.echo(
        f"{len(parted.train):,} photos to learn from, {len(parted.test):,} to be judged by, in {output}", err=True
    )


def _known(work: Any, where: str) -> Any:
    """What is found out about a data set; ends the command if there is none."""
    try:
        found = anyio.run(work)
    except (DataSetError, OSError) as error:
        fail(f"{where}: {error}")
    data_set = found[0] if isinstance(found, tuple) else found
    if not data_set.photos:
        fail(f"{where}: there are no photos; `face-classifier dataset import` or `make` puts some there")
    return found


def _check_json(checked: Checked) -> dict[str, Any]:
    return {
        "labels": checked.counts,
        "balance": round(checked.balance, 3),
        "unreadable": [{"photo": key, "reason": reason} for key, reason in checked.unreadable],
        "tiny": [{"photo": key, "pixels": pixels} for key, pixels in checked.tiny],
        "blurred": [{"photo": key, "sharpness": sharp} for key, sharp in checked.blurred],
        "alike": checked.alike,
        "crossed": checked.crossed,
    }


def _print_check(found: DataSet, checked: Checked) -> None:
    console = Console(width=100)
    table = Table("label", "name", "photos", "", box=None, pad_edge=False)
    most = max(checked.counts.values(), default=1) or 1
    for label in found.labels:
        count = checked.counts[label.id]
        table.add_row(label.id, label.name, str(count), "█" * round(30 * count / most))
    console.print(table)
    for line in _lines(checked):
        console.print(line, highlight=False)


def _lines(checked: Checked) -> Iterator[str]:
    rows = (
        ("cannot be read", [f"{key}: {reason}" for key, reason in checked.unreadable]),
        ("are tiny", [f"{key}: {pixels} pixels" for key, pixels in checked.tiny]),
        ("are blurred", [f"{key}: sharpness {sharp}" for key, sharp in checked.blurred]),
        ("pairs look the same", [f"{one} and {other}" for one, other in checked.alike]),
        ("of these pairs are under two labels", [f"{one} and {other}" for one, other in checked.crossed]),
    )
    for what, found in rows:
        yield f"{len(found):,} {what}" + (":" if found else "")
        yield from (f"  {line}" for line in found[:SHOWN])
        if len(found) > SHOWN:
            yield f"  … and {len(found) - SHOWN:,} more (--format json has all)"
