"""Artifacts under names: in a folder, or in S3 by URL. What is put is there as a whole or not at all."""

import contextlib
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeVar, TypeVarTuple
from urllib.parse import urlsplit

import aioboto3
import anyio
from anyio import to_thread
from botocore.exceptions import ClientError

from genba_servicekit.errors import BadRequest, Conflict, NotFound

CHUNK_BYTES: Final = 256 * 1024
SPOOL_BYTES: Final = 8 << 20  # larger uploads wait on disk, so that their hash is known before S3 is told of them
KEY_BYTES: Final = 512
_SEGMENT: Final = re.compile(r"[^./\\\x00-\x1f\x7f\ud800-\udfff][^/\\\x00-\x1f\x7f\ud800-\udfff]*")
_SEGMENT_BYTES: Final = 255  # of a file name, on Linux and macOS

T = TypeVar("T")
Args = TypeVarTuple("Args")
Data = bytes | AsyncIterable[bytes]


class ObjectNotFound(NotFound):
    """Nothing is kept under this name."""

    title = "Nothing is kept under this name"


class InvalidKey(BadRequest):
    """This cannot be the name of an artifact."""

    title = "Not a name for an artifact"


class KeyTaken(Conflict):
    """In a folder, a name cannot also be the beginning of other names."""

    title = "One name is the beginning of another"


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What is known of an artifact.

    Attributes:
        key: its name.
        size: in bytes.
        modified: when it was put.
        sha256: of its bytes, in hex; None in listings.
    """

    key: str
    size: int
    modified: datetime
    sha256: str | None = None


class ObjectStore(Protocol):
    """Where artifacts are kept. A key is a path of names: `models/2026-05-01/weights.npz`.

    Every method raises InvalidKey where a key has empty names, or names that begin with a dot, or control characters.
    """

    async def put(self, key: str, data: Data) -> ObjectInfo:
        """Keep bytes under a key, in place of what was there. Readers see the old or the new, never a mixture."""

    async def get(self, key: str) -> bytes:
        """All of it. Raises ObjectNotFound."""

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """It in pieces of 256 KiB. Raises ObjectNotFound at the first."""

    async def info(self, key: str) -> ObjectInfo | None:
        """What is known of it, its hash included; None if there is none."""

    def find(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """All whose keys begin so, by key."""

    async def delete(self, key: str) -> None:
        """Keep it no longer; nothing happens if there is none."""


@contextlib.asynccontextmanager
async def open_store(url: str) -> AsyncIterator[ObjectStore]:
    """The store that a URL names: `s3://bucket/prefix`, or a folder as `file:///path` or a plain path.

    S3's address and credentials are AWS's own settings (AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID…).
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        # one client for the store's life: a new one costs 60 ms, and a new connection each
        async with aioboto3.Session().client("s3") as client:
            yield S3Store(client, parts.netloc, parts.path.strip("/"))
    else:
        yield FolderStore(Path(parts.path if parts.scheme == "file" else url))


def check_key(key: str) -> str:
    """The key itself. Raises InvalidKey."""
    names = key.split("/")
    if len(key.encode("utf-8", "replace")) > KEY_BYTES:
        raise InvalidKey(f"A name may have {KEY_BYTES} bytes")
    for name in names:
        if not _SEGMENT.fullmatch(name) or len(name.encode()) > _SEGMENT_BYTES:
            raise InvalidKey("Each part needs a character, no dot at its beginning, and no control characters")
    return key


class FolderStore:
    """Files under a folder, written beside and moved into place.

    Args:
        root: the folder; made if it is not there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._limiter = anyio.CapacityLimiter(8)  # its own threads: a slow disk holds up no other blocking work

    async def put(self, key: str, data: Data) -> ObjectInfo:
        """See ObjectStore."""
        target = self._path(key)
        digest = hashlib.sha256()
        temporary = self._root / ".tmp" / secrets.token_hex(8)
        file = await self._run(_create, temporary)
        try:
            async for chunk in _chunks(data):
                digest.update(chunk)
                await self._run(file.write, chunk)
            return await self._run(_finish, file, temporary, target, key, digest.hexdigest())
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._run(_discard, file, temporary)
            raise

    async def get(self, key: str) -> bytes:
        """See ObjectStore."""
        path = self._path(key)
        with _not_found(key):
            return await self._run(path.read_bytes)

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See ObjectStore."""
        path = self._path(key)
        with _not_found(key):
            file = await self._run(_open, path)
        try:
            while chunk := await self._run(file.read, CHUNK_BYTES):
                yield chunk
        finally:
            file.close()

    async def info(self, key: str) -> ObjectInfo | None:
        """See ObjectStore."""
        path = self._path(key)
        try:
            return await self._run(_info_with_hash, path, key)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    async def find(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """See ObjectStore."""
        for info in await self._run(self._walk, prefix):
            yield info

    async def delete(self, key: str) -> None:
        """See ObjectStore."""
        path = self._path(key)
        await self._run(self._remove, path)

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _walk(self, prefix: str) -> list[ObjectInfo]:
        found: list[ObjectInfo] = []
        for folder, names, files in os.walk(self._root):
            names[:] = [name for name in names if not name.startswith(".")]
            for path in (Path(folder, name) for name in files if not name.startswith(".")):
                key = path.relative_to(self._root).as_posix()
                if key.startswith(prefix):
                    with contextlib.suppress(FileNotFoundError):  # deleted in between
                        found.append(_info(path, key))
        return sorted(found, key=attrgetter("key"))

    def _remove(self, path: Path) -> None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            path.unlink()
        with contextlib.suppress(OSError):  # the folders that are empty now, up to the first that is not
            for parent in path.parents:
                if parent == self._root:
                    break
                parent.rmdir()

    async def _run(self, work: Callable[[*Args], T], *args: *Args) -> T:
        return await to_thread.run_sync(work, *args, limiter=self._limiter)


class S3Store:
    """Objects of a bucket, their hashes in their metadata.

    Args:
        client: aioboto3's, kept open by whoever made it.
        bucket: the bucket.
        prefix: goes before every key, with a slash.
    """

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    async def put(self, key: str, data: Data) -> ObjectInfo:
        """See ObjectStore."""
        name = self._name(key)
        digest = hashlib.sha256()
        size = 0
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            async for chunk in _chunks(data):
                digest.update(chunk)
                size += len(chunk)
                await to_thread.run_sync(spool.write, chunk)
            spool.seek(0)
            metadata = {"sha256": digest.hexdigest()}
            await self._client.upload_fileobj(spool, self._bucket, name, ExtraArgs={"Metadata": metadata})
        return ObjectInfo(key, size, datetime.now(UTC), digest.hexdigest())

    async def get(self, key: str) -> bytes:
        """See ObjectStore."""
        return b"".join([chunk async for chunk in self.stream(key)])

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See ObjectStore."""
        name = self._name(key)
        with _not_found(key):
            answer = await self._client.get_object(Bucket=self._bucket, Key=name)
        body = answer["Body"]
        async with body:
            async for chunk in body.iter_chunks(CHUNK_BYTES):
                yield chunk

    async def info(self, key: str) -> ObjectInfo | None:
        """See ObjectStore."""
        try:
            head = await self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        except ClientError as exc:
            if _is_missing(exc):
                return None
            raise
        return ObjectInfo(key, head["ContentLength"], head["LastModified"], head["Metadata"].get("sha256"))

    async def find(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """See ObjectStore."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        async for page in pages:
            for item in page.get("Contents", ()):
                yield ObjectInfo(item["Key"].removeprefix(self._prefix), item["Size"], item["LastModified"])

    async def delete(self, key: str) -> None:
        """See ObjectStore."""
        await self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)


async def _chunks(data: Data) -> AsyncIterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    async for chunk in data:
        yield chunk


def _is_missing(exc: ClientError) -> bool:
    return exc.response["Error"]["Code"] in {"NoSuchKey", "404"}


@contextlib.contextmanager
def _not_found(key: str) -> Any:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as exc:
        raise ObjectNotFound(key) from exc
    except ClientError as exc:
        if _is_missing(exc):
            raise ObjectNotFound(key) from exc
        raise


def _create(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _finish(file: IO[bytes], temporary: Path, target: Path, key: str, sha256: str) -> ObjectInfo:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as exc:
        raise KeyTaken(key) from exc
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name too must outlive a power cut
    finally:
        os.close(folder)
    return _info(target, key, sha256)


def _discard(file: IO[bytes], temporary: Path) -> None:
    file.close()
    temporary.unlink(missing_ok=True)


def _info(path: Path, key: str, sha256: str | None = None) -> ObjectInfo:
    status = path.stat()
    return ObjectInfo(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), sha256)


def _info_with_hash(path: Path, key: str) -> ObjectInfo:
    with path.open("rb") as file:
        return _info(path, key, hashlib.file_digest(file, "sha256").hexdigest())


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")
