"""What a launcher knows of its job, beside the job's checkpoints."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from genba_contracts.events import SpotJobReported
from genba_servicekit.objects import ObjectNotFound, ObjectStore
from spot_price.adapters.reports import Reports
from spot_price.ports import KeptError

STATE: Final = "controller.json"


class KeptInStore:
    """What is known, in an object store.

    Args:
        store: of the job.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._reports = Reports(store)

    async def load(self) -> bytes | None:
        """What was kept; None: nothing. Raises KeptError."""
        with _told():
            try:
                return await self._store.get(STATE)
            except ObjectNotFound:
                return None

    async def keep(self, data: bytes) -> None:
        """Keep it. Raises KeptError."""
        with _told():
            await self._store.put(STATE, data)

    async def reports(self, instance: str) -> Sequence[SpotJobReported]:
        """What an instance told. Raises KeptError."""
        with _told():
            return await self._reports.of(instance)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, OSError) as error:
        raise KeptError(f"the job's store: {error}") from None
