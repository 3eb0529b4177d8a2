"""Rendered pages that are never stale: read behind the current version, a page is checked, not rendered."""

import sys
from collections import OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from wiki_linker.core.index import LinkIndex
from wiki_linker.core.links import Link

P = TypeVar("P")

DEFAULT_MAX_BYTES: Final = 256 * 1024 * 1024

# What a page takes beside its payload and texts: its record, its key and its place in the order of use.
_OVERHEAD_BYTES: Final = 600

# How many discarded keys are remembered for the sake of pages that are being rendered meanwhile.
_REMEMBERED_DISCARDS: Final = 4096


class Ticket(NamedTuple):
    """When a rendering began: taken before anything that it shows is read."""

    version: int
    moment: int


@dataclass(slots=True)
class _Page(Generic[P]):
    payload: P
    texts: tuple[str, ...]
    links: frozenset[Link]
    version: int
    size: int


@dataclass(slots=True)
class CacheStats:
    """What became of the reads, since the start: `checked` counts the hits that a check preceded."""

    hits: int = 0
    checked: int = 0
    misses: int = 0
    outdated: int = 0
    evicted: int = 0
    refused: int = 0


class PageCache(Generic[P]):
    """Payloads by key, the least recently used ones given up beyond `max_bytes`. It belongs to the event loop.

    To fill it: take a `ticket()`, read what the page shows, render, `put()`. Whoever changes what a page shows apart
    from links (its own text, its stars) calls `discard()` with its key once the change is committed.
    """

    def __init__(self, index: LinkIndex, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self.stats = CacheStats()
        self._index = index
        self._pages: OrderedDict[Hashable, _Page[P]] = OrderedDict()
        self._moment = 0
        self._discarded: dict[Hashable, int] = {}
        self._forgotten = 0

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, key: Hashable) -> P | None:
        """The payload of a page, or None if it has to be rendered."""
        page = self._pages.get(key)
        if page is None:
            self.stats.misses += 1
            return None
        if page.version != self._index.version:
            if not self._index.still_exact(page.texts, page.links, page.version):
                self._drop(key)
                self.stats.outdated += 1
                return None
            page.version = self._index.version
            self.stats.checked += 1
        self._pages.move_to_end(key)
        self.stats.hits += 1
        return page.payload

    def ticket(self) -> Ticket:
        """What `put()` needs to know whether something changed while the page was being rendered."""
        return Ticket(self._index.version, self._moment)

    def put(
        self, key: Hashable, payload: P, ticket: Ticket, *, size: int, texts: Collection[str], links: Collection[Link]
    ) -> bool:
        """Keep a page, unless it may be outdated already or is larger than the cache.

        Args:
            key: What `get()` and `discard()` call the page.
            payload: The page as it is served.
            ticket: Taken before anything that the page shows was read.
            size: Of the payload, in bytes.
            texts: The texts in which mentions are links.
            links: The links in them, all of them and no others.
        """
        texts = tuple(texts)
        held = _OVERHEAD_BYTES + size + sum(map(sys.getsizeof, texts)) + sys.getsizeof(links)
        touched = self._discarded.get(key, self._forgotten) > ticket.moment
        if touched or held > self.max_bytes or not self._index.still_exact(texts, links, ticket.version):
            self.stats.refused += 1
            return False
        self._drop(key)
        self._pages[key] = _Page(payload, texts, frozenset(links), self._index.version, held)
        self.size += held
        while self.size > self.max_bytes:
            self._drop(next(iter(self._pages)))
            self.stats.evicted += 1
        return True

    def discard(self, key: Hashable) -> None:
        """Forget a page, also one that is being rendered right now: its `put()` will be refused."""
        self._drop(key)
        self._moment += 1
        self._discarded.pop(key, None)
        self._discarded[key] = self._moment
        if len(self._discarded) > _REMEMBERED_DISCARDS:
            oldest = next(iter(self._discarded))
            self._forgotten = self._discarded.pop(oldest)

    def clear(self) -> None:
        """Forget all pages, also those that are being rendered right now."""
        self._pages.clear()
        self.size = 0
        self._moment += 1
        self._discarded.clear()
        self._forgotten = self._moment

    def _drop(self, key: Hashable) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self.size -= page.size
