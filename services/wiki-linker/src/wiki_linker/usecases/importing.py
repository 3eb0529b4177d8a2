"""Bringing entries in and taking them out."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

import anyio

from genba_servicekit.errors import ProblemError
from genba_servicekit.logging import get_logger
from wiki_linker.core.commands import Record
from wiki_linker.core.imports import Format, Job
from wiki_linker.core.mediawiki import read_dump
from wiki_linker.core.ndjson import BadLine, ImportRecord, read_lines, write_line
from wiki_linker.ports import EntryStore, Freshness, JobStore

log = get_logger(__name__)

_BATCH: Final = 500  # entries in one transaction: about 60 ms, which other writers may have to wait for

Progress = Callable[[Job, int], None]
"""Told after each batch: the job, and how many bytes of the file are read."""


class Importing:
    """Imports from files, as jobs that can be asked how far they are, and exports."""

    def __init__(self, store: EntryStore, jobs: JobStore, freshness: Freshness, *, inbox: Path) -> None:
        self._store = store
        self._jobs = jobs
        self._freshness = freshness
        self._inbox = inbox
        self._running: set[asyncio.Task[None]] = set()

    async def receive(self, body: AsyncIterator[bytes], file_format: Format, *, author: str) -> Job:
        """Keep a body as it streams in, then begin to import it in the background.

        It is kept in a file without a name, which is gone with the process, however that ends.
        """
        self._inbox.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            file = stack.enter_context(TemporaryFile(dir=self._inbox))
            writer = anyio.wrap_file(file)
            async for chunk in body:
                await writer.write(chunk)
            await writer.seek(0)
            job = _new_job(file_format)
            await self._jobs.put(job)
            task = asyncio.create_task(self._run_received(job, file, author))
            self._running.add(task)
            kept = stack.pop_all()
        task.add_done_callback(lambda _: kept.close())
        task.add_done_callback(self._running.discard)
        return job

    async def job(self, job_id: str) -> Job | None:
        """One job."""
        job = await self._jobs.get(job_id)
        return None if job is None else job.seen_at(_now())

    async def stop(self) -> None:
        """Stop what runs; a job that is stopped can be sent again."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run_received(self, job: Job, file: BinaryIO, author: str) -> None:
        try:
            await self._run(job, file, author=author)
        except Exception:
            log.exception("import_unfinished", job=job.id)  # its end could not be kept: it will look like a lost one

    async def import_file(
        self, path: Path, file_format: Format, *, author: str, progress: Progress | None = None
    ) -> Job:
        """Import a file and wait for its end. Doing it twice changes nothing; bad lines are told, the rest is kept."""
        job = _new_job(file_format)
        await self._jobs.put(job)
        with path.open("rb") as file:
            await self._run(job, file, author=author, progress=progress)
        return job

    async def _run(self, job: Job, file: BinaryIO, *, author: str, progress: Progress | None = None) -> None:
        """Import a file as this job. Whatever goes wrong ends in the job's `error`."""
        try:
            records = read_dump(file) if job.format == "mediawiki" else read_lines(file)
            while batch := await asyncio.to_thread(_take, records):
                await self._import_batch(job, batch, author)
                if progress is not None:
                    progress(job, file.tell())
        except asyncio.CancelledError:
            job.state, job.error = "failed", "The service was stopped. Send the file again to go on."
            raise
        except (OSError, ValueError, ProblemError) as error:  # of the file, or of the database
            job.state, job.error = "failed", str(error)
        except Exception:
            log.exception("import_failed", job=job.id)
            job.state, job.error = "failed", "Something went wrong here; the service's log says what."
        else:
            job.state = "succeeded"
        finally:
            job.beat_at = job.finished_at = _now()
            await self._jobs.put(job)
            await self._freshness.announce()

    async def _import_batch(self, job: Job, batch: list[ImportRecord | BadLine], author: str) -> None:
        good = [item for item in batch if isinstance(item, ImportRecord)]
        for item in batch:
            if isinstance(item, BadLine):
                job.reject(item.line, item.reason)
        done = await self._store.import_records(
            [
                Record(item.keyword, item.description, item.author or author, item.aliases, item.updated_at)
                for item in good
            ]
        )
        job.created += done.created
        job.updated += done.updated
        job.unchanged += done.unchanged
        for place, reason in done.refused:
            job.reject(good[place].line, reason)
        job.beat_at = _now()
        await self._jobs.put(job)

    async def export(self, after: int = 0) -> AsyncIterator[bytes]:
        """Every live entry saved after the change `after` as a line, oldest first, as it is when its turn comes."""
        while batch := await self._store.entries_after(after, limit=_BATCH):
            for entry in batch:
                record = ImportRecord(
                    0, entry.keyword, entry.description, entry.author, entry.aliases, entry.updated_at
                )
                yield write_line(record)
            after = batch[-1].seq


def guess_format(path: Path, named: str = "auto") -> Format | None:
    """The format of a file by its name, or as it was named; None if there is no such format."""
    match named:
        case "ndjson" | "mediawiki":
            return named
        case "auto":
            return "mediawiki" if ".xml" in path.name.lower() else "ndjson"
        case _:
            return None


def _take(records: Iterator[ImportRecord | BadLine]) -> list[ImportRecord | BadLine]:
    return list(islice(records, _BATCH))


def _now() -> int:
    return time.time_ns() // 1_000_000


def _new_job(file_format: Format) -> Job:
    now = _now()
    return Job(secrets.token_hex(8), file_format, "running", created_at=now, beat_at=now)
