"""Photos of many callers, put together for a network that takes some numbers of photos only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

STEP: Final = 0.001
"""Seconds: what an event loop's timers can tell apart."""
PROBE_EVERY: Final = 64
"""Batches between looks for whether waiting pays, where it did not."""

Numbers = NDArray[np.float32]
Answer = tuple[Numbers, Numbers]


class Joiner:
    """Puts photos together, always in the same place: megabytes of memory that are new each time cost 0.5 ms."""

    def __init__(self) -> None:
        self._room = np.empty((0, 0), np.float32)

    def join(self, parts: Sequence[Numbers]) -> Numbers:
        """The photos of all parts, one after the other, as a runtime wants them: in one piece, and aligned.

        They are there until it is called again.
        """
        if len(parts) == 1:
            return np.require(parts[0], np.float32, ["C", "A"])
        rows, shape = sum(map(len, parts)), parts[0].shape[1:]
        if len(self._room) < rows or self._room.shape[1:] != shape:
            self._room = np.empty((rows, *shape), np.float32)
        return np.concatenate(parts, out=self._room[:rows])


def pieces(count: int, sizes: Sequence[int], most: int) -> list[tuple[int, int]]:
    """How to give `count` photos to a network: how many at a time, and how many places that takes with padding.

    A rest is padded to the next size if it fills at least half of that, and split into smaller ones otherwise: 31 are
    run as 32, 9 as 8 and 1, for half of what is computed has to be of use.

    Args:
        count: of photos, one or more.
        sizes: in order, the least first; empty if any number up to `most` is as good.
        most: photos at once, if sizes are not given.
    """
    if not sizes:
        return [(min(most, count - at),) * 2 for at in range(0, count, most)]
    cut = []
    while count:
        size = next((size for size in sizes if count <= size <= 2 * count), None)
        if size is None:
            size = max((size for size in sizes if size <= count), default=sizes[0])
        cut.append((min(size, count), size))
        count -= min(size, count)
    return cut


def answer(run: Callable[[Numbers], Answer], images: Numbers, sizes: Sequence[int], most: int) -> Answer:
    """What a network gives for any number of photos, however many it takes at once."""
    cut = pieces(len(images), sizes, most)
    if len(cut) == 1 and cut[0][0] == cut[0][1]:
        return run(images)
    found, at = [], 0
    for count, size in cut:
        part = images[at : at + count]
        if size > count:
            part = np.concatenate([part, np.zeros((size - count, *images.shape[1:]), np.float32)])
        found.append([rows[:count] for rows in run(part)])
        at += count
    logits, embedding = (np.concatenate(rows) for rows in zip(*found, strict=True))
    return logits, embedding


@dataclass(slots=True)
class Delay:
    """How long to wait for more photos when the network is free and few are there, for a network that likes many.

    Waiting pays where it at least doubles what is run together. It is tried now and then, where the last batch was
    larger than what is there now; longer while it pays, and not for a while where it does not.
    """

    longest: float
    seconds: float = 0.0
    _until_probe: int = 0

    def before(self, waiting: int, last: int) -> float:
        """Seconds to wait with so many photos waiting, after a batch of `last`."""
        if waiting * 2 > last:
            return 0.0  # as many as usual are there
        if not self.seconds:
            self._until_probe -= 1
            if self._until_probe > 0:
                return 0.0
            self.seconds = min(STEP, self.longest)
        return self.seconds

    def after(self, waited: int, now: int) -> None:
        """Learn from a wait: how many photos were there before and after it."""
        if now >= 2 * waited:
            self.seconds = min(self.seconds + STEP, self.longest)
        else:
            self.seconds = max(self.seconds - STEP, 0.0)
            self._until_probe = PROBE_EVERY
