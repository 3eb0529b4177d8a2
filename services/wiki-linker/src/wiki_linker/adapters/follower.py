"""Keeps one process's LiveWiki level with the wiki.

A request asks `is_current` (the shared counter against what is applied: no system call). If the process is behind, its
own commits are waiting in memory, and other processes' are in the change log. What the counter does not tell (another
host's write, a process killed between its commit and the counter) is found by the poll, or sooner by the bus.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from genba_servicekit.logging import get_logger
from wiki_linker.adapters.shared_seq import SharedSeq
from wiki_linker.adapters.store import WikiStore
from wiki_linker.adapters.strict_seq import StrictSeq
from wiki_linker.core.live import Committed, LiveWiki

log = get_logger(__name__)

_BATCH: Final = 1_000  # changes read at once: about 5 ms of work on the loop
_REBUILD_CHECK_S: Final = 0.05


class Follower:
    """Fulfils `ports.Freshness`."""

    def __init__(
        self,
        live: LiveWiki,
        store: WikiStore,
        counter: SharedSeq,
        committed: Committed,
        *,
        poll_seconds: float,
        strict: StrictSeq | None = None,
    ) -> None:
        self._live = live
        self._store = store
        self._counter = counter
        self._committed = committed
        self._poll_seconds = poll_seconds
        self._strict = strict
        self._reading = asyncio.Lock()
        self._after_poll: list[Callable[[], None]] = []

    @property
    def strict(self) -> bool:
        """Whether every request asks Redis."""
        return self._strict is not None

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
                await self._read_log()
                await self._strict.advance(self._live.applied)
            else:
                token = max(token, announced)
        if not self.is_current() or token > self._live.applied:
            await self._read_log()

    async def announce(self) -> None:
        """Tell other hosts of this process's writes before they are answered, if strict freshness is on."""
        self._committed.drain_into(self._live)
        if self._strict is not None:
            await self._strict.advance(self._counter.value())

    async def _read_log(self) -> None:
        # Whoever waits for the lock asks the log again: the reader before it may have begun before this one's write.
        async with self._reading:
            while True:
                changes = await self._store.changes_since(self._live.applied, limit=_BATCH)
                for change in changes:
                    self._live.apply(change)
                if len(changes) < _BATCH:
                    break
            if self._counter.value() > self._live.applied:
                self._committed.drain_into(self._live)
            if self._counter.value() > self._live.applied:
                await self._mend()
            self._counter.advance(self._live.applied)

    async def _mend(self) -> None:
        """The counter is ahead of the log: a database that was put back from a copy, or a counter file of another."""
        await self._store.correct_counter()
        if await self._store.last_seq() < self._live.applied:
            await self.reload()

    async def reload(self) -> None:
        """Load the whole wiki anew."""
        self._live.load(await self._store.load_all())
        self._counter.advance(self._live.applied)
        log.info("wiki_loaded", entries=len(self._live), seq=self._live.applied)

    async def run(self) -> None:
        """Poll the log until cancelled; an unreachable database is reported once and waited for."""
        away = False
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await self._poll()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round tries again
                if not away:
                    log.warning("log_unreadable", error=str(error))
                away = True
            else:
                if away:
                    log.info("log_readable", seq=self._live.applied)
                away = False

    async def _poll(self) -> None:
        if self.is_current():
            newest = await self._store.last_seq()
            if newest == self._live.applied:
                return
            if newest < self._live.applied and self.is_current() and await self._store.last_seq() < self._live.applied:
                await self.reload()
                return
        await self._read_log()

    async def keep_index_small(self) -> None:
        """Rebuild the big automaton in a thread whenever the delta has grown large, until cancelled."""
        while True:
            await asyncio.sleep(_REBUILD_CHECK_S)
            index = self._live.index
            if not index.needs_rebuild:
                continue
            plan = index.plan_rebuild()
            built = await asyncio.to_thread(plan.build)
            if self._live.index is index:
                index.adopt(built)
