"""The price of a pool over time: a step function, with gaps where it is not known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spot_price.core.records import MICROS, UNKNOWN, Seconds


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A price over a stretch of time, in steps.

    Step `i` goes from `at[i]` until `at[i + 1]`, the last one until `end`. Before `at[0]` nothing is known.

    Attributes:
        at: where the steps begin, `Seconds`, int64, rising.
        price: US dollars an hour, float64; NaN where it is not known.
        end: where the last step ends.
    """

    at: NDArray[np.int64]
    price: NDArray[np.float64]
    end: Seconds

    @staticmethod
    def nothing(end: Seconds) -> "Steps":
        """A price of which nothing is known until `end`."""
        return Steps(np.empty(0, np.int64), np.empty(0, np.float64), end)

    def __len__(self) -> int:
        return len(self.at)

    def value(self, moment: Seconds) -> float:
        """The price at a moment; NaN where it is not known."""
        index = int(np.searchsorted(self.at, moment, side="right")) - 1
        return float(self.price[index]) if index >= 0 and moment < self.end else float("nan")

    def window(self, start: Seconds, end: Seconds) -> "Steps":
        """The part from `start` until `end`, the step in force at `start` with it."""
        end = max(start, min(end, self.end))
        first = max(0, int(np.searchsorted(self.at, start, side="right")) - 1)
        last = int(np.searchsorted(self.at, end, side="left")) if end > start else first
        return Steps(np.maximum(self.at[first:last], start), self.price[first:last], end)

    def lengths(self) -> NDArray[np.int64]:
        """How long each step is, in seconds."""
        return np.diff(self.at, append=np.int64(self.end))


def steps_of(at: NDArray[np.int64], micros: NDArray[np.int64], holds: NDArray[np.int64], *, until: Seconds) -> Steps:
    """The step function that one pool's records make.

    A record is the price until the next one. One that is good for only so long (`holds`, seconds; 0: without end), and
    which no other follows within that time, is one after which nobody recorded: nothing is known from the second after
    it until the next. The last one is good until `until`, when the source last answered, or for as long as it holds.

    Args:
        at: since when, rising, each once.
        micros: millionths of a US dollar an hour; 0 is unknown.
        holds: of each record.
        until: the end.
    """
    known = at < until
    at, micros, holds = at[known], micros[known], holds[known]
    price = np.where(micros == UNKNOWN, np.nan, micros / MICROS)
    if not len(at):
        return Steps(at, price, until)
    lengths = np.diff(at, append=np.int64(until))
    silent = (holds > 0) & (lengths > holds)
    if not silent.any():
        return Steps(at, price, until)
    holes = at[silent] + 1
    if silent[-1]:
        holes[-1] = at[-1] + holds[-1]
    where = np.flatnonzero(silent) + 1
    return Steps(np.insert(at, where, holes), np.insert(price, where, np.nan), until)
