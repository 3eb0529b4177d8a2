"""Reading: articles with every mention linked, as of every write that was answered before."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Final

from markupsafe import Markup

from wiki_linker.core.diff import Diff, diff_texts
from wiki_linker.core.entities import Change, Entry, Known, Revision, Stars, Totals, UnknownEntry, UnknownRevision
from wiki_linker.core.entrycache import EntryCache, Kept, Loading
from wiki_linker.core.index import LinkIndex
from wiki_linker.core.live import LiveWiki
from wiki_linker.core.pagecache import PageCache, Ticket
from wiki_linker.core.pagelinks import PageLinker
from wiki_linker.core.render import Rendered
from wiki_linker.ports import EntryStore, Freshness

_LONG: Final = 100_000  # code points; longer texts take more than a millisecond or two and are rendered in a thread
_PATIENCE: Final = 3  # tries to render in a thread; the wiki may change faster than that, and then it is done at once

Select = Callable[[], Sequence[Known]]


@dataclass(frozen=True, slots=True)
class Article:
    """An entry as it is shown: its text with every mention linked, and who starred it."""

    entry: Entry
    html: Markup
    stars: Stars


@dataclass(frozen=True, slots=True)
class Difference:
    """How one revision differs from another. The first one differs from nothing, which counts as itself."""

    old: Revision
    new: Revision
    diff: Diff


@dataclass(frozen=True, slots=True)
class _Begun:
    """A long text that is to be linked in a thread, and when it was looked at: others may be linked before it."""

    entry: Entry
    index: LinkIndex
    pages: PageCache[Markup]
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class _Linked:
    """A long text that was linked in a thread, as of its ticket."""

    entry: Entry
    rendered: Rendered
    ticket: Ticket
    index: LinkIndex


class Reading:
    """Everything that is read. Articles come from memory where they are there; what is cached is exact."""

    def __init__(
        self,
        store: EntryStore,
        freshness: Freshness,
        live: LiveWiki,
        cache: EntryCache,
        *,
        page_cache: int,
        linker: PageLinker | None = None,
    ) -> None:
        self._store = store
        self._freshness = freshness
        self._live = live
        self._cache = cache
        self._page_cache = page_cache
        self.linker = linker or PageLinker()
        self._pages: PageCache[Markup] = PageCache(live.index, max_bytes=page_cache)
        self._watchers: set[Callable[[], None]] = set()
        live.listen(self._apply, self._forget_everything)

    def _apply(self, change: Change) -> None:
        self._cache.apply(change)
        if change.operation != "star":
            self._pages.discard(change.entry_id)
        for tell in self._watchers:
            tell()

    def _forget_everything(self) -> None:
        self._cache.clear()
        self._pages = PageCache(self._live.index, max_bytes=self._page_cache)

    @property
    def seq(self) -> int:
        """The change up to which everything that is read now is exact."""
        return self._live.applied

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self._live)

    async def catch_up(self, token: int = 0) -> None:
        """Be level with every write that was answered before this call, and with the change `token`."""
        await self._freshness.catch_up(token)

    def is_current(self, token: int = 0) -> bool:
        """Whether `catch_up` has nothing to do. Costs no system call."""
        return self._freshness.is_current() and token <= self._live.applied

    def lookup(self, surface: str) -> Known:
        """The live entry that has this keyword or alias.

        Raises:
            UnknownEntry: there is none.
        """
        known = self._live.lookup(surface)
        if known is None:
            raise UnknownEntry(surface)
        return known

    def find(self, surface: str) -> Known | None:
        """The live entry that has this keyword or alias, if there is one."""
        return self._live.lookup(surface)

    @contextmanager
    def watching(self, tell: Callable[[], None]) -> Iterator[None]:
        """Have `tell()` called after every change, while the context lasts."""
        self._watchers.add(tell)
        try:
            yield
        finally:
            self._watchers.discard(tell)

    def newest(self, skip: int, count: int) -> list[Known]:
        """`count` entries in update order, newest first, behind the first `skip`."""
        return self._known(self._live.newest(skip, count))

    def below(self, seq: int | None, count: int) -> list[Known]:
        """`count` entries in update order, newest first, last saved before the change `seq`."""
        return self._known(self._live.below(seq, count))

    def _known(self, ids: Iterable[int]) -> list[Known]:
        found = (self._live.entry(entry_id) for entry_id in ids)
        return [known for known in found if known is not None]

    def peek(self, chosen: Iterable[Known]) -> list[Article] | None:
        """The articles of these entries, if all of them are in memory and short enough to link at once."""
        articles = []
        for known in chosen:
            kept = self._true(known)
            html = None if kept is None else self._linked(kept.entry)
            if kept is None or html is None:
                return None
            articles.append(Article(kept.entry, html, kept.stars))
        return articles

    async def articles(self, select: Select) -> list[Article]:
        """The articles that `select` chooses, exact at the moment of the answer.

        `select` is asked again after everything that had to be waited for: the wiki may have moved on.
        """
        linked: dict[int, _Linked] = {}
        with self._cache.loading() as loading:
            for tries in count():
                ready, long = [], []
                for kept in await self._choose(select, loading):
                    html = self._linked(kept.entry, linked, at_once=tries == _PATIENCE)
                    if html is None:
                        long.append(_Begun(kept.entry, self._live.index, self._pages, self._pages.ticket()))
                    else:
                        ready.append(Article(kept.entry, html, kept.stars))
                if not long:
                    break
                for begun in long:
                    linked[begun.entry.id] = await self._link_in_thread(begun)
        return ready

    async def article(self, surface: str) -> Article:
        """The article of a keyword or alias.

        Raises:
            UnknownEntry: there is none.
        """
        (article,) = await self.articles(lambda: [self.lookup(surface)])
        return article

    async def entries(self, select: Select) -> list[Kept]:
        """The entries that `select` chooses with their texts and stars, without linking anything."""
        with self._cache.loading() as loading:
            return await self._choose(select, loading)

    async def entry(self, surface: str) -> Kept:
        """The entry of a keyword or alias.

        Raises:
            UnknownEntry: there is none.
        """
        (kept,) = await self.entries(lambda: [self.lookup(surface)])
        return kept

    async def _choose(self, select: Select, loading: Loading) -> list[Kept]:
        """What `select` chooses once all of it is in memory. Nothing is waited for after the last look."""
        while True:
            if not self._freshness.is_current():
                await self._freshness.catch_up()
            chosen = select()
            kept = [found for known in chosen if (found := self._true(known, loading)) is not None]
            if len(kept) == len(chosen):
                return kept
            absent = [known for known in chosen if self._true(known, loading) is None]
            read = await self._read([known.id for known in absent], loading)
            if any(read.get(known.id) != known.seq for known in absent):
                # The database is ahead of what is applied here.
                await self._freshness.catch_up(self._live.applied + 1)

    def _true(self, known: Known, loading: Loading | None = None) -> Kept | None:
        kept = self._cache.get(known.id) or (loading and loading.held.get(known.id))
        return kept if kept and kept.entry.seq == known.seq else None

    async def _read(self, ids: list[int], loading: Loading) -> dict[int, int]:
        """Read entries into the cache, then their stars; the seq of each that was found."""
        loading.begin()
        entries = await self._store.entries(ids)
        stars = await self._store.stars(ids)
        self._cache.finish(loading, [Kept(entry, stars[entry.id]) for entry in entries.values()])
        return {entry.id: entry.seq for entry in entries.values()}

    def _linked(
        self, entry: Entry, linked: Mapping[int, "_Linked"] = MappingProxyType({}), *, at_once: bool = False
    ) -> Markup | None:
        """The entry's text with its links; None if it is long and has to be linked in a thread first."""
        html = self._pages.get(entry.id)
        if html is not None:
            return html
        index, ticket = self._live.index, self._pages.ticket()
        if at_once or len(entry.description) <= _LONG:
            return self._keep_page(entry, self.linker.render(entry.description, entry.keyword, index), ticket)
        done = linked.get(entry.id)
        if done is None or done.entry != entry or done.index is not index:
            return None
        exact = index.still_exact((entry.description,), done.rendered.links, done.ticket.version)
        return done.rendered.html if exact else None

    async def _link_in_thread(self, begun: "_Begun") -> "_Linked":
        entry, index, ticket = begun.entry, begun.index, begun.ticket
        rendered = await asyncio.to_thread(self.linker.render, entry.description, entry.keyword, index.snapshot())
        if begun.pages is self._pages:  # else everything was loaded anew meanwhile
            self._keep_page(entry, rendered, ticket)
        return _Linked(entry, rendered, ticket, index)

    def _keep_page(self, entry: Entry, rendered: Rendered, ticket: Ticket) -> Markup:
        size = len(rendered.html)
        texts = (entry.description,)
        self._pages.put(entry.id, rendered.html, ticket, size=size, texts=texts, links=rendered.links)
        return rendered.html

    async def by_keyword(self, *, after: str | None, prefix: str, limit: int) -> list[Kept]:
        """Entries in code-point order of their keywords, from behind `after`."""
        found = await self._store.in_keyword_order(after=after, prefix=prefix, limit=limit)
        stars = await self._store.stars([entry.id for entry in found])
        return [Kept(entry, stars[entry.id]) for entry in found]

    async def revisions(self, surface: str, *, before: int | None, limit: int) -> tuple[Known, list[Revision]]:
        """An entry's history, newest first.

        Raises:
            UnknownEntry: there is no such entry.
        """
        known = self.lookup(surface)
        return known, await self._store.revisions(known.id, before=before, limit=limit)

    async def revision(self, surface: str, number: int) -> Revision:
        """One revision of an entry.

        Raises:
            UnknownEntry: there is no such entry.
            UnknownRevision: it has no such revision.
        """
        return await self._revision(self.lookup(surface), number)

    async def _revision(self, known: Known, number: int) -> Revision:
        found = await self._store.revision(known.id, number)
        if found is None:
            raise UnknownRevision(f"“{known.keyword}” has no revision {number}.")
        return found

    async def difference(self, surface: str, number: int, against: int | None) -> Difference:
        """How a revision differs from another: from the one before it, if `against` is None.

        Raises:
            UnknownEntry: there is no such entry.
            UnknownRevision: it has no such revision.
        """
        known = self.lookup(surface)
        new = await self._revision(known, number)
        old = None if against is None and number == 1 else await self._revision(known, against or number - 1)
        diff = await asyncio.to_thread(diff_texts, "" if old is None else old.description, new.description)
        return Difference(old or new, new, diff)

    async def deleted(self, keyword: str) -> Entry | None:
        """What was deleted last under this keyword, and may be brought back."""
        return await self._store.deleted(keyword)

    async def changes_since(self, seq: int, *, limit: int) -> list[Change]:
        """Changes of entries behind `seq`, oldest first."""
        return await self._store.changes_since(seq, limit=limit, entries_only=True)

    async def recent_changes(self, *, before: int | None, limit: int) -> list[Change]:
        """The newest changes of entries, newest first."""
        return await self._store.recent_changes(before=before, limit=limit)

    async def totals(self) -> Totals:
        """How much there is of everything."""
        return await self._store.totals()
