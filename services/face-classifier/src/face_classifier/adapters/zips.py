"""A data set as a zip: `LABEL/NAME.jpg`, and `labels.json`."""

import zipfile
from pathlib import Path
from types import TracebackType
from typing import Self

from face_classifier.core.datasets import LABELS_FILE, DataSet, Photo, write_labels


class ZipOfPhotos:
    """A zip that is written; used in a `with` block. Fulfils `usecases.exporting.PhotoFile`.

    Args:
        path: the file.
        found: the data set that is written.
    """

    def __init__(self, path: Path, found: DataSet) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)  # photos are packed already
        self._zip.writestr(LABELS_FILE, write_labels(found.labels, drawn=found.drawn))

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Finish the file."""
        self._zip.close()

    def add(self, photo: Photo, number: int, data: bytes) -> None:
        """Add a photo."""
        del number
        self._zip.writestr(photo.key, data)
