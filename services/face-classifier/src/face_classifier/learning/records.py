"""Data sets as TFRecord files: what TensorFlow's own input pipelines read (https://www.tensorflow.org/tutorials/load_data/tfrecord).

Each record is a `tf.train.Example` with the names that the Object Detection API gave them: `image/encoded`,
`image/format`, `image/filename`, `image/class/text` (the label's id), `image/class/label` (its number from 0).
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import tensorflow as tf

from face_classifier.core.archives import ArchiveError, Member
from face_classifier.core.datasets import Photo
from face_classifier.core.pictures import BYTES

FORMATS: Final = {".jpg": b"jpeg", ".jpeg": b"jpeg", ".png": b"png", ".webp": b"webp", ".pgm": b"pgm"}


class Records:
    """A file that is written; used in a `with` block.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._writer = tf.io.TFRecordWriter(str(path))

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Finish the file."""
        self._writer.close()

    def add(self, photo: Photo, number: int, data: bytes) -> None:
        """Add a photo of the label with this number."""
        suffix = Path(photo.key).suffix.lower()
        said = {
            "image/encoded": _bytes(data),
            "image/format": _bytes(FORMATS[suffix]),
            "image/filename": _bytes(Path(photo.key).name.encode()),
            "image/class/text": _bytes(photo.label.encode()),
            "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[number])),
        }
        example = tf.train.Example(features=tf.train.Features(feature=said))
        self._writer.write(example.SerializeToString())


def _bytes(value: bytes) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def read_records(path: Path) -> Iterator[Member]:
    """The photos of a file.

    Raises:
        ArchiveError: it is broken, or a record has no picture or label.
    """
    records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    number = 0
    while True:
        number += 1
        try:
            found = tf.train.Example.FromString(next(records)).features.feature
            label = found["image/class/text"].bytes_list.value[0].decode()
            data = found["image/encoded"].bytes_list.value[0]
            kind = found["image/format"].bytes_list.value[:1]
            names = found["image/filename"].bytes_list.value[:1]
        except StopIteration:
            return
        except tf.errors.OpError as error:
            raise ArchiveError(f"{path.name}: record {number} is broken: {error.message[:200]}") from error
        except Exception as error:  # protobuf raises what it likes on broken data
            raise ArchiveError(f"{path.name}: record {number} has no picture and label as an image should") from error
        suffix = next((each for each, name in FORMATS.items() if list(kind) == [name]), ".jpg")
        name = Path(names[0].decode("utf-8", "replace")).name if names else f"{number:06}{suffix}"
        if len(data) > BYTES:
            raise ArchiveError(f"{path.name}: record {number} has {len(data):,} bytes; {BYTES:,} are read")
        yield Member(f"{label}/{name}", len(data), partial(bytes, data))
