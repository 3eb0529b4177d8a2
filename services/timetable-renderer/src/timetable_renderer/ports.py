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
    """How the last refresh went.

    Attributes:
        tried_at: when it was.
        fetched_at: when every source was last had and read.
        failing_since: of the first that failed since then; None if the last one did not.
        faults: what was wrong with it; what is served is older than it could be.
        passed_over: what in the sources is no slot, the first hundred.
    """

    tried_at: datetime | None = None
    fetched_at: datetime | None = None
    failing_since: datetime | None = None
    faults: tuple[Fault, ...] = ()
    passed_over: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """How far a festival has come: its newest version (0: none yet) and when its sources were last had."""

    version: int
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a refresh found, to be kept.

    Attributes:
        at: when it was.
        due: when the next one is.
        copies: the good copies of the sources, all of them; others are forgotten.
        faults: of sources that were not had or could not be read, and of which the copy before was used.
        passed_over: what in the sources is no slot.
    """

    at: datetime
    due: datetime
    copies: Sequence[SourceCopy] = ()
    faults: Sequence[Fault] = ()
    passed_over: Sequence[Fault] = ()


class OvertakenError(Exception):
    """Meanwhile the festival was set up otherwise, deleted, or refreshed by somebody else: nothing was kept."""


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
        """Keep a festival's settings, its refresh due now; True if there was none of this id before."""

    async def delete(self, festival_id: str) -> bool:
        """Forget a festival, its versions and shares, its event in the outbox with it; False if there is none."""

    async def heads(self) -> dict[str, Head]:
        """How far every festival has come, by id."""

    async def current(self, festival_id: str) -> Festival | None:
        """The newest version of a timetable, `version` and `fetched_at` set; None before the first."""

    async def version(self, festival_id: str, version: int) -> Festival | None:
        """One version of a timetable; its `fetched_at` is when it was accepted."""

    async def versions(self, festival_id: str, *, before: int | None, limit: int) -> list[VersionInfo]:
        """Versions, newest first, those below `before`."""

    async def copies(self, festival_id: str) -> dict[str, SourceCopy]:
        """The last good copy of each source, by its place."""

    async def states(self) -> dict[str, RefreshState]:
        """How the last refresh of every festival went, by id."""

    async def due(self, now: datetime) -> list[str]:
        """Festivals whose refresh is due and at which nobody is, the longest overdue first."""

    async def take_turn(
        self, festival_id: str, holder: str, *, now: datetime, until: datetime, if_due: bool = False
    ) -> bool:
        """Be the only one to refresh a festival until then, or until `end_turn`; False if somebody else is at it.

        Who has the turn already keeps it for longer. With `if_due` it is also False if it has just been refreshed.
        """

    async def end_turn(self, festival_id: str, holder: str) -> None:
        """Let others refresh it again."""

    async def accept(self, config: FestivalConfig, festival: Festival, diff: Diff | None, outcome: Outcome) -> Festival:
        """Keep a new version, its event in the outbox with it; gives it with its number and time.

        With `diff` None nothing has changed: the copies and the time are kept, and no version is made.

        Args:
            config: by which it was made.
            festival: the timetable; `version` is that of the one it was compared with, 0 for none.
            diff: to that one.
            outcome: of the refresh.

        Raises:
            OvertakenError: the settings or the version are not those any more.
        """

    async def refuse(self, festival_id: str, outcome: Outcome) -> None:
        """Keep why a refresh failed; the timetable and the copies stay as they are."""


class ShareStore(Protocol):
    """Picks behind short keys."""

    async def put(self, key: str, festival_id: str, picks: tuple[str, ...]) -> None:
        """Keep picks under a key; the same again changes nothing."""

    async def get(self, key: str) -> tuple[str, tuple[str, ...]] | None:
        """The festival and the picks of a key."""


class Following(Protocol):
    """What is told that other processes have changed something."""

    async def reload(self, festival_id: str) -> None:
        """Read one timetable anew."""

    async def follow(self) -> None:
        """Read whatever has changed."""


class Painter(Protocol):
    """Makes a file of a layout tree. Called in a thread."""

    def paint(self, picture: Picture, image_format: ImageFormat) -> bytes:
        """The whole file."""


class EntryLinks(Protocol):
    """Which performers have an entry in the wiki."""

    async def links(self, names: Sequence[str]) -> dict[str, str]:
        """Addresses of the entries of those names that have one and are known by now; quick, and never an error."""
