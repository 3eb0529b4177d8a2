"""A model as it is kept and passed on: files in a folder, and a manifest that vouches for each of them.

The manifest is written last and read first: what it does not name is not there, and what it names and is otherwise than
it says is refused before anything reads it.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from face_classifier.core.datasets import DataSetError, Label, label_id

MANIFEST: Final = "manifest.json"
KERAS: Final = "model.keras"
ONNX: Final = "model.onnx"
CENTROIDS: Final = "centroids.npy"
FILES: Final = (KERAS, ONNX, CENTROIDS)
FORMAT: Final = 1
MANIFEST_BYTES: Final = 4 << 20


class BundleError(ValueError):
    """This is no model that can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """When a face is nobody that the model knows.

    Attributes:
        probability: the calibrated probability that the likeliest label must have at least.
        distance: the cosine distance from the nearest label's centroid that may be had at most.
    """

    probability: float
    distance: float


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What a file of the bundle has to be: its SHA-256 in hexadecimal and its length."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is.

    Attributes:
        name: as people call it.
        architecture: which network it is.
        labels: whom it knows, in the order of its logits.
        temperature: what logits are divided by for calibrated probabilities (Guo et al. 2017, arXiv:1706.04599).
        unknown: when a face is nobody's that it knows.
        drawn: it was trained on people who do not exist.
        data_set: the SHA-256 of what it was trained on.
        metrics: how it was judged, `top1` among it.
        settings: of its training; with the data set they repeat it.
        git: the revision of the code that trained it, if that is known.
        created_at: RFC 3339.
        files: by name.
    """

    name: str
    architecture: str
    labels: tuple[Label, ...]
    temperature: float
    unknown: Unknown
    data_set: str
    created_at: str
    drawn: bool = False
    git: str | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, FileInfo] = field(default_factory=dict)


def file_info(data: bytes) -> FileInfo:
    """What the manifest says of a file."""
    return FileInfo(hashlib.sha256(data).hexdigest(), len(data))


def check(manifest: Manifest, name: str, data: bytes) -> bytes:
    """The file, if it is what the manifest says.

    Raises:
        BundleError: the manifest does not name it, or it is another.
    """
    said = manifest.files.get(name)
    if said is None:
        raise BundleError(f"the manifest names no {name}")
    if file_info(data) != said:
        raise BundleError(f"{name} is not the file that the manifest names: its SHA-256 or its length is another")
    return data


def write_manifest(manifest: Manifest) -> bytes:
    """`manifest.json`."""
    labels = [
        {"id": label.id, "name": label.name} | ({"keyword": label.keyword} if label.keyword else {})
        for label in manifest.labels
    ]
    said = {
        "format": FORMAT,
        "name": manifest.name,
        "architecture": manifest.architecture,
        "labels": labels,
        "temperature": manifest.temperature,
        "unknown": {"probability": manifest.unknown.probability, "distance": manifest.unknown.distance},
        "drawn": manifest.drawn,
        "data_set": manifest.data_set,
        "metrics": dict(manifest.metrics),
        "settings": dict(manifest.settings),
        "git": manifest.git,
        "created_at": manifest.created_at,
        "files": {name: {"sha256": info.sha256, "bytes": info.bytes} for name, info in sorted(manifest.files.items())},
    }
    return (json.dumps(said, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def read_manifest(data: bytes) -> Manifest:
    """What a `manifest.json` says.

    Raises:
        BundleError: it is none, or of a later format.
    """
    if len(data) > MANIFEST_BYTES:
        raise BundleError(f"{MANIFEST} has {len(data):,} bytes; {MANIFEST_BYTES:,} are read")
    try:
        said: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{MANIFEST} is not JSON: {error}") from error
    if not isinstance(said, Mapping) or said.get("format") != FORMAT:
        raise BundleError(f"{MANIFEST} is not of format {FORMAT}")
    try:
        return _manifest(said)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise BundleError(f"{MANIFEST} is no model's manifest: {what}") from error


def _manifest(said: Mapping[str, Any]) -> Manifest:
    labels = _labels(said["labels"])
    unknown = Unknown(_number(said["unknown"], "probability"), _number(said["unknown"], "distance"))
    temperature = _number(said, "temperature")
    if temperature <= 0:
        raise BundleError("temperature has to be above 0")
    files = {str(name): FileInfo(str(each["sha256"]), int(each["bytes"])) for name, each in said["files"].items()}
    if strange := sorted(files.keys() - set(FILES)):
        raise BundleError(f"{strange[0]!r:.60} is no file of a model")
    return Manifest(
        name=_text(said, "name"),
        architecture=_text(said, "architecture"),
        labels=labels,
        temperature=temperature,
        unknown=unknown,
        drawn=said.get("drawn", False) is True,
        data_set=_text(said, "data_set"),
        metrics=dict(said.get("metrics", {})),
        settings=dict(said.get("settings", {})),
        git=None if said.get("git") is None else _text(said, "git"),
        created_at=_text(said, "created_at"),
        files=files,
    )


def _labels(rows: Any) -> tuple[Label, ...]:
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise BundleError("labels has to be a list with one label or more")
    labels = []
    for row in rows:
        keyword = row.get("keyword")
        try:
            labels.append(Label(label_id(_text(row, "id")), _text(row, "name"), keyword and str(keyword)))
        except DataSetError as error:
            raise BundleError(str(error)) from error
    if len({label.id for label in labels}) != len(labels):
        raise BundleError("two labels have the same id")
    return tuple(labels)


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said[name]
    if not isinstance(value, str):
        raise BundleError(f"{name} has to be a text")
    return value[:200]


def _number(said: Mapping[str, Any], name: str) -> float:
    value = said[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BundleError(f"{name} has to be a number")
    return float(value)
