"""What the use cases need from outside, as Protocols."""

from collections.abc import Sequence
from typing import Protocol

from face_classifier.core.crops import Face
from face_classifier.core.datasets import DataSet, Label
from face_classifier.core.pictures import Pixels


class PhotoStore(Protocol):
    """A data set, where it is kept."""

    async def data_set(self) -> DataSet:
        """What is there. Raises DataSetError if `labels.json` cannot be read."""

    async def read(self, key: str) -> bytes:
        """A photo's file."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep a photo's file."""

    async def put_labels(self, labels: Sequence[Label]) -> None:
        """Keep who the labels are."""


class FaceDetector(Protocol):
    """Finds faces. May be used from several threads."""

    def find(self, picture: Pixels) -> list[Face]:
        """The faces of a photo, the largest first, 50 at most."""
