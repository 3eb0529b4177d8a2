"""A data set: people's labels, and photos each of which is of one of them.

It is a folder, or the same under an S3 prefix: `LABEL/NAME.jpg`, and beside them `labels.json`, which gives each label
the name that people see and, if there is one, the keyword of its wiki entry. Without that file the folders' names do.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

LABELS_FILE: Final = "labels.json"
SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".pgm")
LABEL_LENGTH: Final = 64
LABELS: Final = 10_000
_DIGITS: Final = re.compile(r"([0-9]+)")
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f/\\\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class DataSetError(ValueError):
    """What is there is no data set that can be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Label:
    """A person.

    Attributes:
        id: names the folder, and the label in models and answers.
        name: as people read it.
        keyword: the person's entry in the wiki.
    """

    id: str
    name: str
    keyword: str | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """A file of the data set: `key` is its path, which begins with the label's id."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """Labels in the order of their ids, photos in the order of their labels and then as people number them."""

    labels: tuple[Label, ...]
    photos: tuple[Photo, ...]
    drawn: bool = False
    """Its people do not exist: `dataset make` drew them, and nothing was added since."""

    def by_label(self) -> dict[str, tuple[Photo, ...]]:
        """Each label's photos; those without any too."""
        found: dict[str, tuple[Photo, ...]] = {label.id: () for label in self.labels}
        found |= {label: tuple(group) for label, group in groupby(self.photos, key=lambda photo: photo.label)}
        return found


def in_order(text: str) -> tuple[tuple[int, str], ...]:
    """Sorts as people number things: 2 before 10."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(text) if part)


def label_id(text: str) -> str:
    """A folder's name, or what somebody typed, as a label's id: NFC, without surrounding space.

    Raises:
        DataSetError: it is empty, longer than 64 characters, begins with a dot, or has characters that a path cannot.
    """
    found = unicodedata.normalize("NFC", text).strip()
    if not found or len(found) > LABEL_LENGTH or found.startswith(".") or _UNFIT.search(found):
        raise DataSetError(
            f"{text!r:.100} cannot be a label: 1 to {LABEL_LENGTH} characters, no slash, no dot at first"
        )
    return found


def data_set(keys: Iterable[str], labels: Sequence[Label] = (), *, drawn: bool = False) -> DataSet:
    """The data set of those files; `labels` name some of them, or people of whom there is no photo yet.

    Files that are no pictures by their names, or not in a label's folder, are passed over.
    """
    photos = [
        Photo(key, parts[0])
        for key in keys
        if len(parts := key.split("/")) == 2 and key.lower().endswith(SUFFIXES)  # noqa: PLR2004  (folder and file)
    ]
    photos.sort(key=lambda photo: (in_order(photo.label), in_order(photo.key.rpartition(".")[0]), photo.key))
    known = {label.id: label for label in labels}
    for photo in photos:
        known.setdefault(photo.label, Label(photo.label, photo.label))
    return DataSet(tuple(sorted(known.values(), key=lambda label: in_order(label.id))), tuple(photos), drawn)


def read_labels(data: bytes) -> tuple[list[Label], bool]:
    """What `labels.json` says, and whether it says `"drawn": true`: `{"labels": [{"id": …, "name": …, "keyword": …}]}`.

    Raises:
        DataSetError: it is not that.
    """
    try:
        said: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataSetError(f"{LABELS_FILE} is not JSON: {error}") from error
    rows = said.get("labels") if isinstance(said, Mapping) else None
    if not isinstance(rows, list) or len(rows) > LABELS:
        raise DataSetError(f'{LABELS_FILE} has to be {{"labels": […]}} with at most {LABELS:,} labels')
    found: dict[str, Label] = {}
    for number, row in enumerate(rows, 1):
        label = _label(row, f"label {number} of {LABELS_FILE}")
        if label.id in found:
            raise DataSetError(f"{LABELS_FILE} names {label.id!r} twice")
        found[label.id] = label
    return list(found.values()), said.get("drawn") is True


def _label(row: Any, where: str) -> Label:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        raise DataSetError(f'{where} has to be {{"id": …, "name": …}}')
    name, keyword = row.get("name", row["id"]), row.get("keyword")
    if not isinstance(name, str) or not (keyword is None or isinstance(keyword, str)):
        raise DataSetError(f"{where}: name and keyword are texts")
    return Label(label_id(row["id"]), name[:200], keyword)


def write_labels(labels: Iterable[Label], *, drawn: bool = False) -> bytes:
    """`labels.json` of them."""
    rows = [
        {"id": label.id, "name": label.name} | ({"keyword": label.keyword} if label.keyword else {}) for label in labels
    ]
    return (
        json.dumps({"labels": rows} | ({"drawn": True} if drawn else {}), ensure_ascii=False, indent=1) + "\n"
    ).encode()
