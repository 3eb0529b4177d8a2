"""Versions of the model, in the artifact store: each under `versions/NNNN/`, and which of them answers.

What has no manifest is not there: it is written last, so that nobody sees half a version.
"""

import asyncio
import random
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from face_classifier.adapters.bundles import get_bundle, put_bundle, read_manifest
from face_classifier.core.bundles import MANIFEST, Manifest
from face_classifier.core.promotions import Promotions, read_promotions, write_promotions
from genba_servicekit.objects import ObjectNotFound, ObjectStore

PROMOTED: Final = "promoted.json"
FOLDER: Final = "versions/"
_KEY: Final = re.compile(rf"{FOLDER}([0-9]{{4,9}})/(.+)")
_CLAIM: Final = "claim-"
_LONGEST_PAUSE: Final = 0.2
"""Seconds that one waits at most who takes a number at the same time as another."""


class Versions:
    """Fulfils `ports.ModelVersions`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def numbers(self) -> list[int]:
        """The versions that there are, in order."""
        return sorted(number for number, names in (await self._files()).items() if MANIFEST in names)

    async def manifest(self, number: int) -> Manifest:
        """What a version is. Raises BundleError if there is none, or it cannot be read."""
        return await read_manifest(self._store, version_prefix(number))

    async def bundle(self, number: int, names: Sequence[str]) -> tuple[Manifest, dict[str, bytes]]:
        """A version and those of its files. Raises BundleError if they are not what the manifest says."""
        return await get_bundle(self._store, names, version_prefix(number))

    async def add(self, manifest: Manifest, files: Mapping[str, bytes]) -> int:
        """Keep another version; gives its number."""
        number = await self._take_number()
        await put_bundle(self._store, version_prefix(number), manifest, files)
        return number

    async def promotions(self) -> Promotions:
        """Which version answers, and which did before. Raises PromotionError if that cannot be read."""
        try:
            return read_promotions(await self._store.get(PROMOTED))
        except ObjectNotFound:
            return Promotions()

    async def put_promotions(self, promotions: Promotions) -> None:
        """Keep which version answers."""
        await self._store.put(PROMOTED, write_promotions(promotions))

    async def _files(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        async for info in self._store.find(FOLDER):
            if (key := _KEY.fullmatch(info.key)) is not None:
                found.setdefault(int(key[1]), set()).add(key[2])
        return found

    async def _take_number(self) -> int:
        """A number that nobody else has: a claim is laid to it, and given up if another is there too."""
        while True:
            number = max(await self._files(), default=0) + 1
            claim = f"{version_prefix(number)}{_CLAIM}{secrets.token_hex(8)}"
            await self._store.put(claim, b"")
            if len((await self._files()).get(number, ())) == 1:
                return number
            await self._store.delete(claim)
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311  (spreads writers out)


def version_prefix(number: int) -> str:
    """Under which a version's files are."""
    return f"{FOLDER}{number:04}/"
