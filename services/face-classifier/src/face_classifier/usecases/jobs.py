"""Jobs: asked for, done one after the other on each machine, followed, cancelled; none is lost with a process."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from face_classifier.core.jobs import Job, JobState, Milliseconds
from face_classifier.ports_jobs import JobStore, Work, WorkError
from genba_servicekit.errors import Conflict, NotFound, ServiceUnavailable, TooManyRequests
from genba_servicekit.logging import get_logger

WAITING: Final = 100
"""Jobs that may wait."""
LISTED: Final = 100
BEAT: Final = 2.0
"""Seconds between two signs of life of a job, each with its progress."""
HELD: Final[Milliseconds] = 15_000
"""How long a job stays with a process that gives no sign of life; then another one goes on with it."""
LOOK: Final = 1.0
"""Seconds between two looks for work, and at a job that another process does."""

log = get_logger(__name__)


class NoSuchJob(NotFound):
    """No job has this id."""

    title = "There is no such job"
    example = "There is no job “k3v9”."


class JobHasEnded(Conflict):
    """There is nothing to be cancelled."""

    title = "The job has ended"
    example = "Job “k3v9” is done."


class TooManyJobs(TooManyRequests):
    """As many wait as may."""

    title = "Too many jobs wait"
    example = "100 jobs wait already."


class Jobs:
    """Every job of the service.

    Args:
        store: where they are kept.
        works: what does them, by kind.
        now: the time.
        holder, host: name this process, and the machine: one job at a time runs on it.
        listener: told of every sign of life of a job that runs here.
    """

    def __init__(
        self,
        store: JobStore,
        works: Mapping[str, Work],
        *,
        now: Callable[[], Milliseconds],
        holder: str,
        host: str,
        listener: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self._store, self._works, self._now = store, works, now
        self._holder, self._host, self._listener = holder, host, listener
        self._changed = asyncio.Event()
        self._live: dict[str, Mapping[str, Any]] = {}

    async def submit(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """Ask for work of a kind. Raises TooManyJobs."""
        return await self.add(self.prepared(kind, asked))

    def prepared(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """A job that nobody does yet, so that what it needs can be put where it is looked for."""
        return Job(secrets.token_hex(8), kind, asked, JobState.QUEUED, self._now())

    async def add(self, job: Job) -> Job:
        """Have it done.

        Raises:
            TooManyJobs: a hundred wait.
        """
        if not await self._store.add(job, limit=WAITING):
            raise TooManyJobs(f"{WAITING} jobs wait already.", retry_after=60)
        self._wake()
        return job

    async def job(self, kind: str, job_id: str) -> Job:
        """One of a kind. Raises NoSuchJob."""
        found = await self._store.job(job_id)
        if found is None or found.kind != kind:
            raise NoSuchJob(f"There is no job “{job_id[:40]}”.")
        return found

    async def jobs(self, kind: str) -> list[Job]:
        """The last hundred of a kind, the newest first."""
        return list(await self._store.jobs(kind, limit=LISTED))

    def live(self, job: Job) -> Job:
        """It with what was told last, if it runs in this process; what is kept is up to two seconds old."""
        progress = self._live.get(job.id)
        return job if job.ended or progress is None else replace(job, progress=progress)

    async def cancel(self, kind: str, job_id: str) -> Job:
        """Have a job end.

        Raises:
            NoSuchJob: there is none.
            JobHasEnded: it has ended by itself.
        """
        job = await self.job(kind, job_id)
        if job.ended:
            raise JobHasEnded(f"Job “{job_id}” is {job.state}.")
        await self._store.cancel(job_id, now=self._now())
        self._wake()
        return await self.job(kind, job_id)

    async def follow(self, kind: str, job_id: str) -> AsyncGenerator[Job, None]:
        """A job as it is now, and each time that it has changed, until it has ended. Raises NoSuchJob."""
        told: Job | None = None
        while True:
            changed = self._changed
            job = self.live(await self.job(kind, job_id))
            if job != told:
                told = job
                yield job
            if job.ended:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), LOOK)

    async def step(self) -> None:
        """Do a job if there is one; else wait a little. To be called again and again."""
        changed, now = self._changed, self._now()
        job = await self._store.take(self._holder, self._host, now=now, until=now + HELD)
        if job is not None:
            await self._do(job)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), LOOK)

    async def _do(self, job: Job) -> None:
        log.info("a job begins", job=job.id, kind=job.kind)
        work = asyncio.create_task(self._works[job.kind].run(job, partial(self.tell, job.id)))
        heart = asyncio.create_task(self._beat(job, work))
        try:
            result = await work
        except asyncio.CancelledError:
            if not heart.done():  # the process ends, not the job
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                with suppress(ServiceUnavailable):
                    await asyncio.shield(self._store.give_back(job.id, self._holder))
                raise
            await self._end(job, JobState.CANCELLED)
        except WorkError as error:
            await self._end(job, JobState.FAILED, reason=str(error)[:500])
        except Exception:
            log.exception("a job failed", job=job.id, kind=job.kind)
            await self._end(job, JobState.FAILED, reason="it failed for a reason that the service's log has")
        else:
            await self._end(job, JobState.DONE, result=result)
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
            self._live.pop(job.id, None)
            self._wake()

    def tell(self, job_id: str, progress: Mapping[str, Any]) -> None:
        """Have everybody in this process see how far a job is."""
        self._live[job_id] = progress
        self._wake()

    async def _beat(self, job: Job, work: "asyncio.Task[Any]") -> None:
        """Give signs of life; cancels the work, and ends, when it is to stop."""
        while True:
            await asyncio.sleep(BEAT)
            progress = self._live.get(job.id)
            with suppress(ServiceUnavailable):
                until = self._now() + HELD
                if not await self._store.beat(job.id, self._holder, until=until, progress=progress):
                    work.cancel()
                    return
            if progress is not None:
                self._listener(self.live(job))

    async def _end(
        self, job: Job, state: JobState, *, result: Mapping[str, Any] | None = None, reason: str | None = None
    ) -> None:
        log.info("a job has ended", job=job.id, kind=job.kind, state=state, reason=reason)
        progress = self._live.get(job.id)
        if progress is not None:
            await self._store.beat(job.id, self._holder, until=self._now() + HELD, progress=progress)
        await self._store.end(job.id, self._holder, state, now=self._now(), result=result, reason=reason)

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
