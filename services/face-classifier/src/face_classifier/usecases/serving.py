"""The model that answers, and the next one that takes over from it."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from face_classifier.core.batches import Answer
from face_classifier.core.bundles import Manifest
from face_classifier.core.tensors import Numbers, Photos, Said, Signature, decode
from face_classifier.ports import Runtime
from face_classifier.usecases.batching import ROWS, Batcher, TooManyPhotos
from genba_servicekit.errors import NotFound, ServiceUnavailable

NAME: Final = "faces"
"""What the model that answers is called in the protocols of model servers, whichever it is."""


class ModelUnknown(NotFound):
    """There is no such model, or it is not the version that answers."""

    title = "There is no such model"


class NoModelYet(ServiceUnavailable):
    """No model is there yet that could answer."""

    title = "No model is loaded yet"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that answers. Fulfils `ports.FaceModel`.

    Attributes:
        manifest: what it is.
        version: its number, as a text.
        runtime: what runs it.
        centroids: of its labels' embeddings, [labels, width], of unit length.
        signature: what protocols say of it.
        batcher: in which its photos wait.
    """

    manifest: Manifest
    version: str
    runtime: Runtime
    centroids: NDArray[np.float32]
    signature: Signature
    batcher: Batcher

    async def infer(self, images: Numbers, *, within: float | None = None) -> Answer:
        """Logits [n, labels] and embeddings [n, width] of photos [n, 96, 96, 3] in [0, 1]; see `Batcher.submit`."""
        return await self.batcher.submit(self.runtime, images, within=within)


class Serving:
    """Has the model that answers.

    Args:
        batcher: runs it.
        decoders: threads that decode pictures of faces.
        within: seconds that anyone waits for an answer at most.

    Attributes:
        current: None until there is one.
    """

    def __init__(self, batcher: Batcher, *, decoders: int, within: float) -> None:
        self.current: ServedModel | None = None
        self._batcher, self._within = batcher, within
        self._decoders = ThreadPoolExecutor(decoders, thread_name_prefix="crops")

    def serve(self, manifest: Manifest, version: str, runtime: Runtime, centroids: NDArray[np.float32]) -> ServedModel:
        """Let a model that is warm take over. Whoever asked before is answered by the one that was there."""
        labels = tuple(label.id for label in manifest.labels)
        signature = Signature(NAME, version, labels, runtime.width, manifest.temperature)
        self.current = ServedModel(manifest, version, runtime, centroids, signature, self._batcher)
        return self.current

    def need(self, name: str = NAME, version: str | None = None) -> ServedModel:
        """The model that answers.

        Raises:
            ModelUnknown: it is not called so, or is another version.
            NoModelYet: there is none.
        """
        if name != NAME:
            raise ModelUnknown(f"there is no model {name[:60]!r}; the one that answers is {NAME!r}")
        if self.current is None:
            raise NoModelYet
        if version is not None and version != self.current.version:
            raise ModelUnknown(f"version {version[:20]!r} of {name} is not served; {self.current.version} is")
        return self.current

    async def say(self, model: ServedModel, photos: Photos, within: float | None = None) -> Said:
        """What a model says of photos, as numbers or as files.

        Raises:
            TensorError: a file is no picture.
            ProblemError: see `Batcher.submit`.
        """
        if not isinstance(photos, np.ndarray):
            photos = await self._decoded(photos)
        within = self._within if within is None else min(within, self._within)
        logits, embedding = await model.infer(photos, within=within)
        return Said(logits, embedding, model.manifest.temperature)

    async def _decoded(self, files: Sequence[bytes]) -> Numbers:
        if len(files) > ROWS:
            raise TooManyPhotos(f"{len(files)} photos; {ROWS} are looked at together")
        return await asyncio.get_running_loop().run_in_executor(self._decoders, decode, files)

    async def stop(self) -> None:
        """Answer whom it has taken in, and end all threads."""
        await self._batcher.stop()
        await asyncio.to_thread(self._decoders.shutdown, cancel_futures=True)
