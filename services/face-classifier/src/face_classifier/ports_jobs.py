"""What jobs need from outside, as Protocols."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from face_classifier.core.bundles import Manifest
from face_classifier.core.jobs import Job, JobState, Milliseconds

Told: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Gets progress, as JSON."""


class WorkError(Exception):
    """The work could not be done; the message says why, in one line."""


class JobStore(Protocol):
    """Jobs, where every process of the service sees them."""

    async def add(self, job: Job, *, limit: int) -> bool:
        """Keep a job; False if so many wait already."""

    async def job(self, job_id: str) -> Job | None:
        """One of them."""

    async def jobs(self, kind: str, *, limit: int) -> Sequence[Job]:
        """Those of a kind, the newest first."""

    async def take(self, holder: str, host: str, *, now: Milliseconds, until: Milliseconds) -> Job | None:
        """Begin the oldest that waits, or whose holder is gone, if nothing runs on this host; None if there is none."""

    async def beat(self, job_id: str, holder: str, *, until: Milliseconds, progress: Mapping[str, Any] | None) -> bool:
        """Say that it goes on; False if it is to stop: somebody has cancelled it, or has taken it over."""

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
        """Say what came of it; nothing happens if somebody else has taken it over."""

    async def give_back(self, job_id: str, holder: str) -> None:
        """Let another process go on with it."""

    async def cancel(self, job_id: str, *, now: Milliseconds) -> None:
        """Have it end: at once if it waits, soon if it runs; nothing happens if it has ended."""


class Work(Protocol):
    """What does jobs of one kind."""

    async def run(self, job: Job, told: Told) -> Mapping[str, Any]:
        """Do it and give what came of it. Raises WorkError. When it is cancelled it leaves nothing running."""


class Programs(Protocol):
    """The service's own commands, each in a process of its own."""

    async def run(self, words: Sequence[str], told: Told) -> None:
        """Run a command that prints JSON objects, a line each; it has ended when this ends. Raises WorkError."""


class Trainings(Protocol):
    """Where data sets, runs and models are."""

    def data_set_url(self, name: str) -> str:
        """Where the data set of this name is, as the commands take it."""

    def run_url(self, job_id: str) -> str:
        """Where the run of a job is, as the commands take it."""

    async def photos(self, name: str) -> int:
        """How many photos a data set has; 0 if there is no such."""

    async def data_sets(self) -> Mapping[str, int]:
        """Every data set, and how many photos it has."""

    async def model(self, job_id: str) -> tuple[Manifest, Mapping[str, bytes]]:
        """What a run has made. Raises BundleError."""

    async def forget(self, job_id: str) -> None:
        """Keep the run of a job no longer, but for what it says of itself."""

    def version_url(self, number: int) -> str:
        """Where a version of the model is, as the commands take it."""

    async def files(self, job_id: str) -> list[str]:
        """The names of a run's files."""

    async def file(self, job_id: str, name: str) -> bytes | None:
        """A file of a run; None if there is none."""

    async def put_file(self, job_id: str, name: str, data: bytes) -> None:
        """Keep a file with a run."""


class ModelSink(Protocol):
    """Where a model goes when it is done."""

    async def add(self, manifest: Manifest, files: Mapping[str, bytes], *, promote: bool) -> int:
        """Keep it as the next version, and have it answer if so asked; gives its number."""
