"""Giving names to faces: the model guesses, a person accepts, corrects or rejects; what is least sure comes first."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from face_classifier.core.crops import SIDE, centre
from face_classifier.core.datasets import DataSetError, Label, label_id
from face_classifier.core.material import whole
from face_classifier.core.pictures import PictureError, Pixels, read_picture
from face_classifier.core.recognition import Recognition, recognize
from face_classifier.ports_labelling import CropStore
from face_classifier.usecases.serving import ServedModel
from genba_servicekit.errors import NotFound, UnprocessableContent

GUESSED: Final = 500
"""Crops of a set that are guessed at and put in order; the others come when these are done."""
AT_ONCE: Final = 32
TOP: Final = 5
_KEPT: Final = 20_000
"""Guesses that are remembered."""


class NoSuchCrops(NotFound):
    """There is no such set, or crop."""

    title = "There is no such face to be named"
    example = "There is no face “encore-1” in “summer”."


class UnfitLabel(UnprocessableContent):
    """This cannot be a label."""

    title = "This cannot be a label"
    example = "'../up' cannot be a label: 1 to 64 characters, no slash, no dot at first"


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A face without a name.

    Attributes:
        id: its own, in its set.
        data: the crop, as PNG.
        recognition: what the model says; None where there is no model.
    """

    id: str
    data: bytes
    recognition: Recognition | None


class Labelling:
    """Gives names to faces.

    Args:
        crops: where they are.
        within: seconds that anyone waits for the model at most.
    """

    def __init__(self, crops: CropStore, *, within: float) -> None:
        self._crops, self._within = crops, within
        self._guesses: dict[tuple[str, str, str], Recognition] = {}

    async def sets(self) -> Mapping[str, int]:
        """Every set of faces without a name, and how many there are in it."""
        return await self._crops.sets()

    async def unnamed(self, name: str, model: ServedModel | None, *, limit: int) -> tuple[list[Unnamed], int]:
        """The next faces of a set, those first of which the model is least sure; and how many there are.

        Raises:
            NoSuchCrops: there is no such set.
            TooManyRequests: the model has too much to do.
        """
        ids = await self._crops.crops(name)
        if not ids:
            raise NoSuchCrops(f"There are no faces without a name in “{name}”.")
        some = ids[:GUESSED]
        if model is not None:
            await self._guess(name, some, model)
            some.sort(key=lambda crop: self._sure(model, name, crop))
        found: list[Unnamed] = []
        for crop in some[:limit]:
            data = await self._crops.read(name, crop)
            if data is not None:  # somebody else has just named it
                guess = None if model is None else self._guesses.get((model.version, name, crop))
                found.append(Unnamed(crop, data, guess))
        return found, len(ids)

    def _sure(self, model: ServedModel, name: str, crop: str) -> float:
        guess = self._guesses.get((model.version, name, crop))
        return 2.0 if guess is None else guess.guesses[0].probability  # what cannot be read comes last

    async def _guess(self, name: str, ids: Sequence[str], model: ServedModel) -> None:
        unknown = [crop for crop in ids if (model.version, name, crop) not in self._guesses]
        for start in range(0, len(unknown), AT_ONCE):
            some = unknown[start : start + AT_ONCE]
            files = [await self._crops.read(name, crop) for crop in some]
            pictures = await asyncio.to_thread(_read, files)
            readable = [(crop, picture) for crop, picture in zip(some, pictures, strict=True) if picture is not None]
            if not readable:
                continue
            images = await asyncio.to_thread(centre, np.stack([picture for _, picture in readable]))
            logits, embeddings = await model.infer(images, within=self._within)
            found = recognize(logits, embeddings, model.manifest, model.centroids, top=TOP)
            for (crop, _), guess in zip(readable, found, strict=True):
                self._guesses[model.version, name, crop] = guess
        while len(self._guesses) > _KEPT:
            del self._guesses[next(iter(self._guesses))]

    async def label(self, name: str, crop: str, label: Label) -> None:
        """Say whose face it is: it becomes a photo of the data set of the same name.

        Raises:
            NoSuchCrops: there is none, or it has been named.
            UnfitLabel: this cannot be a label.
        """
        try:
            fit = Label(label_id(label.id), label.name, label.keyword)
        except DataSetError as error:
            raise UnfitLabel(str(error)) from error
        await self._crops.label(name, crop, await self._need(name, crop), fit)

    async def reject(self, name: str, crop: str) -> None:
        """Lay it aside: it is no face, or nobody's. Raises NoSuchCrops."""
        await self._crops.reject(name, crop, await self._need(name, crop))

    async def _need(self, name: str, crop: str) -> bytes:
        data = await self._crops.read(name, crop)
        if data is None:
            raise NoSuchCrops(f"There is no face “{crop[:60]}” in “{name}”.")
        return data


def _read(files: Sequence[bytes | None]) -> list[Pixels | None]:
    found: list[Pixels | None] = []
    for data in files:
        try:
            picture = None if data is None else read_picture(data)
        except PictureError:
            picture = None
        fits = picture is not None and picture.shape[:2] == (SIDE, SIDE)
        found.append(picture if fits or picture is None else whole(picture))
    return found
