"""An import and how far it has come."""

from dataclasses import dataclass, field
from typing import Final, Literal

Format = Literal["ndjson", "mediawiki"]
State = Literal["running", "succeeded", "failed"]

SHOWN: Final = 100
"""Rejected lines that are kept with their reasons; the rest are counted."""

LOST_AFTER_MS: Final = 60_000
"""A running job writes every batch, some ten times a second: one that was silent for so long is not running."""


@dataclass(slots=True)
class Job:
    """One import. Times are Unix milliseconds; `rejected` are line (or page) numbers with reasons."""

    id: str
    format: Format
    state: State
    created_at: int
    beat_at: int
    finished_at: int | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    rejected_count: int = 0
    error: str | None = None

    def reject(self, line: int, reason: str) -> None:
        """Count a line that is not taken."""
        self.rejected_count += 1
        if len(self.rejected) < SHOWN:
            self.rejected.append((line, reason))

    def seen_at(self, now: int) -> "Job":
        """The job as it stands at `now`: one whose process died is said to have failed."""
        if self.state == "running" and now - self.beat_at > LOST_AFTER_MS:
            self.state = "failed"
            self.error = "The process that ran it has ended. Send the file again: what is there already stays as it is."
        return self
