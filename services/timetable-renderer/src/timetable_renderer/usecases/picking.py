"""Picks: what they come to, as calendar and text, and shared under a short key."""

import asyncio
from base64 import b32encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from genba_servicekit.errors import NotFound
from timetable_renderer.core.festival import Festival, Slot
from timetable_renderer.core.ical import calendar_of
from timetable_renderer.core.plaintext import plain_text
from timetable_renderer.core.plan import Plan, make_plan
from timetable_renderer.ports import ShareStore
from timetable_renderer.usecases.festivals import Festivals, NoSuchVersion

MadeT = TypeVar("MadeT")

KEY_LENGTHS: Final = (10, 16, 26)
"""Characters of a share's key. The first holds 50 bits: of a million shares, two meet by chance once in 2,000 times.

Who meets another's key gets a longer one, the last of which nobody can meet on purpose.
"""
_VERSIONS_BACK: Final = 50
"""So many versions are looked through for picks that are gone: 10 ms each, once."""
_HISTORIES: Final = 64


class NoSuchShare(NotFound):
    """Nothing is shared under this key."""

    title = "Nothing is shared so"
    example = "Nothing is shared as “mzxw6ytboi”."


@dataclass(frozen=True, slots=True)
class Shared:
    """Shared picks, in the timetable as it is now.

    Attributes:
        picks: the ids that were shared, sorted.
        plan: of those that are in the timetable now, and of those that moved, where they are.
        moved: each pick that moved, and where it is.
        gone: each pick that is not there any more, and what it was, where that is still known.
    """

    key: str
    festival: Festival
    picks: tuple[str, ...]
    plan: Plan
    moved: tuple[tuple[str, Slot], ...] = ()
    gone: tuple[tuple[str, Slot | None], ...] = ()


@dataclass(slots=True)
class _History:
    """What became of slots that are not in the newest version, as far back as it was looked through."""

    festival: Festival
    reached: int
    now: dict[str, Slot | None] = field(default_factory=dict)
    was: dict[str, Slot] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def share_key(festival_id: str, picks: Iterable[str], length: int = KEY_LENGTHS[0]) -> str:
    """The key of picks, in any order: base32 of their hash."""
    text = "\0".join((festival_id, *sorted(set(picks))))
    return b32encode(blake2b(text.encode(), digest_size=20).digest()).decode().lower()[:length]


class Picking:
    """Picks of the timetables as they are now.

    Args:
        festivals: every timetable.
        shares: where shared picks are kept.
    """

    def __init__(self, festivals: Festivals, shares: ShareStore) -> None:
        self._festivals = festivals
        self._shares = shares
        self._histories: OrderedDict[str, _History] = OrderedDict()
        self._one_at_a_time = anyio.CapacityLimiter(1)

    async def plan(self, festival_id: str, picks: Iterable[str]) -> Plan:
        """What picks come to.

        Raises:
            NoSuchFestival, NoTimetable: there is nothing to pick from.
            UnknownPicksError: some are not in the timetable.
            TooManyPicksError: there are too many.
        """
        return make_plan(await self._festivals.current(festival_id), picks)

    async def calendar(self, plan: Plan) -> bytes:
        """Picks as an iCalendar file."""
        stamp = await self._accepted_at(plan.festival)
        return await self.beside(lambda: calendar_of(plan.festival, plan.picks, stamp=stamp))

    async def text(self, plan: Plan, *, language: str) -> str:
        """Picks as plain text."""
        return await self.beside(lambda: plain_text(plan, language=language))

    async def beside(self, make: Callable[[], MadeT]) -> MadeT:
        """Make what takes its time for many picks in a thread, one after the other: two hold the interpreter longer."""
        return await anyio.to_thread.run_sync(make, limiter=self._one_at_a_time)

    async def share(self, festival_id: str, picks: Iterable[str], *, before_new: Callable[[], Awaitable[None]]) -> str:
        """Keep picks under a key, the same for the same picks.

        Args:
            festival_id: whose picks they are.
            picks: what is shared.
            before_new: called before something is kept that is not kept yet; it may refuse.

        Raises:
            NoSuchFestival, NoTimetable, UnknownPicksError, TooManyPicksError: as `plan`.
        """
        wanted = tuple(sorted(set(picks)))
        await self.plan(festival_id, wanted)
        for length in KEY_LENGTHS:
            key = share_key(festival_id, wanted, length)
            kept = await self._shares.get(key)
            if kept is None:
                await before_new()
                await self._shares.put(key, festival_id, wanted)
                kept = await self._shares.get(key)
            if kept == (festival_id, wanted):
                return key
        raise AssertionError("two sets of picks have one hash of 130 bits")

    async def shared(self, key: str) -> Shared:
        """What is shared under a key.

        Raises:
            NoSuchShare: nothing is.
            NoSuchFestival, NoTimetable: its festival is gone.
        """
        kept = await self._shares.get(key)
        if kept is None:
            raise NoSuchShare(f"Nothing is shared as “{key[:30]}”.")
        festival_id, picks = kept
        festival = await self._festivals.current(festival_id)
        there = {slot.id for slot in festival.slots}
        missing = [pick for pick in picks if pick not in there]
        moved, gone = await self.what_became_of(festival, missing)
        plan = make_plan(festival, [*(pick for pick in picks if pick in there), *(slot.id for _, slot in moved)])
        return Shared(key, festival, picks, plan, moved, gone)

    async def what_became_of(
        self, festival: Festival, missing: Iterable[str]
    ) -> tuple[tuple[tuple[str, Slot], ...], tuple[tuple[str, Slot | None], ...]]:
        """Where picks are now that are not in the timetable any more, and which are gone, with what they were."""
        wanted = tuple(missing)
        if not wanted:
            return (), ()
        history = self._histories.get(festival.id)
        if history is None or history.festival.slots is not festival.slots:
            history = self._histories[festival.id] = _History(festival, festival.version)
            if len(self._histories) > _HISTORIES:
                self._histories.popitem(last=False)
        self._histories.move_to_end(festival.id)
        async with history.lock:
            await self._look_back(history, frozenset(wanted))
        places = [(pick, history.now.get(pick)) for pick in wanted]
        moved = tuple((pick, slot) for pick, slot in places if slot is not None)
        gone = tuple((pick, history.was.get(pick)) for pick, slot in places if slot is None)
        return moved, gone

    async def _look_back(self, history: _History, wanted: frozenset[str]) -> None:
        """From the newest change to older ones, so that where a slot went is known before where it came from."""
        festival = history.festival
        there = {slot.id: slot for slot in festival.slots}
        oldest = max(1, festival.version - _VERSIONS_BACK)
        while history.reached > oldest and wanted - history.now.keys():
            try:
                diff = await self._festivals.diff(festival.id, history.reached)
            except NoSuchVersion:
                history.reached = 1
                return
            for moved in diff.moved:
                goal = moved.after.id
                history.now.setdefault(moved.before.id, there.get(goal) or history.now.get(goal))
                history.was.setdefault(moved.before.id, moved.before)
            for slot in diff.removed:
                history.now.setdefault(slot.id, None)
                history.was.setdefault(slot.id, slot)
            history.reached -= 1

    async def _accepted_at(self, festival: Festival) -> datetime:
        """When a version came to be: the same however often its sources have been seen since."""
        versions = await self._festivals.versions(festival.id, before=festival.version + 1, limit=1)
        if versions and versions[0].version == festival.version:
            return versions[0].accepted_at.replace(microsecond=0)
        return festival.fetched_at or datetime.fromtimestamp(0, UTC)
