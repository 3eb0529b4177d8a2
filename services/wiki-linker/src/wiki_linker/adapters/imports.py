"""Import jobs and how far they have come."""

from functools import partial

from sqlalchemy import Connection

from genba_servicekit.database import Database
from wiki_linker.adapters.schema import imports
from wiki_linker.core.imports import Job


class ImportJobs:
    """Fulfils `ports.JobStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, job: Job) -> None:
        """Keep how far a job has come."""
        await self._database.write(partial(_put, job=job))

    async def get(self, job_id: str) -> Job | None:
        """One job."""
        return await self._database.read(partial(_get, job_id=job_id))


def _put(connection: Connection, job: Job) -> None:
    row = {
        "format": job.format,
        "state": job.state,
        "created_at": job.created_at,
        "beat_at": job.beat_at,
        "finished_at": job.finished_at,
        "created": job.created,
        "updated": job.updated,
        "unchanged": job.unchanged,
        "rejected": [list(line) for line in job.rejected],
        "rejected_count": job.rejected_count,
        "error": job.error,
    }
    if connection.execute(imports.update().where(imports.c.id == job.id), row).rowcount == 0:
        connection.execute(imports.insert(), {"id": job.id, **row})


def _get(connection: Connection, job_id: str) -> Job | None:
    row = connection.execute(imports.select().where(imports.c.id == job_id)).first()
    if row is None:
        return None
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
    rejected = [(int(line), str(reason)) for line, reason in fields.pop("rejected")]
    return Job(**fields, rejected=rejected)
