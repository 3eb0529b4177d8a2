"""Tells every process what has changed, through the outbox: what Redis did not take yet is told when it is back."""

from face_classifier.adapters.schema import outbox
from face_classifier.core.bundles import Manifest
from genba_contracts.events import FaceModelPromoted
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
