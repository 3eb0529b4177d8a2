"""Entries with their texts and stars, kept while there is room and while they are true."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from wiki_linker.core.entities import ENTRY_OPERATIONS, Change, Entry, Stars


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry and who starred it, as of one moment."""

    entry: Entry
    stars: Stars


class Loading:
    """Entries on their way from the database. What is touched meanwhile must not be kept: it may be old already."""

    __slots__ = ("touched",)

    def __init__(self) -> None:
        self.touched: set[int] = set()


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

    def begin(self) -> Loading:
        """Say, before reading entries from the database, that they are on their way."""
        loading = Loading()
        self._loading.add(loading)
        return loading

    def finish(self, loading: Loading, found: Iterable[Kept]) -> None:
        """Keep what was read, except what was touched since."""
        self._loading.discard(loading)
        for kept in found:
            if kept.entry.id not in loading.touched:
                self._keep(kept)

    def abandon(self, loading: Loading) -> None:
        """Forget a reading that failed. After `finish` this does nothing."""
        self._loading.discard(loading)

    def apply(self, change: Change) -> None:
        """Forget what a change made untrue; a star is moved in place."""
        entry_id = change.entry_id
        for loading in self._loading:
            loading.touched.add(entry_id)
        if change.operation in ENTRY_OPERATIONS:
            self._kept.pop(entry_id, None)
        elif change.operation == "star" and (kept := self._kept.get(entry_id)) is not None:
            stars = {user: at for user, at in kept.stars.items() if user != change.author}
            if change.note == "+":
                stars[change.author] = change.at
            self._kept[entry_id] = Kept(kept.entry, stars)

    def keep_written(self, entry: Entry, stars: Stars) -> None:
        """Keep what this process has just written and applied: the first reader needs no database."""
        self._keep(Kept(entry, stars))

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._loading.clear()

    def _keep(self, kept: Kept) -> None:
        self._kept[kept.entry.id] = kept
        self._kept.move_to_end(kept.entry.id)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
