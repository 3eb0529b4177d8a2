"""Models and runs where they are kept: in a folder or in S3, through the artifact store. See `core.bundles`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from face_classifier.core.bundles import FILES, MANIFEST, BundleError, Manifest, check, file_info, write_manifest
from face_classifier.core.bundles import read_manifest as parse_manifest
from genba_servicekit.objects import ObjectNotFound, ObjectStore


class Models:
    """Fulfils `ports.ModelStore`: what is under a prefix of a store ("" or "a/b/")."""

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        self._store, self._prefix = store, prefix

    async def read(self, key: str) -> bytes | None:
        """A file; None if there is none."""
        try:
            return await self._store.get(self._prefix + key)
        except ObjectNotFound:
            return None

    async def put(self, key: str, data: bytes) -> None:
        """Keep a file."""
        await self._store.put(self._prefix + key, data)

    async def put_json(self, key: str, value: object) -> None:
        """Keep something as JSON."""
        await self.put(key, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())

    async def put_model(self, manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
        """Keep a model: its files, and then the manifest, which is given back with what it says of them."""
        return await put_bundle(self._store, self._prefix, manifest, files)

    async def keep_only_last(self, prefix: str, count: int) -> None:
        """Forget all files under a prefix but the last ones by name."""
        keys = [info.key async for info in self._store.find(self._prefix + prefix)]
        for key in keys[: max(len(keys) - count, 0)]:
            await self._store.delete(key)


async def put_bundle(store: ObjectStore, prefix: str, manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
    """Keep a model under `prefix` ("" or "a/b/"): its files first, the manifest last. Gives it as it was written."""
    manifest = replace(manifest, files={name: file_info(files[name]) for name in FILES if name in files})
    for name in manifest.files:
        await store.put(prefix + name, files[name])
    await store.put(prefix + MANIFEST, write_manifest(manifest))
    return manifest


async def read_manifest(store: ObjectStore, prefix: str = "") -> Manifest:
    """The manifest of the model under `prefix`.

    Raises:
        BundleError: there is none, or it cannot be read.
    """
    try:
        return parse_manifest(await store.get(prefix + MANIFEST))
    except ObjectNotFound as error:
        raise BundleError(f"there is no {MANIFEST}") from error


async def get_bundle(store: ObjectStore, names: Sequence[str], prefix: str = "") -> tuple[Manifest, dict[str, bytes]]:
    """The model under `prefix`: its manifest, and those of its files, each of which is what the manifest says.

    Raises:
        BundleError: there is none, it lacks one of the files, or a file is another than the manifest says.
    """
    manifest = await read_manifest(store, prefix)
    files = {}
    for name in names:
        try:
            files[name] = check(manifest, name, await store.get(prefix + name))
        except ObjectNotFound as error:
            raise BundleError(f"there is no {name}") from error
    return manifest, files
