"""A folder of checkpoints, kept safe in an object store: files under their hashes first, what they make up last.

| key | what it is |
|---|---|
| `objects/<sha256>` | a file |
| `manifest.json` | the last checkpoint: every file's name, size and hash |
| `reports/<instance>.ndjson` | what an instance told of the job |
| `controller.json` | what the controller knows of the job |
| `lease.json` | who looks after the job |
"""

import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import anyio
from anyio import to_thread

from genba_servicekit.objects import CHUNK_BYTES, ObjectNotFound, ObjectStore
from spot_price.core.jobs import CheckpointFile, Manifest, manifest_of
from spot_price.core.records import Seconds

MANIFEST: Final = "manifest.json"
UNFINISHED: Final = (".tmp", ".part")
"""Ends of names of files that are being written."""


class CheckpointError(Exception):
    """A checkpoint that cannot be had or kept: why, in one line for people."""


def object_key(sha256: str) -> str:
    """Where a file is kept."""
    return f"objects/{sha256}"


class Checkpoints:
    """A folder and its copy.

    Args:
        store: where the copy is.
        folder: where the job saves; made if it is not there.
    """

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store, self._folder = store, folder
        self._limiter = anyio.CapacityLimiter(2)  # its own threads: reading gigabytes holds up no other blocking work
        self._hashes: dict[str, tuple[tuple[int, int], str]] = {}
        self.last: Manifest | None = None
        """The newest checkpoint that is safe, as far as is known here."""

    async def restore(self) -> Manifest | None:
        """Bring the folder to the last checkpoint that is safe; None if there is none.

        Raises:
            CheckpointError: it is damaged, or a part of it is missing.
        """
        await self._run_make()
        try:
            self.last = manifest_of(await self._store.get(MANIFEST))
        except ObjectNotFound:
            return None
        except ValueError as error:
            raise CheckpointError(f"{MANIFEST}: {error}") from None
        for file in self.last.files:
            await self._fetch(file)
        return self.last

    async def save(self, instance: str, now: Seconds) -> Manifest | None:
        """Keep what is in the folder safe; None if that is what is safe already, or nothing.

        Files are put first and the manifest last: whoever reads a manifest finds what it names, whenever this is cut.
        """
        files = [file for name in await to_thread.run_sync(self._names) if (file := await self._put(name)) is not None]
        previous = self.last.files if self.last else ()
        if not files or tuple(files) == previous:
            return None
        made = Manifest((self.last.number if self.last else 0) + 1, now, instance, tuple(files))
        await self._store.put(MANIFEST, made.json())
        self.last = made
        kept = {file.sha256 for file in files}
        for file in previous:
            if file.sha256 not in kept:
                await self._store.delete(object_key(file.sha256))
        return made

    async def _put(self, name: str) -> CheckpointFile | None:
        """A file, safe; None if it is gone, or was written to while it was read."""
        path = self._folder / name
        try:
            stamp, sha256 = await to_thread.run_sync(self._hashed, name, limiter=self._limiter)
            if await self._store.info(object_key(sha256)) is None:
                put = await self._store.put(object_key(sha256), self._pieces(path))
                if put.sha256 != sha256:
                    await self._store.delete(object_key(sha256))
                    return None
        except FileNotFoundError:
            return None
        return CheckpointFile(name, stamp[0], sha256)

    async def _fetch(self, file: CheckpointFile) -> None:
        path = self._folder / file.name
        if self._folder.resolve() not in path.resolve().parents:
            raise CheckpointError(f"{MANIFEST}: {file.name!r} is outside of the folder")
        if await to_thread.run_sync(path.is_file):
            _, sha256 = await to_thread.run_sync(self._hashed, file.name, limiter=self._limiter)
            if sha256 == file.sha256:
                return
        part = path.with_name(path.name + UNFINISHED[1])
        await to_thread.run_sync(lambda: path.parent.mkdir(parents=True, exist_ok=True))
        digest = hashlib.sha256()
        try:
            async with await anyio.open_file(part, "wb") as out:
                async for piece in self._store.stream(object_key(file.sha256)):
                    digest.update(piece)
                    await out.write(piece)
        except ObjectNotFound:
            raise CheckpointError(f"{file.name}: it is in the manifest, but not in the store") from None
        if digest.hexdigest() != file.sha256:
            raise CheckpointError(f"{file.name}: it is damaged in the store")
        await to_thread.run_sync(part.replace, path)

    async def _run_make(self) -> None:
        await to_thread.run_sync(lambda: self._folder.mkdir(parents=True, exist_ok=True))

    async def _pieces(self, path: Path) -> AsyncIterator[bytes]:
        async with await anyio.open_file(path, "rb") as file:
            while piece := await file.read(CHUNK_BYTES):
                yield piece

    def _names(self) -> Sequence[str]:
        """Every file that is finished, by its path in the folder."""
        found = []
        for folder, folders, files in os.walk(self._folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            place = Path(folder)
            found += [
                (place / name).relative_to(self._folder).as_posix()
                for name in files
                if not name.startswith(".") and not name.endswith(UNFINISHED)
            ]
        return sorted(found)

    def _hashed(self, name: str) -> tuple[tuple[int, int], str]:
        """(size, time of change) and SHA-256 of a file; read again only if one of the first two is another."""
        path = self._folder / name
        status = path.stat()
        stamp = (status.st_size, status.st_mtime_ns)
        known = self._hashes.get(name)
        if known is not None and known[0] == stamp:
            return known
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self._hashes[name] = (stamp, sha256)
        return stamp, sha256
