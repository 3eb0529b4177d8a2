"""Refreshing: sources are fetched, read, and become a new version if they say something else than before.

One process at a time refreshes a festival (a turn in the database), whichever finds it due first. What cannot be had or
read replaces nothing: the last good copy of that source stays, and `RefreshState` says what is wrong, and since when.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import PurePath
from typing import Final
from uuid import uuid4

import anyio
import anyio.to_thread

from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.logging import get_logger
from timetable_renderer.core.assemble import Assembled, assemble
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.diff import Diff, compare
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.festival_json import digest
from timetable_renderer.core.parsed import Fault, Parsed, SourceRefusedError
from timetable_renderer.core.sources import parse
from timetable_renderer.ports import (
    FestivalStore,
    FetchFailedError,
    Outcome,
    OvertakenError,
    SourceCopy,
    SourceFetcher,
    Validators,
)
from timetable_renderer.usecases.festivals import Festivals, NoSuchFestival

AT_ONCE: Final = 4
"""Sources that are fetched at once, and festivals that are refreshed at once, in one process."""
TURN: Final = timedelta(seconds=30)
"""How long others leave a festival alone whose refresher died."""
BEAT: Final = 10.0
"""Seconds after which who refreshes a festival says again that it does."""
RETRY: Final = timedelta(seconds=10)
"""After which a refresh that could not be kept is tried again: a source is not asked every second on our account."""
JITTER: Final = 0.1
"""Of the interval, by chance: many festivals that were set up at once do not stay in step."""
SHOWN: Final = 100
"""Faults that are kept of one refresh."""

log = get_logger(__name__)


class Result(StrEnum):
    """How a refresh ended."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    BUSY = "busy"
    """Somebody else is at it, or has just changed the festival's settings."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        result: how it ended.
        festival: what is served now; None if nothing was accepted ever.
        diff: what the new version changed.
        faults: why it was refused, or which sources' earlier copies were used.
        passed_over: what in the sources is no slot.
    """

    result: Result
    festival: Festival | None
    diff: Diff | None = None
    faults: tuple[Fault, ...] = ()
    passed_over: tuple[Fault, ...] = ()


def place_of(source: SourceConfig) -> str:
    """Where a source is: its URL or path."""
    return source.url or source.file or ""


def _public(config: FestivalConfig, faults: Sequence[Fault]) -> list[Fault]:
    """Faults as everybody may read them: files by their names, for where they are on this machine is nobody's."""
    files = {source.file: PurePath(source.file).name for source in config.sources if source.file is not None}

    def shown(text: str) -> str:
        for path, name in files.items():
            text = text.replace(path, name)
        return text

    return [Fault(shown(fault.where), shown(fault.reason), harmless=fault.harmless) for fault in faults]


class Refreshing:
    """Keeps timetables as new as their sources.

    Args:
        store: where they are kept.
        fetcher: gets sources.
        festivals: what is served.
        now: the time; tests have their own.
    """

    def __init__(
        self,
        store: FestivalStore,
        fetcher: SourceFetcher,
        festivals: Festivals,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._festivals = festivals
        self._now = now
        self._fetches = anyio.Semaphore(AT_ONCE)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._not_before: dict[str, datetime] = {}
        self.counts = dict.fromkeys(map(str, (*Result, "failed")), 0)
        """How many refreshes ended in each way since the start; `failed`: not by what a source said."""
        self._reads = anyio.CapacityLimiter(1)  # parsers hold the interpreter: a second one would only slow requests

    async def refresh_due(self) -> None:
        """Begin to refresh what is due, and do not wait for it: a slow source holds up nobody else. Call it often."""
        now = self._now()
        self._not_before = {each: until for each, until in self._not_before.items() if until > now}
        for festival_id in await self._store.due(now):
            if festival_id in self._tasks or festival_id in self._not_before:
                continue
            if len(self._tasks) < AT_ONCE:
                self._tasks[festival_id] = task = asyncio.create_task(self._refresh_quietly(festival_id))
                task.add_done_callback(partial(self._done, festival_id))

    def _done(self, festival_id: str, _task: "asyncio.Task[None]") -> None:
        self._tasks.pop(festival_id, None)

    async def idle(self) -> None:
        """Wait until what has begun is done."""
        await asyncio.gather(*self._tasks.values())

    async def stop(self) -> None:
        """Cut short what is going on; nothing half is kept."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _refresh_quietly(self, festival_id: str) -> None:
        try:
            await self.refresh(festival_id, if_due=True)  # another process may have done it since it was found
        except NoSuchFestival:
            pass  # deleted meanwhile
        except ServiceUnavailable as error:
            self._not_before[festival_id] = self._now() + RETRY
            log.warning("a refresh waits", festival=festival_id, reason=str(error))
        except Exception:
            self._not_before[festival_id] = self._now() + RETRY
            log.exception("a refresh failed", festival=festival_id)

    async def refresh(self, festival_id: str, *, if_due: bool = False) -> Refreshed:
        """Fetch a festival's sources now, or only if that is due, and accept what they say if it is good and new.

        Raises:
            NoSuchFestival: there is none.
        """
        config = await self._store.config(festival_id)
        if config is None:
            raise NoSuchFestival(festival_id)
        holder, now = uuid4().hex, self._now()
        if not await self._store.take_turn(festival_id, holder, now=now, until=now + TURN, if_due=if_due):
            return Refreshed(Result.BUSY, self._festivals.peek(festival_id))
        beat = asyncio.create_task(self._keep_turn(festival_id, holder))
        try:
            refreshed = await self._refresh(config)
        except OvertakenError:
            refreshed = Refreshed(Result.BUSY, self._festivals.peek(festival_id))
        except Exception:
            self.counts["failed"] += 1
            raise
        finally:
            beat.cancel()
            with anyio.CancelScope(shield=True), suppress(ServiceUnavailable):
                await self._store.end_turn(festival_id, holder)
        self.counts[refreshed.result] += 1
        return refreshed

    async def _keep_turn(self, festival_id: str, holder: str) -> None:
        while True:
            await asyncio.sleep(BEAT)
            now = self._now()
            with suppress(ServiceUnavailable):
                await self._store.take_turn(festival_id, holder, now=now, until=now + TURN)

    async def _refresh(self, config: FestivalConfig) -> Refreshed:
        before = await self._store.current(config.id)
        kept = await self._store.copies(config.id)
        fetched, faults = await self._fetch(config, kept)
        reading = _Reading(config, kept, fetched, before)
        found = await anyio.to_thread.run_sync(reading.read, limiter=self._reads)
        faults = _public(config, [*faults, *found.faults][:SHOWN])
        passed_over = _public(config, found.passed_over[:SHOWN])
        at = self._now()
        outcome = Outcome(at, self._due(config, at), found.copies, faults, passed_over)
        if faults:
            log.warning("a source was refused", festival=config.id, reason=str(faults[0]), faults=len(faults))
        if found.festival is None:
            await self._store.refuse(config.id, outcome)
            return Refreshed(Result.REFUSED, before, None, tuple(faults), tuple(outcome.passed_over))
        festival = await self._store.accept(config, found.festival, found.diff, outcome)
        self._festivals.swap(festival)
        if found.diff is not None:
            log.info("a timetable was updated", festival=config.id, version=festival.version)
        result = Result.UNCHANGED if found.diff is None else Result.UPDATED
        return Refreshed(result, festival, found.diff, tuple(faults), tuple(outcome.passed_over))

    def _due(self, config: FestivalConfig, at: datetime) -> datetime:
        spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  (nobody gains by guessing it)
        return at + timedelta(seconds=config.refresh_seconds * spread)

    async def _fetch(
        self, config: FestivalConfig, kept: Mapping[str, SourceCopy]
    ) -> tuple[dict[str, SourceCopy], list[Fault]]:
        """Copies of the sources as they are now, and what is wrong with those that could not be had."""
        copies: dict[str, SourceCopy] = {}
        faults: dict[str, Fault] = {}

        async def fetch(place: str) -> None:
            before = kept.get(place)
            try:
                async with self._fetches:
                    got = await self._fetcher.fetch(place, before.validators if before else Validators())
            except FetchFailedError as error:
                faults[place] = Fault(place, str(error))
                return
            body = got.body if got.body is not None else before.body if before else None
            if body is None:
                faults[place] = Fault(place, "says that nothing has changed, but was never had before")
            else:
                copies[place] = SourceCopy(place, body, got.validators, self._now())

        places = list(dict.fromkeys(map(place_of, config.sources)))
        async with anyio.create_task_group() as group:
            for place in places:
                group.start_soon(fetch, place)
        return copies, [faults[place] for place in places if place in faults]


@dataclass(frozen=True, slots=True)
class _Found:
    festival: Festival | None
    diff: Diff | None = None
    copies: tuple[SourceCopy, ...] = ()
    faults: tuple[Fault, ...] = ()
    passed_over: tuple[Fault, ...] = ()


class _Reading:
    """Makes a timetable of copies; in a thread."""

    def __init__(
        self,
        config: FestivalConfig,
        kept: Mapping[str, SourceCopy],
        fetched: Mapping[str, SourceCopy],
        before: Festival | None,
    ) -> None:
        self._config = config
        self._kept = kept
        self._fetched = fetched
        self._before = before
        self._faults: list[Fault] = []
        self._bad: set[str] = set()

    def read(self) -> _Found:
        """The timetable, or why there is none."""
        if not self._config.sources:
            return self._refused(Fault("", "the festival has no sources"))
        parts: list[tuple[SourceConfig, Parsed]] = []
        for source in self._config.sources:
            parsed = self._part(source)
            if parsed is None:
                return self._refused()
            parts.append((source, parsed))
        assembled = self._assembled(parts)
        if assembled is None:
            return self._refused()
        festival, before = assembled.festival, self._before
        passed_over = tuple(assembled.passed_over)
        if before is None:
            return _Found(festival, Diff(added=festival.slots), self._copies(), tuple(self._faults), passed_over)
        diff = None if digest(festival) == digest(before) else compare(before, festival)
        festival = replace(festival, version=before.version)
        return _Found(festival, diff, self._copies(), tuple(self._faults), passed_over)

    def _part(self, source: SourceConfig) -> Parsed | None:
        """What a source says: its new copy, or else the one before; None if neither can be read."""
        place = place_of(source)
        new, old = self._fetched.get(place), self._kept.get(place)
        for copy in (new, old):
            if copy is None or (copy is old and new is not None and new.body == copy.body):
                continue
            parsed = self._parsed(source, copy)
            if parsed is not None:
                return parsed
            if copy is new:
                self._bad.add(place)
        return None

    def _parsed(self, source: SourceConfig, copy: SourceCopy) -> Parsed | None:
        try:
            return parse(copy.body, source.format, place=copy.place)
        except SourceRefusedError as error:
            self._faults += error.faults
        except Exception as error:
            log.exception("a parser failed", place=copy.place)
            self._faults.append(Fault(copy.place, f"cannot be read ({type(error).__name__})"))
        return None

    def _assembled(self, parts: Sequence[tuple[SourceConfig, Parsed]]) -> Assembled | None:
        try:
            return assemble(self._config, parts)
        except SourceRefusedError as error:
            self._faults += error.faults
        except Exception as error:
            log.exception("a timetable could not be put together", festival=self._config.id)
            self._faults.append(Fault("", f"cannot be put together ({type(error).__name__})"))
        return None

    def _copies(self) -> tuple[SourceCopy, ...]:
        """The good ones: of a source whose new copy is bad, or could not be had, the one before."""
        good: dict[str, SourceCopy] = {}
        for place in map(place_of, self._config.sources):
            new, old = self._fetched.get(place), self._kept.get(place)
            copy = old if place in self._bad or new is None else new
            if copy is not None:
                good[place] = copy
        return tuple(good.values())

    def _refused(self, *faults: Fault) -> _Found:
        return _Found(None, faults=(*self._faults, *faults))
