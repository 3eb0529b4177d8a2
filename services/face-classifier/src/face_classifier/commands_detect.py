"""The command line's part that finds faces in photos: `detect`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from face_classifier.commands_dataset import Printed, PrintFormat
from face_classifier.core.crops import Face, crop
from face_classifier.core.datasets import DataSetError
from face_classifier.core.pictures import PictureError, read_picture, write_png
from face_classifier.ports import FaceDetector
from genba_servicekit.cli import fail, progress

NO_FACE = 1


def add_detect_command(cli: typer.Typer) -> None:
    """Add the command to a command line."""
    cli.command("detect")(detect_command)


def detect_command(
    files: Annotated[list[Path], typer.Argument(help="Photos: JPEG, PNG, WebP, PGM.")],
    crops: Annotated[
        Path | None, typer.Option(help="A folder for each face, cut out upright, 112 pixels square.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="A YuNet model (ONNX). [OpenCV's Haar cascade]")] = None,
    print_format: PrintFormat = Printed.TABLE,
) -> None:
    """Find faces in photos, several in one. Exit code 1 if there is none in any."""
    detector = find_detector(model)
    rows: list[tuple[Path, Face]] = []
    with progress("Looking for faces", len(files)) as done:
        for file in files:
            rows += ((file, face) for face in _faces(detector, file, crops))
            done(1)
    if print_format is Printed.JSON:
        typer.echo(json.dumps([_json(file, face) for file, face in rows], indent=1, ensure_ascii=False))
    else:
        _print(rows)
    if not rows:
        fail("no face was found", code=NO_FACE)


def find_detector(model: Path | None) -> FaceDetector:
    """What finds faces; ends the command if the model cannot be used."""
    from face_classifier.adapters.detectors import HaarDetector, YuNetDetector  # noqa: PLC0415  (OpenCV takes 0.2 s)

    if model is None:
        return HaarDetector()
    if not model.is_file():
        fail(f"{model}: there is no such file")
    try:
        return YuNetDetector(model)
    except DataSetError as error:
        fail(str(error))


def _faces(detector: FaceDetector, file: Path, crops: Path | None) -> list[Face]:
    try:
        picture = read_picture(file.read_bytes())
    except (OSError, PictureError) as error:
        fail(f"{file}: {error.strerror if isinstance(error, OSError) else error}")
    found = detector.find(picture)
    if crops is not None:
        try:
            crops.mkdir(parents=True, exist_ok=True)
            for number, face in enumerate(found, 1):
                (crops / f"{file.stem}-{number}.png").write_bytes(write_png(crop(picture, face)))
        except OSError as error:
            fail(f"{crops}: {error.strerror}")
    return found


def _json(file: Path, face: Face) -> dict[str, Any]:
    box = {name: round(getattr(face, name), 1) for name in ("x", "y", "width", "height")}
    eyes = None if face.eyes is None else [[round(x, 1), round(y, 1)] for x, y in face.eyes]
    return {"file": str(file), **box, "score": round(face.score, 3), "eyes": eyes}


def _print(rows: list[tuple[Path, Face]]) -> None:
    table = Table("photo", "x", "y", "width", "height", "score", "leans", box=None, pad_edge=False)
    for file, face in rows:
        box = (str(round(getattr(face, name))) for name in ("x", "y", "width", "height"))
        lean = "" if face.eyes is None else f"{face.roll * 57.2958:+.0f}°"
        table.add_row(str(file), *box, f"{face.score:.2f}", lean)
    Console(width=120).print(table)
