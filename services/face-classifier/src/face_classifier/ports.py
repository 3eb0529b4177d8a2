"""What the use cases need from outside, as Protocols."""

from collections.abc import Sequence
from typing import Protocol

from face_classifier.core.datasets import DataSet, Label


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
