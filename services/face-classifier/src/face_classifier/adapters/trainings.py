"""Data sets and runs of the service, in its artifacts: under `data-sets/NAME/` and `runs/JOB/`."""

from collections.abc import Mapping
from typing import Final

from face_classifier.adapters.bundles import get_bundle
from face_classifier.adapters.versions import version_prefix
from face_classifier.core.bundles import FILES, Manifest
from face_classifier.core.datasets import SUFFIXES
from genba_servicekit.objects import ObjectNotFound, ObjectStore

DATA_SETS: Final = "data-sets"
RUNS: Final = "runs"


class ServiceTrainings:
    """Fulfils `ports_jobs.Trainings`.

    Args:
        store: the artifacts.
        url: where they are, for commands.
    """

    def __init__(self, store: ObjectStore, url: str) -> None:
        self._store, self._url = store, url.rstrip("/")

    def data_set_url(self, name: str) -> str:
        """See Trainings."""
        return f"{self._url}/{DATA_SETS}/{name}"

    def run_url(self, job_id: str) -> str:
        """See Trainings."""
        return f"{self._url}/{RUNS}/{job_id}"

    async def photos(self, name: str) -> int:
        """See Trainings."""
        count = 0
        async for info in self._store.find(f"{DATA_SETS}/{name}/"):
            count += info.key.lower().endswith(SUFFIXES)
        return count

    async def data_sets(self) -> Mapping[str, int]:
        """See Trainings."""
        found: dict[str, int] = {}
        async for info in self._store.find(f"{DATA_SETS}/"):
            name = info.key.split("/")[1]
            found[name] = found.get(name, 0) + info.key.lower().endswith(SUFFIXES)
        return {name: count for name, count in found.items() if count}

    async def model(self, job_id: str) -> tuple[Manifest, Mapping[str, bytes]]:
        """See Trainings."""
        return await get_bundle(self._store, FILES, f"{RUNS}/{job_id}/")

    def version_url(self, number: int) -> str:
        """See Trainings."""
        return f"{self._url}/{version_prefix(number)}".rstrip("/")

    async def files(self, job_id: str) -> list[str]:
        """See Trainings."""
        prefix = f"{RUNS}/{job_id}/"
        return [info.key.removeprefix(prefix) async for info in self._store.find(prefix)]

    async def file(self, job_id: str, name: str) -> bytes | None:
        """See Trainings."""
        try:
            return await self._store.get(f"{RUNS}/{job_id}/{name}")
        except ObjectNotFound:
            return None

    async def put_file(self, job_id: str, name: str, data: bytes) -> None:
        """See Trainings."""
        await self._store.put(f"{RUNS}/{job_id}/{name}", data)

    async def forget(self, job_id: str) -> None:
        """See Trainings."""
        keys = [info.key async for info in self._store.find(f"{RUNS}/{job_id}/")]
        for key in keys:
            if not key.endswith((".json", ".html")):  # its report stays
                await self._store.delete(key)
