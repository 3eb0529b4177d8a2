"""Calls about the whole wiki: its change log, import and export, figures."""

import asyncio
import bz2
import gzip
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any, Final, Literal, cast

from pydantic import ValidationError

from genba_client import _constants as constants
from genba_client._pages import Pages
from genba_client._streams import events_of, lines_of
from genba_client._transport import Call, ServiceClient, backoff, pieces_of
from genba_client.errors import ApiConnectionError, ApiResponseError, ApiStatusError
from genba_contracts.wiki import NDJSON, Change, ChangePage, EntryRecord, ImportJob, WikiStats

_OPENERS: Final[dict[str, Callable[..., Any]]] = {".bz2": bz2.open, ".gz": gzip.open}
_MEDIA_TYPES: Final = {"ndjson": NDJSON, "mediawiki": "application/xml"}
_FIRST_POLL: Final = 0.1
_SLOWEST_POLL: Final = 2.0


class ChangeCalls(ServiceClient):
    """What the wiki's client can do with the whole of it."""

    def changes(self, *, since: int = 0, limit: int | None = None) -> Pages[ChangePage, Change]:
        """List the changes after a seq up to now, oldest first."""
        return self._listing(
            "/v1/changes",
            ChangePage,
            items=lambda page: page.items,
            following=lambda page: str(page.seq) if page.more else None,
            params={"since": since, "limit": limit},
            cursor="since",
        )

    async def watch(self, *, since: int | None = None) -> AsyncGenerator[Change, None]:
        """Give every change after a seq (from now on where it is None), each once, for as long as it is iterated.

        A connection that ends is opened again, where it ended, as often as it takes.

        Raises:
            ApiConnectionError: the first connection failed.
            ApiStatusError: the service refused.
        """
        last, opened, failures = since, False, 0
        while True:
            headers = {"Accept": "text/event-stream", **({} if last is None else {"Last-Event-ID": str(last)})}
            call = Call("GET", "/v1/changes/stream", headers=headers, read_timeout=constants.EVENTS_READ_TIMEOUT)
            try:
                async with self._stream(call) as response:
                    opened = True
                    if last is None:
                        last = self._seq_of(response)
                    async for event in events_of(pieces_of(response)):
                        failures = 0
                        if event.event != "change":
                            continue
                        try:
                            change = Change.model_validate_json(event.data)
                        except ValidationError as error:
                            raise ApiResponseError(f"an event is no Change: {error}", response=response) from error
                        if last is None or change.seq > last:
                            last = change.seq
                            yield change
            except (ApiConnectionError, ApiStatusError) as error:
                again = isinstance(error, ApiConnectionError) or error.status in constants.RETRY_STATUSES
                if not (opened and again):
                    raise
            failures += 1
            await asyncio.sleep(backoff(failures))

    async def import_file(
        self,
        path: Path | str,
        *,
        kind: Literal["ndjson", "mediawiki"] | None = None,
        wait: bool = True,
    ) -> ImportJob:
        """Import a file of entries, in a stream. Importing it again changes nothing.

        Args:
            path: NDJSON of `EntryRecord` or a MediaWiki XML dump, as it is or compressed (`.bz2`, `.gz`).
            kind: what it is; by its name where None: `.xml` is a dump.
            wait: whether to come back when the import has ended, and not when the file is sent.

        Returns:
            The job; `rejected` has the lines that were not taken. A job that `failed` is returned too.

        Raises:
            OSError: the file cannot be read.
        """
        path = Path(path)
        opener = cast("Callable[[Path, str], IO[bytes]]", _OPENERS.get(path.suffix, open))
        name = path.stem if path.suffix in _OPENERS else path.name
        kind = kind or ("mediawiki" if name.endswith(".xml") else "ndjson")

        async def pieces() -> AsyncIterator[bytes]:
            file = await asyncio.to_thread(opener, path, "rb")
            try:
                while piece := await asyncio.to_thread(file.read, constants.UPLOAD_CHUNK):
                    yield piece
            finally:
                file.close()

        call = Call("POST", "/v1/imports", headers={"Content-Type": _MEDIA_TYPES[kind]}, content=pieces)
        async with self._stream(call) as response:
            await response.aread()
        job = self._parse(response, ImportJob)
        pause = _FIRST_POLL
        while wait and job.state == "running":
            await asyncio.sleep(pause)
            pause = min(_SLOWEST_POLL, pause * 1.5)
            job = await self.import_job(job.id)
        return job

    async def import_job(self, job: str) -> ImportJob:
        """Tell how far an import has come.

        Raises:
            NotFoundError: there is no such job.
        """
        return await self._call(Call("GET", f"/v1/imports/{job}"), ImportJob)

    async def export(self) -> AsyncGenerator[EntryRecord, None]:
        """Give every entry, in a stream: `import_file` takes the same lines.

        Raises:
            ApiConnectionError: the stream ended in the middle.
        """
        async with self._stream(Call("GET", "/v1/export", headers={"Accept": NDJSON})) as response:
            async for line in lines_of(pieces_of(response)):
                try:
                    record = EntryRecord.model_validate_json(line)
                except ValidationError as error:
                    raise ApiResponseError(f"a line is no EntryRecord: {error}", response=response) from error
                yield record

    async def stats(self) -> WikiStats:
        """Tell how big the wiki is."""
        return await self._call(Call("GET", "/v1/stats"), WikiStats)
