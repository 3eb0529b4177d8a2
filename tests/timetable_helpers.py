"""Real processes of the timetable service for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genba_servicekit.testing import RunningService, forks_of, running_service

COMMAND = "timetable-renderer"
UNLIMITED = {"TIMETABLE_SHARE_LIMIT": "100000/minute", "GENBA_ACCESS_LOG": "false"}


@contextmanager
def timetable_process(data: Path, *, festivals: Path, **settings: str) -> Iterator[RunningService]:
    """A timetable service on a free port that keeps its data in `data` and has the festivals of a file or folder."""
    given = {"GENBA_DATA_DIR": str(data), "TIMETABLE_FESTIVALS": str(festivals)}
    with running_service([COMMAND, "serve"], {**UNLIMITED, **given, **settings}, forks=forks_of(COMMAND)) as service:
        yield service
