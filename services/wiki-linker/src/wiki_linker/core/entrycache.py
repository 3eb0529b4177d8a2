"""Entries with their texts and stars, kept while there is room and while they are true."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from wiki_linker.core.entities import ENTRY_OPERATIONS, Change, Entry, Stars


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry and who starred it, as of one moment."""

    entry: Entry
    stars: Stars


class Loading:
    """What one reader fetches from the database, and holds until it is done, whether the cache has room or not.

    What changes meanwhile is let go, also on its way here: it may be old already.
    """

    __slots__ = ("held", "outdated", "touched")

    def __init__(self) -> None:
        self.held: dict[int, Kept] = {}
        self.begin()

    def begin(self) -> None:
        """Say, before entries are read from the database, that they are on their way."""
        self.touched: dict[int, int] = {}  # entry id → seq of the last change of it since then
        self.outdated = False


class EntryCache:
    """At most `limit` entries; the least recently used make room. Belongs to the event loop."""

    def __init__(self, limit: int) -> None:
        self._limit: Final = limit
        self._kept: OrderedDict[int, Kept] = OrderedDict()
        self._loading: set[Loading] = set()

    def get(self, entry_id: int) -> Kept | None:
        """The entry, if it is kept."""
        kept = self._kept.get(entry_id)
        if kept is not None:
            self._kept.move_to_end(entry_id)
        return kept

    @contextmanager
    def loading(self) -> Iterator[Loading]:
        """For a reader (or a writer, whose own entry is as good as read): have changes kept away from its entries."""
        loading = Loading()
        self._loading.add(loading)
        try:
            yield loading
        finally:
            self._loading.discard(loading)

    def finish(self, loading: Loading, found: Iterable[Kept]) -> None:
        """Keep what was read since `loading.begin()`, except what changed after it was read.

        What is read has every change of its entry up to the entry's own seq; its stars are read after the entry.
        """
        if loading.outdated:
            return
        for kept in found:
            if loading.touched.get(kept.entry.id, 0) <= kept.entry.seq:
                loading.held[kept.entry.id] = kept
                self._keep(kept)

    def apply(self, change: Change) -> None:
        """Forget what a change made untrue; a star is moved in place."""
        entry_id = change.entry_id
        for loading in self._loading:
            loading.touched[entry_id] = change.seq
            loading.held.pop(entry_id, None)
        if change.operation in ENTRY_OPERATIONS:
            self._kept.pop(entry_id, None)
        elif change.operation == "star" and (kept := self._kept.get(entry_id)) is not None:
            stars = {user: at for user, at in kept.stars.items() if user != change.author}
            if change.note == "+":
                stars[change.author] = change.at
            self._kept[entry_id] = Kept(kept.entry, stars)

    def clear(self) -> None:
        """Forget everything, also what is on its way."""
        self._kept.clear()
        for loading in self._loading:
            loading.held.clear()
            loading.outdated = True

    def _keep(self, kept: Kept) -> None:
        self._kept[kept.entry.id] = kept
        self._kept.move_to_end(kept.entry.id)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
