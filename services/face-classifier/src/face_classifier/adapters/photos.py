"""Data sets where they are kept: in a folder or in S3, through the artifact store."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from face_classifier.core.datasets import LABELS_FILE, DataSet, Label, data_set, read_labels, write_labels
from genba_servicekit.objects import ObjectNotFound, ObjectStore, open_store

PHOTOS: Final = 1_000_000


class Photos:
    """Fulfils `ports.PhotoStore`: what is under a prefix of a store ("" or "a/b/")."""

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store, self._prefix = store, prefix

    async def data_set(self) -> DataSet:
        """What is there. Raises DataSetError if `labels.json` cannot be read."""
        try:
            labels, drawn = read_labels(await self._store.get(self._prefix + LABELS_FILE))
        except ObjectNotFound:
            labels, drawn = [], False
        keys = [info.key.removeprefix(self._prefix) async for info in self._store.find(self._prefix)]
        return data_set(keys, labels, drawn=drawn)

    async def read(self, key: str) -> bytes:
        """A photo's file."""
        return await self._store.get(self._prefix + key)

    async def put(self, key: str, data: bytes) -> None:
        """Keep a photo's file."""
        await self._store.put(self._prefix + key, data)

    async def put_labels(self, labels: Sequence[Label], *, drawn: bool = False) -> None:
        """Keep who the labels are, and whether they are drawn."""
        await self._store.put(self._prefix + LABELS_FILE, write_labels(labels, drawn=drawn))

    async def put_json(self, key: str, value: object) -> None:
        """Keep something that was found out about it."""
        await self._store.put(self._prefix + key, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())


@asynccontextmanager
async def open_photos(url: str) -> AsyncIterator[Photos]:
    """The data set at a folder's path or an `s3://…` URL."""
    async with open_store(url) as store:
        yield Photos(store)
