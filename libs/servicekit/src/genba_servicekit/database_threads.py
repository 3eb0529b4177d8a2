"""Threads of one's own for work that blocks, with a bounded queue before them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from genba_servicekit.errors import ServiceUnavailable

T = TypeVar("T")


class BoundedThreads:
    """Runs functions off the event loop, `threads` at a time.

    Args:
        name: of the threads, as debuggers show it.
        threads: how many run at once.
        max_waiting: how many calls may wait or run before further ones are refused.
    """

    def __init__(self, name: str, *, threads: int, max_waiting: int) -> None:
        self._name = name
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._max_waiting = max_waiting
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many calls wait or run now."""
        return self._waiting

    async def run(self, fn: Callable[[], T]) -> T:
        """Give what `fn` returns or raises.

        Raises:
            ServiceUnavailable: too many wait already, or `stop` was called.
        """
        if self._waiting >= self._max_waiting:
            raise ServiceUnavailable(f"too much work is waiting ({self._name})")
        try:
            job = self._pool.submit(fn)
        except RuntimeError as exc:
            raise ServiceUnavailable(f"stopped ({self._name})") from exc
        # Counted down when the work is over, not when its caller gives up: a cancelled caller's work still runs.
        self._waiting += 1
        waiter = asyncio.wrap_future(job)
        waiter.add_done_callback(self._done)
        return await asyncio.shield(waiter)

    def _done(self, waiter: "asyncio.Future[T]") -> None:
        self._waiting -= 1
        if not waiter.cancelled():
            waiter.exception()  # seen, even where the caller has gone

    async def stop(self) -> None:
        """Finish what was begun, drop what waits, end the threads."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
