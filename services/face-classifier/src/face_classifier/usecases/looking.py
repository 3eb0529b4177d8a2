"""Finding faces in pictures that people send: several at once, beside the event loop, and never too many."""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import anyio
import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from face_classifier.core.crops import CENTRE, SIDE, Face, crop
from face_classifier.core.pictures import PictureError, read_picture
from face_classifier.ports import FaceDetector, PictureSource
from genba_servicekit.errors import TooManyRequests

_EDGE: Final = (SIDE - CENTRE) // 2
Crops = NDArray[np.uint8]
"""The middles of faces that were cut out: n × 96 × 96 × 3, red, green, blue."""


@dataclass(frozen=True, slots=True)
class Given:
    """A picture as it was given: its file, the same in Base64, or where it is to be fetched.

    Attributes:
        name: what it is called; None if it has no name.
        data: the file, or its text in Base64.
        url: where it is, if there is no `data`.
    """

    name: str | None
    data: bytes | str | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is in a picture.

    Attributes:
        width, height: in pixels.
        faces: the largest first.
        crops: each cut out; none unless they were asked for.
    """

    width: int
    height: int
    faces: tuple[Face, ...]
    crops: Crops | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why a picture could not be looked at."""

    reason: str


class Looking:
    """Looks at pictures.

    Args:
        detector: finds faces.
        pictures: where those are that were named by a URL.
        threads: pictures that are decoded and looked through at once: 25 million pixels take 75 MB each.
        room: pictures that may be in the works or wait for it.
    """

    def __init__(self, detector: FaceDetector, pictures: PictureSource, *, threads: int, room: int) -> None:
        self._detector = detector
        self._pictures = pictures
        self._threads = anyio.CapacityLimiter(threads)
        self._room = room
        self._inside = 0

    async def look(self, given: Sequence[Given], *, crops: bool = False) -> list[Seen | Unseen]:
        """Find the faces of pictures, in their order; what is wrong with one hinders no other.

        Args:
            given: the pictures.
            crops: whether to cut each face out, too.

        Raises:
            TooManyRequests: there are too many in the works already.
        """
        if self._inside and self._inside + len(given) > self._room:
            raise TooManyRequests(f"{self._inside} pictures are in the works; try again in a moment.")
        self._inside += len(given)
        try:
            return await asyncio.gather(*(self._one(each, crops=crops) for each in given))
        finally:
            self._inside -= len(given)

    async def _one(self, given: Given, *, crops: bool) -> Seen | Unseen:
        try:
            data = given.data if given.data is not None else await self._pictures.fetch(given.url)
            return await anyio.to_thread.run_sync(self._see, data, crops, limiter=self._threads)
        except PictureError as error:
            return Unseen(str(error))

    def _see(self, data: bytes | str, crops: bool) -> Seen | Unseen:
        try:
            picture = read_picture(_decoded(data) if isinstance(data, str) else data)
        except PictureError as error:  # raised out of a thread it would keep the file until garbage is looked for
            return Unseen(str(error))
        faces = self._detector.find(picture)
        inner = slice(_EDGE, _EDGE + CENTRE)
        cut = np.stack([crop(picture, face)[inner, inner] for face in faces]) if crops and faces else None
        height, width = picture.shape[:2]
        return Seen(width, height, tuple(faces), cut)


def scaled(crops: Crops) -> NDArray[np.float32]:
    """Crops as a model is fed with them: from 0 to 1."""
    return crops.astype(np.float32) / np.float32(255)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError(f"not Base64: {error}") from error
