"""Finding entries: by their text, by what links to them, by what they have in common."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from wiki_linker.core.entities import Known, Mentioning
from wiki_linker.core.entrycache import Kept
from wiki_linker.core.index import LinkView
from wiki_linker.core.live import LiveWiki
from wiki_linker.ports import SearchIndex
from wiki_linker.usecases.reading import Reading

_CANDIDATES: Final = 200  # about 6 ms of linking in a thread
_MOST_TERMS: Final = 8

Count = Callable[[str, str, LinkView], int]
"""How often an entry (keyword, text) mentions what is looked for, as things stand in a view of the links."""


@dataclass(frozen=True, slots=True)
class MentioningPage:
    """Entries that mention something, newest first; `next_below` asks for the following ones (None: there are none)."""

    items: list[Mentioning]
    next_below: int | None


@dataclass(frozen=True, slots=True)
class Relation:
    """An entry that has to do with another: how often each mentions the other."""

    keyword: str
    mentioned: int
    mentions: int


def terms_of(query: str) -> list[str]:
    """The words of a query: every one has to be found. More than eight are cut off."""
    return list(dict.fromkeys(query.split()))[:_MOST_TERMS]


class Searching:
    """Full text, backlinks, mentions without a link, related entries. `candidates` are looked at in one go."""

    def __init__(self, search: SearchIndex, live: LiveWiki, reading: Reading, *, candidates: int = _CANDIDATES) -> None:
        self._search = search
        self._live = live
        self._reading = reading
        self._candidates = candidates

    async def search(self, query: str, *, limit: int, offset: int) -> list[Kept]:
        """Entries that have every word of the query in keyword or text, best first; `[]` for an empty query."""
        terms = terms_of(query)
        if not terms:
            return []
        ids = await self._search.search(terms, limit=limit, offset=offset)
        return await self._reading.entries(lambda: self._known(ids))

    def _known(self, ids: Iterable[int]) -> list[Known]:
        found = (self._live.entry(entry_id) for entry_id in ids)
        return [known for known in found if known is not None]

    async def backlinks(self, surface: str, *, below: int | None, limit: int) -> MentioningPage:
        """Entries whose text links to this one, newest first.

        Raises:
            UnknownEntry: there is no such entry.
        """
        while True:
            known = self._reading.lookup(surface)
            names = self._live.index.surfaces_of(known.id)
            page = await self._mentioning(names, partial(self._links_to, known.id), below=below, limit=limit)
            if self._live.index.surfaces_of(known.id) == names:
                return page

    def _links_to(self, entry_id: int, keyword: str, text: str, view: LinkView) -> int:
        return sum(link.entry_id == entry_id for _, _, link in self._reading.linker.links(text, keyword, view))

    async def unlinked_mentions(self, keyword: str, *, below: int | None, limit: int) -> MentioningPage:
        """Entries whose text would link to `keyword` if there were such an entry, newest first.

        Where there is one, these are its backlinks.
        """

        def count(_keyword: str, text: str, view: LinkView) -> int:
            return view.count_if_linked(text, keyword)

        return await self._mentioning([keyword], count, below=below, limit=limit)

    async def _mentioning(self, names: Sequence[str], count: Count, *, below: int | None, limit: int) -> MentioningPage:
        """Narrow down by substring in the database, then count what would truly be linked, in a thread."""
        found: list[tuple[int, Mentioning]] = []
        while True:
            batches = [await self._search.containing(name, below=below, limit=self._candidates) for name in names]
            # Each list is complete down to its last entry; beyond the highest of these last ones some may be missing.
            floor = max((batch[-1][0] for batch in batches if len(batch) == self._candidates), default=0)
            ids = {entry_id for batch in batches for seq, entry_id in batch if seq >= floor}
            kept = await self._reading.entries(partial(self._known, ids))
            view = self._live.index.snapshot()
            # What was saved meanwhile stands at the top by now: it is on this page only if that begins there.
            texts = [
                (one.entry.seq, one.entry.keyword, one.entry.description)
                for one in kept
                if below is None or one.entry.seq < below
            ]
            counted = await asyncio.to_thread(_count_all, texts, count, view)
            found.extend(counted)
            if len(found) > limit:
                found.sort(key=lambda one: -one[0])
                return MentioningPage([one for _, one in found[:limit]], found[limit - 1][0])
            if not floor:
                found.sort(key=lambda one: -one[0])
                return MentioningPage([one for _, one in found], None)
            below = floor

    async def related(self, surface: str, *, limit: int) -> list[Relation]:
        """Entries that this one mentions or that mention it, the closest first.

        Raises:
            UnknownEntry: there is no such entry.
        """
        kept = await self._reading.entry(surface)
        view = self._live.index.snapshot()
        links = await asyncio.to_thread(self._reading.linker.links, kept.entry.description, kept.entry.keyword, view)
        mentioned = Counter(link.keyword for _, _, link in links if link.entry_id != kept.entry.id)
        page = await self.backlinks(surface, below=None, limit=self._candidates)
        mentions = {one.keyword: one.mentions for one in page.items if one.keyword != kept.entry.keyword}
        both = [
            Relation(keyword, mentioned.get(keyword, 0), mentions.get(keyword, 0))
            for keyword in {**mentioned, **mentions}
        ]
        both.sort(key=lambda one: (-min(one.mentioned, one.mentions), -(one.mentioned + one.mentions), one.keyword))
        return both[:limit]


def _count_all(texts: list[tuple[int, str, str]], count: Count, view: LinkView) -> list[tuple[int, Mentioning]]:
    counted = [(seq, Mentioning(keyword, count(keyword, text, view))) for seq, keyword, text in texts]
    return [(seq, one) for seq, one in counted if one.mentions]
