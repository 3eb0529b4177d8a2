"""Faces that were cut out and have no name yet, in the service's artifacts: `unlabelled/SET/ID.png`."""

from collections.abc import Mapping
from typing import Final

from face_classifier.adapters.photos import Photos
from face_classifier.adapters.trainings import DATA_SETS
from face_classifier.core.datasets import Label
from genba_servicekit.objects import ObjectNotFound, ObjectStore

UNLABELLED: Final = "unlabelled"
REJECTED: Final = "rejected"
SUFFIX: Final = ".png"


class Crops:
    """Fulfils `ports_labelling.CropStore`.

    Args:
        store: the artifacts.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def sets(self) -> Mapping[str, int]:
        """See CropStore."""
        found: dict[str, int] = {}
        async for info in self._store.find(f"{UNLABELLED}/"):
            parts = info.key.split("/")
            if len(parts) == 3 and parts[2].endswith(SUFFIX):  # noqa: PLR2004  (unlabelled, set, file)
                found[parts[1]] = found.get(parts[1], 0) + 1
        return found

    async def crops(self, name: str) -> list[str]:
        """See CropStore."""
        prefix = f"{UNLABELLED}/{name}/"
        found = [info.key.removeprefix(prefix) async for info in self._store.find(prefix)]
        return [key.removesuffix(SUFFIX) for key in found if key.endswith(SUFFIX) and "/" not in key]

    async def read(self, name: str, crop: str) -> bytes | None:
        """See CropStore."""
        try:
            return await self._store.get(f"{UNLABELLED}/{name}/{crop}{SUFFIX}")
        except ObjectNotFound:
            return None

    async def label(self, name: str, crop: str, data: bytes, label: Label) -> None:
        """See CropStore."""
        photos = Photos(self._store, f"{DATA_SETS}/{name}/")
        await photos.put(f"{label.id}/{crop}{SUFFIX}", data)
        known = (await photos.data_set()).labels
        if next((each for each in known if each.id == label.id), None) != label:
            await photos.put_labels([each for each in known if each.id != label.id] + [label])
        await self._store.delete(f"{UNLABELLED}/{name}/{crop}{SUFFIX}")

    async def reject(self, name: str, crop: str, data: bytes) -> None:
        """See CropStore."""
        await self._store.put(f"{REJECTED}/{name}/{crop}{SUFFIX}", data)
        await self._store.delete(f"{UNLABELLED}/{name}/{crop}{SUFFIX}")
