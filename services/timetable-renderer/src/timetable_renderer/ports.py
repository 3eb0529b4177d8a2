"""What use cases need of the outside, as Protocols: the adapters fulfil them, tests have fakes of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.diff import Diff
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.layout.tree import Picture
from timetable_renderer.core.options import ImageFormat
from timetable_renderer.core.parsed import Fault


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave with a copy, to be sent back when asking whether it has changed (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A copy of a source; `body` is None where what is kept is still what there is (304)."""

    body: bytes | None
    validators: Validators
    content_type: str | None = None


class FetchFailedError(Exception):
    """A source that cannot be had: why, for people."""


class SourceFetcher(Protocol):
    """Gets sources from the web or from files."""

    async def fetch(self, place: str, known: Validators) -> Fetched:
        """Get a copy of `place`, a URL or a path, unless it is still as it was.

        Raises:
            FetchFailedError: it cannot be had, or may not be.
        """


@dataclass(frozen=True, slots=True)
class SourceCopy:
    """The last good copy of one source of a festival."""

    place: str
    body: bytes
    validators: Validators
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshState:
    """How the last refresh went: when it was tried, when it last succeeded, and what was wrong with it if it failed."""

    tried_at: datetime | None = None
    fetched_at: datetime | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """An accepted version of a timetable."""

    version: int
    accepted_at: datetime
    slots: int


class FestivalStore(Protocol):
    """Festivals' settings, the last good copies of their sources, and every version of their timetables."""

    async def configs(self) -> list[FestivalConfig]:
        """Every festival that is set up, by id."""

    async def config(self, festival_id: str) -> FestivalConfig | None:
        """One festival's settings."""

    async def put_config(self, config: FestivalConfig) -> bool:
        """Keep a festival's settings; True if there was none of this id before."""

    async def delete(self, festival_id: str) -> bool:
        """Forget a festival, its versions and shares; False if there is none."""

    async def current(self, festival_id: str) -> Festival | None:
        """The newest version of a timetable, `version` and `fetched_at` set; None before the first."""

    async def version(self, festival_id: str, version: int) -> Festival | None:
        """One version of a timetable."""

    async def versions(self, festival_id: str, *, before: int | None, limit: int) -> list[VersionInfo]:
        """Versions, newest first, those below `before`."""

    async def diff(self, festival_id: str, version: int) -> Diff | None:
        """What a version changed against the one before it."""

    async def copies(self, festival_id: str) -> dict[str, SourceCopy]:
        """The last good copy of each source, by its place."""

    async def state(self, festival_id: str) -> RefreshState:
        """How the last refresh went."""

    async def accept(
        self, festival: Festival, diff: Diff | None, copies: Sequence[SourceCopy], at: datetime
    ) -> Festival:
        """Keep a new version, its event in the outbox with it; gives it with its number.

        With `diff` None nothing has changed: only the copies and the time are kept, and no version is made.
        """

    async def refuse(self, festival_id: str, faults: Sequence[Fault], at: datetime) -> None:
        """Keep why a refresh failed; the timetable stays as it is."""


class ShareStore(Protocol):
    """Picks behind short keys."""

    async def put(self, key: str, festival_id: str, picks: tuple[str, ...]) -> None:
        """Keep picks under a key; the same again changes nothing."""

    async def get(self, key: str) -> tuple[str, tuple[str, ...]] | None:
        """The festival and the picks of a key."""


class Painter(Protocol):
    """Makes a file of a layout tree. Called in a thread."""

    def paint(self, picture: Picture, image_format: ImageFormat) -> bytes:
        """The whole file."""


class EntryLinks(Protocol):
    """Which performers have an entry in the wiki."""

    async def links(self, names: Sequence[str]) -> dict[str, str]:
        """Addresses of the entries of those names that have one and are known by now; quick, and never an error."""
