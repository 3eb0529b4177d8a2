"""Jobs: one after the other, followed, cancelled, given back; on a real database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from face_classifier.adapters.jobs import Jobs as Store
from face_classifier.core.jobs import Job, JobState
from face_classifier.ports_jobs import Told, WorkError
from face_classifier.usecases import jobs as usecase
from face_classifier.usecases.jobs import JobHasEnded, Jobs, NoSuchJob, TooManyJobs
from genba_servicekit.database import Database

KIND = "training"


class Counting:
    """Fulfils `ports_jobs.Work`: counts to what it is asked for, and waits there if it is asked to."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.reached = asyncio.Event()
        self.stopped: list[str] = []

    async def run(self, job: Job, told: Told) -> Mapping[str, Any]:
        """Count."""
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for step in range(1, job.asked["to"] + 1):
                told({"step": step})
                await asyncio.sleep(0)
            self.reached.set()
            if job.asked.get("wait"):
                await asyncio.sleep(60)
            if job.asked.get("fail"):
                raise WorkError("there are no photos")
            return {"counted": job.asked["to"]}
        except asyncio.CancelledError:
            self.stopped.append(job.id)
            raise
        finally:
            self.running -= 1


class Machine:
    """A process of the service."""

    def __init__(self, database: Database, holder: str, *, host: str | None = None, clock: list[int]) -> None:
        self.work = Counting()
        self.heard: list[Job] = []
        self.told = asyncio.Event()
        self.jobs = Jobs(
            Store(database),
            {KIND: self.work},
            now=lambda: clock[0],
            holder=holder,
            host=host or holder,
            listener=self.hear,
        )

    def hear(self, job: Job) -> None:
        """Remember a sign of life."""
        self.heard.append(job)
        self.told.set()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url, migrations="face_classifier.migrations")
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def clock() -> list[int]:
    return [1_000_000]


@pytest.fixture
def one(database: Database, clock: list[int], monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(usecase, "BEAT", 0.01)
    monkeypatch.setattr(usecase, "LOOK", 0.02)
    return Machine(database, "one", clock=clock)


@asynccontextmanager
async def working(*machines: Machine) -> AsyncIterator[None]:
    async def forever(machine: Machine) -> None:
        while True:
            await machine.jobs.step()

    tasks = [asyncio.create_task(forever(machine)) for machine in machines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ended(machine: Machine, job: Job) -> Job:
    async with asyncio.timeout(10):
        async for found in machine.jobs.follow(KIND, job.id):
            last = found
    return last


async def test_a_job_is_done_and_followed(one: Machine) -> None:
    job = await one.jobs.submit(KIND, {"to": 3})
    assert job.state is JobState.QUEUED
    following = one.jobs.follow(KIND, job.id)
    assert (await anext(following)).state is JobState.QUEUED
    async with working(one), asyncio.timeout(10):
        seen = [found async for found in following]
    assert seen[-1].state is JobState.DONE
    assert seen[-1].result == {"counted": 3}
    assert seen[-1].progress == {"step": 3}
    assert [each.id for each in await one.jobs.jobs(KIND)] == [job.id]
    with pytest.raises(NoSuchJob):
        await one.jobs.job("other", job.id)


async def test_a_job_that_fails_says_why(one: Machine) -> None:
    job = await one.jobs.submit(KIND, {"to": 1, "fail": True})
    async with working(one):
        found = await ended(one, job)
    assert (found.state, found.reason) == (JobState.FAILED, "there are no photos")
    with pytest.raises(JobHasEnded):
        await one.jobs.cancel(KIND, job.id)


async def test_a_job_that_fails_for_an_unknown_reason_keeps_it_to_itself(one: Machine) -> None:
    job = await one.jobs.submit(KIND, {"to": None})
    async with working(one):
        found = await ended(one, job)
    assert found.state is JobState.FAILED
    assert "TypeError" not in (found.reason or "")


async def test_jobs_of_one_machine_are_done_one_after_the_other(
    one: Machine, database: Database, clock: list[int]
) -> None:
    neighbour = Machine(database, "two", host="one", clock=clock)
    neighbour.work = one.work
    neighbour.jobs = Jobs(Store(database), {KIND: one.work}, now=lambda: clock[0], holder="two", host="one")
    jobs = [await one.jobs.submit(KIND, {"to": 5}) for _ in range(6)]
    async with working(one, neighbour):
        assert {(await ended(one, job)).state for job in jobs} == {JobState.DONE}
    assert one.work.most == 1


async def test_machines_share_the_jobs_and_none_is_done_twice(
    one: Machine, database: Database, clock: list[int]
) -> None:
    other = Machine(database, "two", clock=clock)
    blocking = await one.jobs.submit(KIND, {"to": 1, "wait": True})
    async with working(one):
        await one.work.reached.wait()
        job = await one.jobs.submit(KIND, {"to": 2})
        async with working(other):
            assert (await ended(one, job)).state is JobState.DONE
        assert other.work.reached.is_set()
        assert (await one.jobs.job(KIND, blocking.id)).state is JobState.RUNNING


async def test_a_job_that_runs_is_cancelled_from_any_process(
    one: Machine, database: Database, clock: list[int]
) -> None:
    other = Machine(database, "two", clock=clock)
    job = await one.jobs.submit(KIND, {"to": 1, "wait": True})
    async with working(one):
        await one.work.reached.wait()
        await other.jobs.cancel(KIND, job.id)
        assert (await ended(other, job)).state is JobState.CANCELLED
    assert one.work.stopped == [job.id]


async def test_a_job_that_waits_is_cancelled_at_once(one: Machine) -> None:
    job = await one.jobs.submit(KIND, {"to": 1})
    assert (await one.jobs.cancel(KIND, job.id)).state is JobState.CANCELLED


async def test_a_process_that_ends_gives_its_job_back(one: Machine, database: Database, clock: list[int]) -> None:
    job = await one.jobs.submit(KIND, {"to": 1, "wait": True})
    async with working(one):
        await one.work.reached.wait()
    assert one.work.stopped == [job.id]
    assert (await one.jobs.job(KIND, job.id)).state is JobState.QUEUED
    other = Machine(database, "two", clock=clock)
    async with working(other):
        await other.work.reached.wait()
        assert (await other.jobs.job(KIND, job.id)).state is JobState.RUNNING


async def test_the_job_of_a_process_that_was_killed_goes_on_elsewhere(
    one: Machine, database: Database, clock: list[int]
) -> None:
    job = await one.jobs.submit(KIND, {"to": 1})
    held = await Store(database).take("dead", "dead", now=clock[0], until=clock[0] + usecase.HELD)
    assert held is not None
    await one.jobs.step()
    assert (await one.jobs.job(KIND, job.id)).state is JobState.RUNNING
    clock[0] += usecase.HELD + 1
    async with working(one):
        assert (await ended(one, job)).state is JobState.DONE
    await Store(database).end(job.id, "dead", JobState.FAILED, now=clock[0])
    assert (await one.jobs.job(KIND, job.id)).state is JobState.DONE


async def test_signs_of_life_are_told(one: Machine) -> None:
    job = await one.jobs.submit(KIND, {"to": 2, "wait": True})
    async with working(one), asyncio.timeout(10):
        await one.told.wait()
    assert (one.heard[0].id, one.heard[0].progress) == (job.id, {"step": 2})


async def test_no_more_jobs_wait_than_may(one: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usecase, "WAITING", 2)
    for _ in range(2):
        await one.jobs.submit(KIND, {"to": 1})
    with pytest.raises(TooManyJobs):
        await one.jobs.submit(KIND, {"to": 1})
    with suppress(TimeoutError):
        await asyncio.wait_for(one.jobs.step(), 5)
    await one.jobs.submit(KIND, {"to": 1})
