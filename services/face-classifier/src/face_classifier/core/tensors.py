"""What both protocols of model servers read and write: photos as numbers or files, and what a network says of them."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic_core import from_json

from face_classifier.core.crops import CENTRE, SIDE
from face_classifier.core.evaluation import softmax
from face_classifier.core.pictures import PictureError, read_picture

INPUT: Final = "images"
SHAPE: Final = (CENTRE, CENTRE, 3)
LOGITS: Final = "logits"
EMBEDDING: Final = "embedding"
PROBABILITIES: Final = "probabilities"
OUTPUTS: Final = (LOGITS, EMBEDDING, PROBABILITIES)
ROUNDING: Final = 1e-3
"""How far beyond 0 and 1 a photo's values may lie: whoever resizes one with a smooth filter and clips it in half
precision lies so far beyond."""
CROP_PIXELS: Final = 4_000_000
"""The most that the file of one face may have: a request has up to 128 of them."""

Numbers = NDArray[np.float32]
Photos = Numbers | Sequence[bytes]
"""Numbers [n, 96, 96, 3], red, green, blue in [0, 1]; or n files of faces that were cut out."""


class TensorError(ValueError):
    """The request cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What is asked: a model as protocols describe it.

    Attributes:
        name: of the model.
        version: of it, a number.
        labels: their ids, in the order of the logits.
        width: how many numbers an embedding has.
        temperature: what logits are divided by for calibrated probabilities.
    """

    name: str
    version: str
    labels: tuple[str, ...]
    width: int
    temperature: float

    def columns(self, output: str) -> int:
        """How many numbers an output has for a photo."""
        return self.width if output == EMBEDDING else len(self.labels)


@dataclass(frozen=True, slots=True)
class Said:
    """What a network said of photos.

    Attributes:
        logits: [n, labels].
        embedding: [n, width].
        temperature: what logits are divided by.
    """

    logits: Numbers
    embedding: Numbers
    temperature: float

    def output(self, name: str) -> Numbers:
        """An output by name."""
        if name == PROBABILITIES:
            return softmax(self.logits.astype(np.float64), self.temperature).astype(np.float32)
        return self.logits if name == LOGITS else self.embedding


def read_json(body: bytes | memoryview) -> dict[str, Any]:
    """A body's JSON object.

    Raises:
        TensorError: it is none.
    """
    try:
        found = from_json(bytes(body))
    except (ValueError, RecursionError) as error:
        raise TensorError(f"the body is not JSON: {str(error)[:200]}") from error
    if not isinstance(found, dict):
        raise TensorError("the body has to be a JSON object")
    return found


def numbers_of(data: Any) -> Numbers:
    """Lists of numbers, however deep, as an array.

    Raises:
        TensorError: there are other things in them, or some are longer than others.
    """
    try:
        found = np.asarray(data)
    except (ValueError, OverflowError) as error:
        raise TensorError("the numbers make no tensor: some lists are longer than others") from error
    if found.dtype.kind not in "iuf" and found.size:
        raise TensorError("a tensor has to be of numbers")
    with np.errstate(over="ignore"):  # what is too large is refused as infinite
        return found.astype(np.float32)


def checked(images: NDArray[Any]) -> Numbers:
    """Photos as networks take them.

    Raises:
        TensorError: none, of another shape, or with values that are not between 0 and 1.
    """
    if images.shape[1:] != SHAPE or not len(images):
        raise TensorError(f"{INPUT} has to have the shape [n, 96, 96, 3], n at least 1, not {list(images.shape)}")
    images = np.require(images, np.float32, ["C", "A"])
    low, high = float(images.min()), float(images.max())
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):  # NaN is neither
        raise TensorError(
            f"{INPUT} has to have values from 0 to 1 (8-bit ones are divided by 255), not {low} to {high}"
        )
    return images


def decode(files: Sequence[bytes]) -> Numbers:
    """Files of faces that were cut out, as photos: of 112 px the middle 96, of another size all of it, made to fit.

    Raises:
        TensorError: one is no picture that is read here; the message says which.
    """
    found = np.empty((len(files), *SHAPE), np.float32)
    for number, file in enumerate(files):
        try:
            pixels = read_picture(file, CROP_PIXELS)
        except PictureError as error:
            raise TensorError(f"picture {number}: {error}") from error
        np.divide(_middle(pixels), np.float32(255), out=found[number], casting="unsafe")
    return found


def _middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    high, wide, _ = pixels.shape
    if (high, wide) == (CENTRE, CENTRE):
        return pixels
    if (high, wide) == (SIDE, SIDE):
        edge = (SIDE - CENTRE) // 2
        return pixels[edge : edge + CENTRE, edge : edge + CENTRE]
    side = min(high, wide)
    box = ((wide - side) / 2, (high - side) / 2, (wide + side) / 2, (high + side) / 2)
    picture = Image.fromarray(pixels).resize((CENTRE, CENTRE), Image.Resampling.BOX, box=box)
    return np.asarray(picture)


def from_base64(text: Any) -> bytes:
    """Bytes that JSON holds in Base64.

    Raises:
        TensorError: it is none.
    """
    if not isinstance(text, str):
        raise TensorError("b64 has to be a text")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise TensorError("b64 is not Base64") from error
