"""A cache that is bounded by what its values cost."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """The most recently used values, of which `cost` together is at most `room`. May be used from several threads."""

    def __init__(self, room: int, cost: Callable[[V], int]) -> None:
        self._room = room
        self._cost = cost
        self._spent = 0
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    @property
    def spent(self) -> int:
        """What the kept values cost together."""
        return self._spent

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """A value, which counts as used now; None if it is not kept."""
        with self._lock:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        """Keep a value, in place of those that were not used for longest; one that alone costs too much is not kept."""
        cost = self._cost(value)
        if cost > self._room:
            return
        with self._lock:
            replaced = self._kept.pop(key, None)
            if replaced is not None:
                self._spent -= self._cost(replaced)
            self._kept[key] = value
            self._spent += cost
            while self._spent > self._room:
                _, oldest = self._kept.popitem(last=False)
                self._spent -= self._cost(oldest)
