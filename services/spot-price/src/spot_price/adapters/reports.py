"""What an instance tells of its job: kept beside the checkpoints, and published for whoever listens."""

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from genba_contracts.events import SpotJobReported
from genba_servicekit.bus import EventBus, EventBusUnavailable
from genba_servicekit.logging import get_logger
from genba_servicekit.objects import ObjectNotFound, ObjectStore

log = get_logger(__name__)
FOLDER: Final = "reports"


class Reports:
    """Reports of instances.

    Args:
        store: where they are kept.
        bus: where they are published too; None: nowhere.
    """

    def __init__(self, store: ObjectStore, bus: EventBus | None = None) -> None:
        self._store, self._bus = store, bus
        self._told: list[SpotJobReported] = []

    async def tell(self, report: SpotJobReported) -> None:
        """Keep a report, then publish it. A Redis that is away is no reason to stop: the store has it."""
        self._told.append(report)
        lines = "".join(f"{each.model_dump_json()}\n" for each in self._told)
        await self._store.put(f"{FOLDER}/{report.instance}.ndjson", lines.encode())
        if self._bus is not None:
            try:
                await self._bus.publish(report)
            except EventBusUnavailable as error:
                log.warning("a report was not published", kind=report.kind, reason=str(error))

    async def of(self, instance: str) -> Sequence[SpotJobReported]:
        """Everything that an instance told, in order."""
        try:
            data = await self._store.get(f"{FOLDER}/{instance}.ndjson")
        except ObjectNotFound:
            return []
        found = []
        for line in data.splitlines():
            try:
                found.append(SpotJobReported.model_validate_json(line))
            except ValidationError as error:
                log.warning("a report is not understood", instance=instance, reason=str(error))
        return found
