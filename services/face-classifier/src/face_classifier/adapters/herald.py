"""Tells every process what has changed, through the outbox: what Redis did not take yet is told when it is back."""

import asyncio
from contextlib import suppress

from face_classifier.adapters.schema import outbox
from face_classifier.core.bundles import Manifest
from face_classifier.core.jobs import Job
from genba_contracts.events import FaceModelPromoted, FaceTrainingProgressed
from genba_servicekit.bus import EventBus
from genba_servicekit.bus_log import EventBusUnavailable
from genba_servicekit.database import Database
from genba_servicekit.outbox import add

SOURCE = "face-classifier"


class OutboxHerald:
    """Fulfils `ports.Herald`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def promoted(self, version: int, manifest: Manifest) -> None:
        """Another version of the model is to answer."""
        event = FaceModelPromoted(
            source=SOURCE, version=version, name=manifest.name, labels=len(manifest.labels), drawn=manifest.drawn
        )
        await self._database.write(lambda connection: add(connection, outbox, event))


class TrainingHerald:
    """Tells that a training goes on. What Redis does not take is not told again: the next is seconds away.

    Args:
        bus: a started one.
    """

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._telling: set[asyncio.Task[None]] = set()

    def goes_on(self, job: Job) -> None:
        """Tell of a training; waits for nothing."""
        said = job.progress or {}
        if "loss" not in said:  # no training, or before its first step
            return
        event = FaceTrainingProgressed(
            source=SOURCE,
            training=job.id,
            **{name: said[name] for name in ("step", "steps", "loss", "accuracy")},
        )
        task = asyncio.create_task(self._tell(event))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, event: FaceTrainingProgressed) -> None:
        with suppress(EventBusUnavailable):
            await self._bus.publish(event)
