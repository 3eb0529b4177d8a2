"""Whose faces are in pictures that people send."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from face_classifier.core.links import Links
from face_classifier.core.recognition import Recognition, recognize
from face_classifier.ports import Acquaintances
from face_classifier.usecases.looking import Crops, Given, Looking, Seen, Unseen, scaled
from face_classifier.usecases.serving import ServedModel

AT_ONCE: Final = 32
"""Faces of one request that are asked about together: whoever sends hundreds takes turns with the others."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is in a picture, and whose faces; and what is known elsewhere of whom they are, by their labels' ids."""

    seen: Seen
    recognitions: tuple[Recognition, ...]
    links: Mapping[str, Links]


class Recognizing:
    """Recognises faces.

    Args:
        looking: finds and cuts them.
        acquaintances: what is known of people elsewhere.
        within: seconds that anyone waits for the model at most.
    """

    def __init__(self, looking: Looking, acquaintances: Acquaintances, *, within: float) -> None:
        self._looking = looking
        self._acquaintances = acquaintances
        self._within = within

    async def recognize(self, model: ServedModel, given: Sequence[Given], *, top: int) -> list[Known | Unseen]:
        """Whose faces are in pictures, in their order.

        Args:
            model: of `Following.need`; all are answered by this one.
            given: the pictures.
            top: guesses of each face, at most.

        Raises:
            TooManyRequests: there are too many in the works already.
        """
        found = await self._looking.look(given, crops=True)
        crops = [each.crops for each in found if isinstance(each, Seen) and each.crops is not None]
        answers = await self._answers(model, np.concatenate(crops), top) if crops else []
        links = await self._links(model, answers)
        every = iter(answers)
        return [
            each if isinstance(each, Unseen) else Known(each, tuple(next(every) for _ in each.faces), links)
            for each in found
        ]

    async def _links(self, model: ServedModel, answers: Sequence[Recognition]) -> Mapping[str, Links]:
        """Of those who were recognised; of drawn people nobody knows anything, whoever has the same name."""
        found = {each.guesses[0].label.id: each.guesses[0].label for each in answers if not each.unknown}
        return {} if model.manifest.drawn or not found else await self._acquaintances.links(list(found.values()))

    async def _answers(self, model: ServedModel, crops: Crops, top: int) -> list[Recognition]:
        answers: list[Recognition] = []
        for start in range(0, len(crops), AT_ONCE):
            images = await asyncio.to_thread(scaled, crops[start : start + AT_ONCE])
            logits, embeddings = await model.infer(images, within=self._within)
            answers += recognize(logits, embeddings, model.manifest, model.centroids, top=top)
        return answers
