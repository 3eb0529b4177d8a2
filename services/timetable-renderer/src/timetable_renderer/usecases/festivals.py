"""Festivals: set up, listed, and each one's timetable kept in memory, as new as any process knows it.

What is current is swapped whole, never changed: whoever got a `Festival` may go on with it.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from genba_contracts.problem import ProblemItem
from genba_servicekit.errors import Conflict, NotFound, UnprocessableContent
from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.diff import Diff, compare
from timetable_renderer.core.festival import Festival
from timetable_renderer.ports import FestivalStore, RefreshState, VersionInfo

MOST_FESTIVALS: Final = 1_000
VERSIONS_PAGE: Final = 50
_FAULTS_SAID: Final = 100

Listener: TypeAlias = Callable[[str, Festival | None], None]
"""Called with a festival's id and its new version, or None where there is none any more. It has to be quick."""


class NoSuchFestival(NotFound):
    """No festival has this id."""

    title = "There is no such festival"
    example = "There is no festival “genba-fes-2025”."

    def __init__(self, festival_id: str) -> None:
        super().__init__(f"There is no festival “{festival_id[:70]}”.")


class NoSuchVersion(NotFound):
    """The timetable has no such version, or has forgotten it."""

    title = "There is no such version"
    example = "“genba-fes-2026” has no version 9."

    def __init__(self, festival_id: str, version: int) -> None:
        super().__init__(f"“{festival_id}” has no version {version}.")


class NoTimetable(NotFound):
    """The festival is set up, but no timetable could be had so far; `state` says why."""

    title = "There is no timetable yet"
    example = "“genba-fes-2026” has no timetable yet: it answers with 502."

    def __init__(self, festival_id: str, state: RefreshState) -> None:
        reason = f": {state.faults[0]}" if state.faults else "."
        super().__init__(f"“{festival_id}” has no timetable yet{reason}")


class SetUpByFile(Conflict):
    """A file where the service runs sets the festival up, and nothing else does."""

    title = "The festival is set up by a file"
    example = "“genba-fes-2026” is set up by a file: change the file."

    def __init__(self, festival_id: str) -> None:
        super().__init__(f"“{festival_id}” is set up by a file: change the file.")


class FestivalRefused(UnprocessableContent):
    """A festival cannot be set up so: each fault says where in its settings it is, and completes a sentence on it."""

    title = "The festival cannot be set up so"
    example = "timezone: there is no time zone “Asia/Tokio”; IANA's names look like Asia/Tokyo"

    def __init__(self, *faults: tuple[str, str]) -> None:
        detail = "; ".join(f"{field or 'body'}: {reason}" for field, reason in faults[:3])
        items = [
            ProblemItem(pointer="/".join(filter(None, ("body", field))), detail=reason)
            for field, reason in faults[:_FAULTS_SAID]
        ]
        super().__init__(detail, errors=items)


@dataclass(frozen=True, slots=True)
class Listed:
    """A festival as lists show it; `current` is None before its first version."""

    config: FestivalConfig
    current: Festival | None
    state: RefreshState


class Festivals:
    """Every festival. `load` before anything else; `follow` now and then, for what other processes did.

    Args:
        store: where they are kept.
        limit: from how many on clients set up no other; all timetables are in memory, 0.2 MB for 200 slots.
    """

    def __init__(self, store: FestivalStore, *, limit: int = MOST_FESTIVALS) -> None:
        self._store = store
        self._limit = limit
        self._current: dict[str, Festival] = {}
        self._fixed: frozenset[str] = frozenset()
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Be told of every new version and of every festival that is gone, in this process, from now on."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Read every timetable into memory, and forget those that are gone."""
        known = dict(self._current)
        heads = await self._store.heads()
        for festival_id in known.keys() - heads.keys():
            if self._current.get(festival_id) is known[festival_id]:  # else it has changed while this was read
                self._forget(festival_id)
        for festival_id, head in heads.items():
            before = known.get(festival_id)
            if head.version != (before.version if before else 0):
                await self.reload(festival_id)
            elif (
                before is not None and before.fetched_at != head.fetched_at and before is self._current.get(festival_id)
            ):
                self._current[festival_id] = replace(before, fetched_at=head.fetched_at)

    async def follow(self) -> None:
        """What other processes did, for where no event tells of it: costs one small read if they did nothing."""
        await self.load()

    async def reload(self, festival_id: str) -> None:
        """Read one timetable anew: another process has told of a change."""
        known = self._current.get(festival_id)
        festival = await self._store.current(festival_id)
        if festival is not None:
            self.swap(festival)
        elif self._current.get(festival_id) is known:  # what was accepted while this was read stays
            self._forget(festival_id)

    def swap(self, festival: Festival) -> None:
        """Serve this from now on, unless something newer is served already."""
        known = self._current.get(festival.id)
        if known is not None and known.version > festival.version:
            return
        self._current[festival.id] = festival
        if known is None or known.version != festival.version:
            self._tell(festival.id, festival)

    def _forget(self, festival_id: str) -> None:
        if self._current.pop(festival_id, None) is not None:
            self._tell(festival_id, None)

    def _tell(self, festival_id: str, festival: Festival | None) -> None:
        for listener in self._listeners:
            listener(festival_id, festival)

    async def set_up(self, config: FestivalConfig) -> bool:
        """Set a festival up, or otherwise than before, as a client asks; True if it is new. Its refresh is due then.

        Raises:
            FestivalRefused: a source is a file, or there are too many festivals.
            SetUpByFile: a file sets it up.
        """
        if config.id in self._fixed:
            raise SetUpByFile(config.id)
        for number, source in enumerate(config.sources):
            if source.url is None:
                raise FestivalRefused((f"sources/{number}/file", "only a configuration file may name files"))
        if not config.sources:
            raise FestivalRefused(("sources", "there is none"))
        heads = await self._store.heads()
        if config.id not in heads and len(heads) >= self._limit:
            raise FestivalRefused(("id", f"there are {self._limit:,} festivals already: delete one first"))
        return await self._store.put_config(config)

    async def set_up_from_files(self, configs: Iterable[FestivalConfig]) -> None:
        """Set up what configuration files say; their files are absolute. Clients cannot change these festivals.

        The limit keeps clients within bounds, not these: a server full of others' festivals still starts with its own.
        """
        fixed: set[str] = set()
        for config in configs:
            fixed.add(config.id)
            if await self._store.config(config.id) != config:
                await self._store.put_config(config)
        self._fixed = frozenset(fixed)

    async def delete(self, festival_id: str) -> None:
        """Forget a festival, its versions and the shares of its picks.

        Raises:
            NoSuchFestival: there is none.
            SetUpByFile: a file sets it up.
        """
        if festival_id in self._fixed:
            raise SetUpByFile(festival_id)
        if not await self._store.delete(festival_id):
            raise NoSuchFestival(festival_id)
        self._forget(festival_id)

    async def listed(self) -> list[Listed]:
        """Every festival, by id."""
        configs, states = await self._store.configs(), await self._store.states()
        return [
            Listed(config, self._current.get(config.id), states.get(config.id, RefreshState())) for config in configs
        ]

    async def config(self, festival_id: str) -> FestivalConfig:
        """A festival's settings.

        Raises:
            NoSuchFestival: there is none.
        """
        config = await self._store.config(festival_id)
        if config is None:
            raise NoSuchFestival(festival_id)
        return config

    async def state(self, festival_id: str) -> RefreshState:
        """How its last refresh went.

        Raises:
            NoSuchFestival: there is none.
        """
        state = (await self._store.states()).get(festival_id)
        if state is None:
            raise NoSuchFestival(festival_id)
        return state

    def peek(self, festival_id: str) -> Festival | None:
        """What is in memory, without a look at the database."""
        return self._current.get(festival_id)

    def all_current(self) -> list[Festival]:
        """Every timetable in memory, by id."""
        return [self._current[festival_id] for festival_id in sorted(self._current)]

    async def current(self, festival_id: str) -> Festival:
        """A festival's timetable, from memory if it is there.

        Raises:
            NoSuchFestival: there is no such festival.
            NoTimetable: no timetable of it was accepted so far.
        """
        known = self._current.get(festival_id)
        if known is None:
            await self.reload(festival_id)
            known = self._current.get(festival_id)
        if known is None:
            raise NoTimetable(festival_id, await self.state(festival_id))
        return known

    async def version(self, festival_id: str, version: int) -> Festival:
        """A version of a timetable.

        Raises:
            NoSuchFestival: there is no such festival.
            NoSuchVersion: it has no such version.
        """
        known = self._current.get(festival_id)
        if known is not None and known.version == version:
            return known
        found = await self._store.version(festival_id, version)
        if found is None:
            await self.config(festival_id)
            raise NoSuchVersion(festival_id, version)
        return found

    async def versions(
        self, festival_id: str, *, before: int | None = None, limit: int = VERSIONS_PAGE
    ) -> list[VersionInfo]:
        """Versions, newest first, those below `before`.

        Raises:
            NoSuchFestival: there is no such festival.
        """
        await self.config(festival_id)
        return await self._store.versions(festival_id, before=before, limit=limit)

    async def diff(self, festival_id: str, version: int, *, since: int | None = None) -> Diff:
        """What a version changed against the one before it, or against version `since`; of the first, everything.

        Raises:
            NoSuchFestival: there is no such festival.
            NoSuchVersion: it has no such version.
        """
        after = await self.version(festival_id, version)
        earlier = version - 1 if since is None else since
        if earlier == 0:
            return Diff(added=after.slots)
        before = await self.version(festival_id, earlier)
        return await asyncio.to_thread(compare, before, after)
