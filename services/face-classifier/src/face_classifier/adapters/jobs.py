"""Jobs in the database."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from face_classifier.adapters.schema import jobs
from face_classifier.core.jobs import ENDED, Job, JobState, Milliseconds
from genba_servicekit.database import Database

_WAITS = jobs.c.state == JobState.QUEUED
_RUNS = jobs.c.state == JobState.RUNNING


class Jobs:
    """Fulfils `ports_jobs.JobStore`.

    Args:
        database: a started one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: Job, *, limit: int) -> bool:
        """See JobStore."""
        row = {
            "id": job.id,
            "kind": job.kind,
            "asked": json.dumps(job.asked, ensure_ascii=False),
            "state": job.state,
            "created_at": job.created_at,
            "cancelled": False,
        }

        def perform(connection: Connection) -> bool:
            waiting = connection.execute(sa.select(sa.func.count()).select_from(jobs).where(_WAITS)).scalar_one()
            if waiting < limit:
                connection.execute(jobs.insert(), row)
            return bool(waiting < limit)

        return await self._database.write(perform)

    async def job(self, job_id: str) -> Job | None:
        """See JobStore."""
        asked = sa.select(jobs).where(jobs.c.id == job_id)
        row = await self._database.read(lambda connection: connection.execute(asked).one_or_none())
        return None if row is None else _job(row)

    async def jobs(self, kind: str, *, limit: int) -> Sequence[Job]:
        """See JobStore."""
        asked = sa.select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit)
        return await self._database.read(lambda connection: list(map(_job, connection.execute(asked))))

    async def take(self, holder: str, host: str, *, now: Milliseconds, until: Milliseconds) -> Job | None:
        """See JobStore."""
        gone = _RUNS & (jobs.c.held_until < now)
        free = sa.select(jobs.c.id).where(_WAITS | gone).order_by(jobs.c.created_at, jobs.c.id).limit(1)
        busy = sa.select(jobs.c.id).where(_RUNS & (jobs.c.held_until >= now) & (jobs.c.host == host)).limit(1)

        def perform(connection: Connection) -> Job | None:
            if connection.execute(busy).first() is not None:
                return None
            found = connection.execute(free).scalar_one_or_none()
            if found is None:
                return None
            # once more in the WHERE: two processes on PostgreSQL may both have found it
            this = (jobs.c.id == found) & (_WAITS | gone)
            begun = {
                "state": JobState.RUNNING,
                "holder": holder,
                "host": host,
                "held_until": until,
                "started_at": sa.func.coalesce(jobs.c.started_at, now),
            }
            if connection.execute(jobs.update().where(this).values(begun)).rowcount != 1:
                return None
            return _job(connection.execute(sa.select(jobs).where(jobs.c.id == found)).one())

        return await self._database.write(perform)

    async def beat(self, job_id: str, holder: str, *, until: Milliseconds, progress: Mapping[str, Any] | None) -> bool:
        """See JobStore."""
        mine = (jobs.c.id == job_id) & (jobs.c.holder == holder) & _RUNS & jobs.c.cancelled.is_(False)
        values: dict[str, Any] = {"held_until": until}
        if progress is not None:
            values["progress"] = json.dumps(progress)
        return await self._change(mine, values)

    async def end(
        self,
        job_id: str,
        holder: str,
        state: JobState,
        *,
        now: Milliseconds,
        result: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> None:
        """See JobStore."""
        mine = (jobs.c.id == job_id) & (jobs.c.holder == holder) & _RUNS
        values = {
            "state": state,
            "ended_at": now,
            "result": None if result is None else json.dumps(result, ensure_ascii=False),
            "reason": reason,
        }
        await self._change(mine, values)

    async def give_back(self, job_id: str, holder: str) -> None:
        """See JobStore."""
        mine = (jobs.c.id == job_id) & (jobs.c.holder == holder) & _RUNS
        await self._change(mine, {"state": JobState.QUEUED, "holder": None, "held_until": None})

    async def cancel(self, job_id: str, *, now: Milliseconds) -> None:
        """See JobStore."""
        this = jobs.c.id == job_id

        def perform(connection: Connection) -> None:
            waiting = jobs.update().where(this & _WAITS).values(state=JobState.CANCELLED, ended_at=now, cancelled=True)
            if not connection.execute(waiting).rowcount:
                connection.execute(jobs.update().where(this & _RUNS).values(cancelled=True))

        await self._database.write(perform)

    async def _change(self, which: Any, values: Mapping[str, Any]) -> bool:
        def perform(connection: Connection) -> bool:
            return connection.execute(jobs.update().where(which).values(dict(values))).rowcount == 1

        return await self._database.write(perform)


def _job(row: Any) -> Job:
    state = JobState(row.state)
    return Job(
        id=row.id,
        kind=row.kind,
        asked=json.loads(row.asked),
        state=state,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at if state in ENDED else None,
        progress=None if row.progress is None else json.loads(row.progress),
        result=None if row.result is None else json.loads(row.result),
        reason=row.reason,
    )
