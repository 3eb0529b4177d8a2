"""Photos that many ask about at the same time are answered together: dynamic batching.

Whoever asks while nobody else does is answered at once. Whatever comes while the network is at work waits in a bounded
queue, in order, and is run together as soon as it is free. Work of a caller who left, or whose time is over, is not
done. A request is answered by the model that it came with, so that a new one can take over between two requests.
"""

import asyncio
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from face_classifier.core.batches import Answer, Delay, Joiner, answer
from face_classifier.ports import Runtime
from genba_servicekit.errors import ServiceUnavailable, TooManyRequests, UnprocessableContent

LARGEST: Final = 32
"""Photos that are run at once. Twice as many took twice the time, and all of them wait for the last."""
CAPACITY: Final = 256
"""Photos that may wait: about 0.1 s of work for two cores."""
ROWS: Final = 128
"""Photos of one request."""
LONGEST_DELAY: Final = 0.002

Photos = NDArray[np.float32]


class ModelBusy(TooManyRequests):
    """More photos wait than are taken."""

    title = "Too many photos wait to be looked at"


class OutOfTime(ServiceUnavailable):
    """The answer would have come too late."""

    title = "Not answered in the time that was given"


class TooManyPhotos(UnprocessableContent):
    """One request has more photos than are looked at together."""

    title = "Too many photos in one request"


@dataclass(slots=True, eq=False)
class _Item:
    runtime: Runtime
    images: Photos
    done: "asyncio.Future[Answer]"
    waits: bool = True


@dataclass(slots=True)
class Counts:
    """What a batcher has done since its start.

    Attributes:
        batches: that were run.
        photos: in them.
        refused: photos for which there was no place.
        dropped: photos whose callers had left, or had no more time, before they were run.
    """

    batches: int = 0
    photos: int = 0
    refused: int = 0
    dropped: int = 0


@dataclass(slots=True)
class _State:
    queue: deque[_Item] = field(default_factory=deque)
    rows: int = 0  # that wait
    free: int = 1  # threads
    last: int = 0  # rows of the last batch
    timer: asyncio.TimerHandle | None = None
    waited: int = 0  # rows that were there when the timer began
    stopping: bool = False


class Batcher:
    """Runs photos of many callers together, in threads of its own. Belongs to one event loop.

    Args:
        workers: threads, each of which runs one batch at a time.
        capacity: photos that may wait.
        largest: photos that are run at once; 1 switches batching off.
        longest_delay: seconds for which it waits at most for more photos.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        capacity: int = CAPACITY,
        largest: int = LARGEST,
        longest_delay: float = LONGEST_DELAY,
    ) -> None:
        self._workers, self._capacity, self._largest = workers, capacity, largest
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="faces")
        self._local = threading.local()
        self._delay = Delay(longest_delay)
        self._state = _State(free=workers)
        self.counts = Counts()

    @property
    def waiting(self) -> int:
        """Photos that wait."""
        return self._state.rows

    async def submit(self, runtime: Runtime, images: Photos, *, within: float | None = None) -> Answer:
        """What a network says of photos: logits [n, classes] and embeddings [n, width], in their order.

        Args:
            runtime: the network.
            images: [n, 96, 96, 3], red, green, blue in [0, 1]; they may not change until the answer is there.
            within: seconds after which the caller has no more use for the answer.

        Raises:
            TooManyPhotos: more than 128.
            UnprocessableContent: none.
            ModelBusy: too many wait already. It is said at once.
            OutOfTime: the answer was not there in time.
            ServiceUnavailable: the service is about to stop.
        """
        state, rows = self._state, len(images)
        if state.stopping:
            raise ServiceUnavailable("the service is about to stop")
        if not rows:
            raise UnprocessableContent("no photo")
        if rows > ROWS:
            raise TooManyPhotos(f"{rows} photos; {ROWS} are looked at together")
        if state.rows + rows > max(self._capacity, rows):  # a request that is long alone has its turn too
            self.counts.refused += rows
            raise ModelBusy(f"{state.rows} photos wait, of {self._capacity} at most")
        loop = asyncio.get_running_loop()
        item = _Item(runtime, images, loop.create_future())
        state.queue.append(item)
        state.rows += rows
        if state.timer is None:
            self._dispatch()
        elif state.rows >= self._largest:
            self._end_wait()
        expiry = None if within is None else loop.call_later(within, _expire, item.done)
        try:
            return await item.done
        finally:
            if expiry is not None:
                expiry.cancel()
            if item.waits:  # the caller left, or its time is over
                item.waits = False
                state.queue.remove(item)
                state.rows -= rows
                self.counts.dropped += rows

    async def stop(self) -> None:
        """Answer whom it has taken in, take nobody else, and end its threads."""
        self._state.stopping = True
        self._end_wait()
        while waiting := [item.done for item in self._state.queue]:
            await asyncio.wait(waiting)
        await asyncio.to_thread(self._threads.shutdown)

    def _dispatch(self) -> None:
        """Run what waits, as long as a thread is free."""
        state = self._state
        while state.free and (batch := self._take()):
            state.free -= 1
            self._threads.submit(self._run, batch).add_done_callback(partial(self._tell, batch))

    def _take(self) -> list[_Item]:
        """The next items that are run together: of one model, in order, at most `largest` photos or one item.

        Where several threads are free, each takes its share.
        """
        state, batch, rows = self._state, list[_Item](), 0
        most = min(self._largest, -(-state.rows // state.free))
        while state.queue:
            item = state.queue[0]
            if batch and (item.runtime is not batch[0].runtime or rows + len(item.images) > most):
                break
            state.queue.popleft()
            item.waits = False
            state.rows -= len(item.images)
            if item.done.done():  # its caller left, or its time is over, in this very turn of the event loop
                self.counts.dropped += len(item.images)
                continue
            batch.append(item)
            rows += len(item.images)
        state.last = rows or state.last
        return batch

    def _run(self, batch: list[_Item]) -> Answer:
        runtime = batch[0].runtime
        joiner: Joiner | None = getattr(self._local, "joiner", None)
        if joiner is None:
            joiner = self._local.joiner = Joiner()
        return answer(runtime.run, joiner.join([item.images for item in batch]), runtime.sizes, self._largest)

    def _tell(self, batch: list[_Item], work: "Future[Answer]") -> None:
        batch[0].done.get_loop().call_soon_threadsafe(self._done, batch, work)

    def _done(self, batch: list[_Item], work: "Future[Answer]") -> None:
        state = self._state
        state.free += 1
        self.counts.batches += 1
        self.counts.photos += sum(len(item.images) for item in batch)
        error = work.exception()
        at = 0
        for item in batch:
            rows = slice(at, at := at + len(item.images))
            if item.done.done():
                continue  # its caller left meanwhile
            if error is not None:
                item.done.set_exception(error)
            else:
                logits, embedding = work.result()
                item.done.set_result((logits[rows], embedding[rows]))
        if state.timer is not None or not state.rows:
            return
        delay = 0.0
        if state.queue[0].runtime.sizes and not state.stopping:  # where any number is as good, waiting gains nothing
            delay = self._delay.before(state.rows, min(state.last, self._largest))
        if delay:
            state.waited = state.rows
            state.timer = asyncio.get_running_loop().call_later(delay, self._end_wait)
        else:
            self._dispatch()

    def _end_wait(self) -> None:
        state = self._state
        if state.timer is not None:
            state.timer.cancel()
            state.timer = None
            self._delay.after(state.waited, state.rows)
        self._dispatch()


def _expire(done: "asyncio.Future[Answer]") -> None:
    if not done.done():
        done.set_exception(OutOfTime("the time that the request had is over"))
