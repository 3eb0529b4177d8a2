"""Work that takes minutes: who asked for what, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Milliseconds = int
"""Since 1970, UTC."""


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work.

    Attributes:
        id: its name, random.
        kind: what is to be done, such as `training`.
        asked: how it is to be done, as JSON.
        state: how far it is.
        created_at, started_at, ended_at: when; None where it has not come to that.
        progress: what was told last, as JSON.
        result: what came of it, as JSON.
        reason: why it failed, in one line.
    """

    id: str
    kind: str
    asked: Mapping[str, Any]
    state: JobState
    created_at: Milliseconds
    started_at: Milliseconds | None = None
    ended_at: Milliseconds | None = None
    progress: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    reason: str | None = None

    @property
    def ended(self) -> bool:
        """Nothing comes any more."""
        return self.state in ENDED
