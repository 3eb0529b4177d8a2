"""Which version of the model is promoted: it is loaded beside the requests, and takes over."""

import asyncio
import io
import time
from collections.abc import Callable, Mapping
from typing import Final

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from face_classifier.core.bundles import CENTROIDS, ONNX, BundleError, Manifest
from face_classifier.core.recognition import check_centroids
from face_classifier.ports import ModelVersions, Runtime
from face_classifier.usecases.serving import ServedModel, Serving
from genba_servicekit.errors import Conflict, ServiceUnavailable
from genba_servicekit.logging import get_logger

TRY_AGAIN: Final = 30.0
"""Seconds until a version that could not be used is tried once more: its files may have come meanwhile."""
CENTROID_BYTES: Final = 64 << 20

Numbers = NDArray[np.float32]
Open = Callable[[Manifest, Mapping[str, bytes]], Runtime]

log = get_logger(__name__)


class NoModel(Conflict):
    """No model was promoted yet."""

    title = "There is no model yet"
    example = "Train one (face-classifier train), and have it answer (face-classifier models promote)."


class ModelLoading(ServiceUnavailable):
    """The model is being loaded."""

    title = "The model is being loaded"


class Following:
    """Loads the version that is promoted, and has it take over.

    Requests go on with the model that they began with; the one before is forgotten with the last of them.

    Args:
        versions: where models are.
        open_runtime: makes a network of a model's files, warmed up; called in a thread.
        serving: has the model that answers.
        clock: seconds; tests have their own.
    """

    def __init__(
        self,
        versions: ModelVersions,
        open_runtime: Open,
        serving: Serving,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._versions = versions
        self._open = open_runtime
        self._serving = serving
        self._clock = clock
        self._one = asyncio.Lock()
        self._looked = False
        self._failed: tuple[int, str] | None = None
        self._try_at = 0.0

    @property
    def answering(self) -> int | None:
        """The version that answers now; None if there is none, or it is being loaded."""
        model = self._serving.current
        return None if model is None else int(model.version)

    def need(self) -> ServedModel:
        """The model that answers now.

        Raises:
            ModelLoading: it is being loaded, or could not be.
            NoModel: none was promoted yet.
        """
        if (model := self._serving.current) is not None:
            return model
        if self._failed is not None:
            raise ModelLoading(_cannot(*self._failed), retry_after=TRY_AGAIN)
        if not self._looked:
            raise ModelLoading
        raise NoModel("Train one (face-classifier train), and have it answer (face-classifier models promote).")

    async def follow(self) -> None:
        """See which version is to answer, and load it if it is another. One that cannot be used changes nothing."""
        async with self._one:
            wanted = (await self._versions.promotions()).current
            if wanted is not None and wanted != self.answering:
                await self._take(wanted)
            elif wanted is not None:
                self._failed = None
            self._looked = True

    async def check(self) -> str:
        """For `/readyz`: what answers.

        Raises:
            ServiceUnavailable: nothing does although something should; the message says why.
        """
        answering, failed = self.answering, self._failed
        if answering is None and failed is None:
            if self._looked:
                return "none was promoted yet"
            raise ServiceUnavailable("loading")
        if answering is None:
            raise ServiceUnavailable(_cannot(*(failed or (0, ""))))
        return f"version {answering}" + (f"; {_cannot(*failed)}" if failed is not None else "")

    async def _take(self, number: int) -> None:
        if self._failed is not None and self._failed[0] == number and self._clock() < self._try_at:
            return
        try:
            manifest, files = await self._versions.bundle(number, (ONNX, CENTROIDS))
            runtime, centroids = await anyio.to_thread.run_sync(self._load, manifest, files)
        except BundleError as error:
            if self._failed is None or self._failed[0] != number:
                log.error("a version of the model cannot be used", version=number, reason=str(error))  # noqa: TRY400
            self._failed, self._try_at = (number, str(error)), self._clock() + TRY_AGAIN
            return
        self._serving.serve(manifest, str(number), runtime, centroids)
        self._failed = None
        log.info("a model answers", version=number, name=manifest.name, labels=len(manifest.labels))

    def _load(self, manifest: Manifest, files: Mapping[str, bytes]) -> tuple[Runtime, Numbers]:
        runtime = self._open(manifest, files)
        return runtime, check_centroids(_numbers(files[CENTROIDS]), manifest, runtime.width)


def _cannot(number: int, reason: str) -> str:
    return f"version {number} cannot be used: {reason}"


def _numbers(data: bytes) -> Numbers:
    if len(data) > CENTROID_BYTES:
        raise BundleError(f"centroids.npy has {len(data):,} bytes")
    try:
        return np.asarray(np.load(io.BytesIO(data), allow_pickle=False), np.float32)
    except Exception as error:  # numpy raises what it likes on broken files
        raise BundleError(f"centroids.npy cannot be read: {error}") from error
