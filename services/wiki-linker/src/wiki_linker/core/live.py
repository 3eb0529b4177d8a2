"""The wiki as one process holds it: who is live, in what order, under which surfaces, as of one change.

Unlike most of the core it is no value: each change moves it in place, since a copy would cost what it saves. It belongs
to the event loop: everything here is called from there, and nothing waits. Texts are not in it (they are read when a
page wants them and kept in caches that forget); a million entries take some hundred megabytes.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from wiki_linker.core.entities import ENTRY_OPERATIONS, Change, Known, Loaded
from wiki_linker.core.index import LinkIndex

Listener = Callable[[Change], None]


class OutOfOrder(Exception):
    """A change was applied that is not the next one."""


def index_of(loaded: Loaded) -> LinkIndex:
    """The link index of a whole wiki: the slow part of loading it, which may be done in a thread."""
    return LinkIndex.build((entry.id, entry.keyword, loaded.aliases.get(entry.id, ())) for entry in loaded.entries)


class LiveWiki:
    """Directory, order and link index, moved from change to change.

    `applied` is the sequence number up to which it is exact.
    """

    def __init__(self) -> None:
        self.applied: int = 0
        self.index: LinkIndex = LinkIndex()
        self._known: dict[int, Known] = {}
        self._order: list[int] = []  # seqs of live entries, ascending
        self._at: dict[int, int] = {}  # seq → entry id
        self._listeners: Final[list[Listener]] = []
        self._reload_listeners: Final[list[Callable[[], None]]] = []

    def listen(self, listener: Listener, on_reload: Callable[[], None] | None = None) -> None:
        """Have `listener` called after each applied change, and `on_reload` when everything was loaded anew."""
        self._listeners.append(listener)
        if on_reload is not None:
            self._reload_listeners.append(on_reload)

    def load(self, loaded: Loaded) -> None:
        """Start from the whole wiki at once: about 50 ms for 7,000 entries."""
        self.adopt(loaded, index_of(loaded))

    def adopt(self, loaded: Loaded, index: LinkIndex) -> None:
        """Start from the whole wiki and an index that was built for it elsewhere."""
        self.index = index
        self._known = {entry.id: entry for entry in loaded.entries}
        self._order = [entry.seq for entry in loaded.entries]
        self._at = {entry.seq: entry.id for entry in loaded.entries}
        self.applied = loaded.seq
        for listener in self._reload_listeners:
            listener()

    def apply(self, change: Change) -> None:
        """Make one change; one that was made before is let pass.

        Raises:
            OutOfOrder: changes between are missing.
        """
        if change.seq <= self.applied:
            return
        if change.seq != self.applied + 1:
            raise OutOfOrder(f"change {change.seq} after {self.applied}")
        if change.operation in ENTRY_OPERATIONS:
            self._apply_entry(change)
        self.applied = change.seq
        for listener in self._listeners:
            listener(change)

    def _apply_entry(self, change: Change) -> None:
        before = self._known.get(change.entry_id)
        # Giving another entry a keyword that was an alias changes this one's surfaces, not its place or revision.
        moved = before is None or change.revision != before.revision or not change.live
        if moved and before is not None:
            place = bisect_left(self._order, before.seq)
            del self._order[place]
            del self._at[before.seq]
            del self._known[change.entry_id]
        if change.live and moved:
            self._known[change.entry_id] = Known(change.entry_id, change.keyword, change.seq, change.revision)
            self._order.append(change.seq)
            self._at[change.seq] = change.entry_id
        self.index.set_entry(change.entry_id, change.keyword, change.aliases, live=change.live)

    def __len__(self) -> int:
        """How many live entries there are."""
        return len(self._order)

    def entry(self, entry_id: int) -> Known | None:
        """What is known of a live entry."""
        return self._known.get(entry_id)

    def lookup(self, surface: str) -> Known | None:
        """The live entry that has this keyword or alias."""
        entry_id = self.index.target_of(surface)
        return None if entry_id is None else self._known.get(entry_id)

    def newest(self, skip: int, count: int) -> list[int]:
        """Ids of `count` entries in update order, newest first, behind the first `skip`."""
        end = len(self._order) - skip
        if end <= 0:
            return []
        return [self._at[seq] for seq in reversed(self._order[max(0, end - count) : end])]

    def below(self, seq: int | None, count: int) -> list[int]:
        """Ids of `count` entries in update order, newest first, last saved before the change `seq`."""
        end = len(self._order) if seq is None else bisect_left(self._order, seq)
        return [self._at[place] for place in reversed(self._order[max(0, end - count) : end])]


class Committed:
    """Changes that this process has committed, handed from the writer's thread to the event loop without a lock.

    (deque's append and popleft are atomic.)
    """

    def __init__(self) -> None:
        self._waiting: Final[deque[Change]] = deque()

    def add(self, changes: Sequence[Change]) -> None:
        """Called in the writer's thread, in the order of commits."""
        self._waiting.extend(changes)

    def drain_into(self, live: LiveWiki) -> None:
        """Apply what follows on from `live`; what does not is dropped, as the log will bring it."""
        while self._waiting:
            change = self._waiting.popleft()
            if change.seq <= live.applied + 1:
                live.apply(change)
