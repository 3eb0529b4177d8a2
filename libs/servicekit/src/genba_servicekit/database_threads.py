"""Threads of one's own for work that blocks, with a bounded queue before them."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from genba_servicekit.errors import ServiceUnavailable

T = TypeVar("T")

STOP_WAIT: Final = 5.0  # seconds: what takes longer waits for something that does not answer, and is left behind


class BoundedThreads:
    """Runs functions off the event loop, `threads` at a time.

    The threads are daemons: one that waits for a server that was frozen does not keep the process from ending, as one
    of a ThreadPoolExecutor would.

    Args:
        name: of the threads, as debuggers show it.
        threads: how many run at once.
        max_waiting: how many calls may wait or run before further ones are refused.
    """

    def __init__(self, name: str, *, threads: int, max_waiting: int) -> None:
        self._name = name
        self._size = threads
        self._threads: list[threading.Thread] = []
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._max_waiting = max_waiting
        self._waiting = 0
        self._stopped = False

    @property
    def waiting(self) -> int:
        """How many calls wait or run now."""
        return self._waiting

    async def run(self, fn: Callable[[], T], *, patience: float | None = None) -> T:
        """Give what `fn` returns or raises. What has not begun when its caller gives up never does.

        Args:
            fn: what to do in a thread.
            patience: seconds after which the caller gives up; the thread goes on.

        Raises:
            ServiceUnavailable: too many wait already, `stop` was called, or it took too long.
        """
        if self._stopped:
            raise ServiceUnavailable(f"stopped ({self._name})")
        if self._waiting >= self._max_waiting:
            raise ServiceUnavailable(f"too much work is waiting ({self._name})")
        job: Future[T] = Future()
        self._jobs.put((job, fn))
        self._start_thread()
        # Counted down when the work is over, not when its caller gives up: a cancelled caller's work may still run.
        self._waiting += 1
        waiter = asyncio.wrap_future(job)
        waiter.add_done_callback(self._done)
        try:
            async with asyncio.timeout(patience) as limit:
                return await asyncio.shield(waiter)
        except TimeoutError:
            if not limit.expired():
                raise  # it is the function's own
            raise ServiceUnavailable(f"no answer in {patience:g} s ({self._name})") from None
        finally:
            job.cancel()

    def _start_thread(self) -> None:
        if len(self._threads) < self._size:
            thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, fn = item
            if not job.set_running_or_notify_cancel():
                continue
            try:
                job.set_result(fn())
            except BaseException as exc:  # noqa: BLE001  (it is its caller's to see, whatever it is)
                job.set_exception(exc)
            del item, job, fn  # not to be held while the next one is waited for

    def _done(self, waiter: "asyncio.Future[T]") -> None:
        self._waiting -= 1
        if not waiter.cancelled():
            waiter.exception()  # seen, even where the caller has gone

    async def stop(self) -> None:
        """Finish what was begun, drop what waits, end the threads; one that does not end in five seconds is left."""
        self._stopped = True
        while True:
            try:
                item = self._jobs.get_nowait()
            except Empty:
                break
            if item is not None:
                item[0].cancel()
        for _ in self._threads:
            self._jobs.put(None)
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        deadline = time.monotonic() + STOP_WAIT
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
