"""A data set as one file, to be passed on."""

from collections.abc import Callable
from typing import Protocol

import anyio.to_thread

from face_classifier.core.datasets import Photo
from face_classifier.ports import PhotoStore


class PhotoFile(Protocol):
    """A file of photos that is written."""

    def add(self, photo: Photo, number: int, data: bytes) -> None:
        """Add a photo of the label with this number."""


async def export_photos(store: PhotoStore, file: PhotoFile, *, done: Callable[[int], None] = lambda _: None) -> int:
    """Write every photo into a file, label by label; gives how many."""
    found = await store.data_set()
    number = {label.id: place for place, label in enumerate(found.labels)}
    for photo in found.photos:
        await anyio.to_thread.run_sync(file.add, photo, number[photo.label], await store.read(photo.key))
        done(1)
    return len(found.photos)
