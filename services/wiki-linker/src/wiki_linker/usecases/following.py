"""Keeps one process's LiveWiki level with the wiki.

A request asks `is_current` (the shared counter against what is applied: no system call). If the process is behind, its
own commits are waiting in memory, and other processes' are in the change log. What the counter does not tell (another
host's write, a process killed between its commit and the counter) is found by the poll, or sooner by the bus.
"""

import asyncio
from typing import Final

from genba_servicekit.logging import get_logger
from wiki_linker.core.live import Committed, LiveWiki, index_of
from wiki_linker.ports import ChangeLog, Counter, Witness

log = get_logger(__name__)

_BATCH: Final = 1_000  # changes read at once: about 5 ms of work on the loop


class LogFollower:
    """Fulfils `ports.Freshness`."""

    def __init__(
        self,
        live: LiveWiki,
        store: ChangeLog,
        counter: Counter,
        committed: Committed,
        *,
        strict: Witness | None = None,
    ) -> None:
        self._live = live
        self._store = store
        self._counter = counter
        self._committed = committed
        self._strict = strict
        self._reading = asyncio.Lock()

    def is_current(self) -> bool:
        """Whether everything that this host has committed is applied."""
        live = self._live
        if self._counter.value() <= live.applied:
            return True
        self._committed.drain_into(live)
        return self._counter.value() <= live.applied

    async def catch_up(self, token: int = 0) -> None:
        """Wait until what was committed before this call, and the change `token`, are applied.

        A token that no log knows of is let pass: the wiki was current when it was looked up.
        """
        if self._strict is not None:
            announced = await self._strict.value()
            if announced is None:
                async with self._reading:
                    await self._read_log()
                await self._strict.advance(self._live.applied)
            else:
                token = max(token, announced)
        await self._level(token)

    async def _level(self, token: int = 0) -> None:
        if self._is_level(token):
            return
        async with self._reading:
            if not self._is_level(token):  # whoever had the lock may have begun before the write that is waited for
                await self._read_log()

    def _is_level(self, token: int) -> bool:
        return self.is_current() and token <= self._live.applied

    async def announce(self) -> None:
        """Apply this process's writes before they are answered; with strict freshness on, tell other hosts of them."""
        await self._level()  # where another process wrote between, the log has it all
        if self._strict is not None:
            await self._strict.advance(self._counter.value())

    async def _read_log(self) -> None:
        announced = self._counter.value()
        while True:
            changes = await self._store.changes_since(self._live.applied, limit=_BATCH)
            for change in changes:
                self._live.apply(change)
            if len(changes) < _BATCH:
                break
        if announced > self._live.applied:
            await self._mend()
        self._counter.advance(self._live.applied)

    async def _mend(self) -> None:
        """The log ends before the counter, or before what is applied: a database that was put back from a copy."""
        applied = self._live.applied
        await self._store.correct_counter()
        if await self._store.last_seq() < applied:
            await self._load()

    async def _load(self) -> None:
        loaded = await self._store.load_all()
        self._live.adopt(loaded, await asyncio.to_thread(index_of, loaded))
        self._counter.advance(self._live.applied)
        log.info("wiki_loaded", entries=len(self._live), seq=self._live.applied)

    async def reload(self) -> None:
        """Load the whole wiki anew."""
        async with self._reading:
            await self._load()

    async def poll(self) -> None:
        """Apply what the counter did not tell of; called every second or so, beside the requests."""
        applied = self._live.applied  # before the log is asked: commits go on meanwhile
        newest = await self._store.last_seq()
        if newest < applied:
            async with self._reading:
                await self._mend()
        else:
            await self._level(newest)

    async def shrink_delta(self) -> None:
        """Rebuild the big automaton in a thread if the delta has grown large; called often, beside the requests."""
        index = self._live.index
        if not index.needs_rebuild:
            return
        plan = index.plan_rebuild()
        built = await asyncio.to_thread(plan.build)
        if self._live.index is index:
            index.adopt(built)
