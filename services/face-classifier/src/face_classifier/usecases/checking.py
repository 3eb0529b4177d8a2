"""Checking a data set: what in it would teach a model nothing, or the wrong thing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from face_classifier.core.datasets import Photo
from face_classifier.core.looks import BLURRED, TINY, difference_hash, near_pairs, sharpness
from face_classifier.core.pictures import PictureError, read_picture
from face_classifier.ports import PhotoStore


@dataclass(slots=True)
class Checked:
    """What was found.

    Attributes:
        counts: photos of each label, by its id.
        unreadable: photos that are none, with the reason.
        tiny: photos whose shorter side has under 64 pixels, with that.
        blurred: photos with hardly an edge, with their sharpness.
        alike: pairs of photos that nearly look the same.
        crossed: those of them that are under two labels: one of both is wrong.
    """

    counts: dict[str, int]
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    tiny: list[tuple[str, int]] = field(default_factory=list)
    blurred: list[tuple[str, float]] = field(default_factory=list)
    alike: list[tuple[str, str]] = field(default_factory=list)
    crossed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def trainable(self) -> bool:
        """Can a model learn from it: two labels or more, two photos of each or more?"""
        return len(self.counts) > 1 and min(self.counts.values()) > 1

    @property
    def balance(self) -> float:
        """Photos of the label with fewest, for one of that with most."""
        most = max(self.counts.values(), default=0)
        return min(self.counts.values()) / most if most else 0.0


async def check_photos(store: PhotoStore, *, done: Callable[[int], None] = lambda _: None) -> Checked:
    """Look at every photo of a data set. Raises DataSetError if its labels cannot be read."""
    found = await store.data_set()
    checked = Checked({label: len(photos) for label, photos in found.by_label().items()})
    seen: list[Photo] = []
    hashes: list[NDArray[np.bool_]] = []
    for photo in found.photos:
        data = await store.read(photo.key)
        try:
            short, sharp, bits = await anyio.to_thread.run_sync(_look, data)
        except PictureError as error:
            checked.unreadable.append((photo.key, str(error)))
        else:
            if short < TINY:
                checked.tiny.append((photo.key, short))
            elif sharp < BLURRED:
                checked.blurred.append((photo.key, round(sharp, 1)))
            seen.append(photo)
            hashes.append(bits)
        done(1)
    for first, second in await anyio.to_thread.run_sync(near_pairs, hashes):
        one, other = seen[first], seen[second]
        checked.alike.append((one.key, other.key))
        if one.label != other.label:
            checked.crossed.append((one.key, other.key))
    return checked


def _look(data: bytes) -> tuple[int, float, NDArray[np.bool_]]:
    picture = read_picture(data)
    return min(picture.shape[:2]), sharpness(picture), difference_hash(picture)
