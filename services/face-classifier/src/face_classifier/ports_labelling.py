"""What labelling needs from outside, as a Protocol."""

from collections.abc import Mapping
from typing import Protocol

from face_classifier.core.datasets import Label


class CropStore(Protocol):
    """Faces that were cut out and have no name yet, in sets."""

    async def sets(self) -> Mapping[str, int]:
        """Every set, and how many there are in it."""

    async def crops(self, name: str) -> list[str]:
        """The ids of a set, in order."""

    async def read(self, name: str, crop: str) -> bytes | None:
        """A crop, as PNG; None if there is none."""

    async def label(self, name: str, crop: str, data: bytes, label: Label) -> None:
        """Take a crop into the data set of the same name, as this person's."""

    async def reject(self, name: str, crop: str, data: bytes) -> None:
        """Lay a crop aside: it is nobody's."""
