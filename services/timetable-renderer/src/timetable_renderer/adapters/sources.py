"""Sources from the web and from files."""

import asyncio
import os
from pathlib import Path
from typing import Final

from genba_servicekit.upstream import Upstream
from genba_servicekit.upstream_errors import UpstreamError
from timetable_renderer.ports import Fetched, FetchFailedError, Validators

_WEB: Final = ("http://", "https://")


class Sources:
    """Fulfils `ports.SourceFetcher`.

    A path is read as it is: that only configuration files name some, and absolute ones, is seen to before (see
    `usecases/festivals.py` and `adapters/config_folder.py`).

    Args:
        upstream: fetches what is on the web.
        limit: bytes of a file.
    """

    def __init__(self, upstream: Upstream, *, limit: int = 20_000_000) -> None:
        self._upstream = upstream
        self._limit = limit

    async def fetch(self, place: str, known: Validators) -> Fetched:
        """Get a copy of `place`, a URL or a path, unless it is still as it was.

        Raises:
            FetchFailedError: it cannot be had, or may not be.
        """
        if place.startswith(_WEB):
            return await self._fetch_url(place, known)
        return await asyncio.to_thread(self._read_file, Path(place), known)

    async def _fetch_url(self, url: str, known: Validators) -> Fetched:
        try:
            answer = await self._upstream.get(url, etag=known.etag, last_modified=known.last_modified)
        except UpstreamError as error:
            raise FetchFailedError(str(error)) from error
        if answer.body is None:  # a 304 may leave out what it had said before (RFC 9110, 15.4.5)
            etag, last_modified = answer.etag or known.etag, answer.last_modified or known.last_modified
            return Fetched(None, Validators(etag, last_modified), answer.content_type)
        return Fetched(answer.body, Validators(answer.etag, answer.last_modified), answer.content_type)

    def _read_file(self, path: Path, known: Validators) -> Fetched:
        if not path.is_absolute():
            raise FetchFailedError("is no absolute path")
        try:
            if not path.is_file():  # a pipe would keep its reader waiting
                raise FetchFailedError("is no file" if path.exists() else "there is no such file")
            with path.open("rb") as file:
                said = os.fstat(file.fileno())
                etag = f"{said.st_mtime_ns}-{said.st_size}"
                if known.etag == etag:
                    return Fetched(None, known)
                body = file.read(self._limit + 1)
        except OSError as error:
            raise FetchFailedError(f"cannot be read: {error.strerror}") from error
        if len(body) > self._limit:
            raise FetchFailedError(f"has more than {self._limit:,} bytes")
        return Fetched(body, Validators(etag))
