"""Faces cut out of a data set's photos, as a model is trained on them."""

import hashlib
from collections.abc import Callable
from typing import Final

import anyio
import anyio.to_thread
import numpy as np

from face_classifier.core.crops import SIDE, crop
from face_classifier.core.datasets import DataSet, DataSetError, Photo, write_labels
from face_classifier.core.material import STRANGER, Material, whole
from face_classifier.core.pictures import PictureError, Pixels, read_picture
from face_classifier.core.recipes import Recipe
from face_classifier.core.splitting import split
from face_classifier.ports import FaceDetector, PhotoStore

AT_ONCE: Final = 4
FEWEST_LABELS: Final = 2


async def cut_out(
    store: PhotoStore, recipe: Recipe, detector: FaceDetector | None, *, done: Callable[[int], None] = lambda _: None
) -> Material:
    """Read a data set, part it, and cut the face out of each photo.

    With a detector the largest face is taken, and the whole photo where there is none, or where it is a crop of
    112 × 112 pixels already; without, every photo as a whole.

    Raises:
        DataSetError: it cannot be parted so, has under two people to learn, or a photo cannot be read.
    """
    found = await store.data_set()
    known, kept_back = _parted(found, recipe.kept_back)
    parts = split(known, recipe.split, recipe.seed)
    number = {label.id: place for place, label in enumerate(known.labels)}
    photos = [*parts.train, *parts.test, *kept_back]
    crops = np.empty((len(photos), SIDE, SIDE, 3), np.uint8)
    hashes = [""] * len(photos)
    limiter = anyio.CapacityLimiter(AT_ONCE)

    async def one(place: int, photo: Photo) -> None:
        data = await store.read(photo.key)
        crops[place], hashes[place] = await anyio.to_thread.run_sync(_cut, photo, data, detector, limiter=limiter)
        done(1)

    try:
        for start in range(0, len(photos), AT_ONCE):  # few at once: each holds a whole photo in memory
            async with anyio.create_task_group() as group:
                for place, photo in enumerate(photos[start : start + AT_ONCE], start):
                    group.start_soon(one, place, photo)
    except* DataSetError as errors:
        raise _first(errors) from errors
    said = hashlib.sha256(write_labels(known.labels))
    for photo, digest in zip(photos, hashes, strict=True):
        said.update(f"{photo.key}\0{digest}\0".encode())
    said.update(repr((len(parts.train), len(parts.test), recipe.faces)).encode())
    return Material(
        labels=known.labels,
        keys=tuple(photo.key for photo in photos),
        crops=crops,
        truth=np.array([number.get(photo.label, STRANGER) for photo in photos], np.int64),
        learnt=np.arange(len(photos)) < len(parts.train),
        sha256=said.hexdigest(),
        drawn=found.drawn,
    )


def _first(errors: BaseExceptionGroup[DataSetError]) -> DataSetError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _parted(found: DataSet, names: tuple[str, ...]) -> tuple[DataSet, tuple[Photo, ...]]:
    """The people to learn, and the photos of those who are kept back."""
    by_label = found.by_label()
    if strange := [name for name in names if name not in by_label]:
        raise DataSetError(f"there is nobody {strange[0]!r} to keep back")
    labels = tuple(label for label in found.labels if label.id not in names and by_label[label.id])
    if len(labels) < FEWEST_LABELS:
        raise DataSetError(f"a model tells people apart: two or more, and here are photos of {len(labels)}")
    photos = tuple(photo for photo in found.photos if photo.label not in names)
    return DataSet(labels, photos), tuple(photo for photo in found.photos if photo.label in names)


def _cut(photo: Photo, data: bytes, detector: FaceDetector | None) -> tuple[Pixels, str]:
    try:
        picture = read_picture(data)
    except PictureError as error:
        raise DataSetError(f"{photo.key}: {error}; `face-classifier dataset check` finds all of these") from error
    faces = [] if detector is None or picture.shape[:2] == (SIDE, SIDE) else detector.find(picture)
    return crop(picture, faces[0]) if faces else whole(picture), hashlib.sha256(data).hexdigest()
