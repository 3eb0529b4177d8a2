"""Backlinks, mentions and relations: all of them, each once, whatever happens meanwhile."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linking_reference import alternation
from wiki_fakes import FakeSearch, FakeStore, FakeWiki
from wiki_linker.core.entities import Entry, UnknownEntry
from wiki_linker.usecases.searching import MentioningPage, Relation, Searching, terms_of

Found = list[tuple[str, int]]
Ask = Callable[..., Awaitable[MentioningPage]]


class Bench(FakeWiki):
    def __init__(self, *, candidates: int = 2, entry_cache: int = 100) -> None:
        super().__init__(entry_cache=entry_cache)
        self.search = FakeSearch(self.store)
        self.searching = Searching(self.search, self.live, self.reading, candidates=candidates)

    async def all_pages(self, ask: Ask, limit: int) -> Found:
        found: Found = []
        below = None
        while True:
            page = await ask(below=below, limit=limit)
            found += [(one.keyword, one.mentions) for one in page.items]
            assert len(page.items) <= limit
            if page.next_below is None:
                return found
            assert len(page.items) == limit, "a page that is not the last is full"
            below = page.next_below

    async def backlinks(self, keyword: str, limit: int) -> Found:
        return await self.all_pages(lambda **page: self.searching.backlinks(keyword, **page), limit)

    async def mentions(self, keyword: str, limit: int) -> Found:
        return await self.all_pages(lambda **page: self.searching.unlinked_mentions(keyword, **page), limit)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with closing(Bench()) as bench:
        yield bench


def targets_of(store: FakeStore) -> dict[str, Entry]:
    return {surface: row for row in store.live_rows() for surface in (row.keyword, *row.aliases)}


def reference(store: FakeStore, counts: Callable[[re.Match[str]], bool], more: set[str] | None = None) -> Found:
    """Newest first, whose text has matches that count, by the plain regular expression."""
    pattern = alternation({*targets_of(store), *(more or ())})
    counted = ((row.keyword, sum(map(counts, pattern.finditer(row.description)))) for row in store.live_rows()[::-1])
    return [found for found in counted if found[1]]


WORD = st.text("ab", min_size=1, max_size=3)
ENTRIES = st.dictionaries(
    WORD, st.tuples(st.text("abc ", max_size=20), st.lists(WORD, max_size=1)), min_size=1, max_size=9
)


def fill(store: FakeStore, entries: dict[str, tuple[str, list[str]]]) -> None:
    names = set(entries)
    for keyword, (text, aliases) in entries.items():
        free = [alias for alias in aliases if alias not in names]
        names.update(free)
        store.save(keyword, text, *free)


@given(ENTRIES)
@settings(max_examples=25, deadline=None)
def test_backlinks_are_complete_and_each_there_once_for_every_limit(
    entries: dict[str, tuple[str, list[str]]],
) -> None:
    async def check() -> None:
        with closing(Bench()) as bench:
            fill(bench.store, entries)
            bench.freshness.apply()
            targets = targets_of(bench.store)
            for surface, entry in targets.items():

                def links_there(match: re.Match[str], entry_id: int = entry.id) -> bool:
                    return targets[match.group()].id == entry_id

                expected = reference(bench.store, links_there)
                for limit in (1, 2, 20):
                    assert await bench.backlinks(surface, limit) == expected

    asyncio.run(check())


@given(ENTRIES, WORD)
@settings(max_examples=25, deadline=None)
def test_mentions_are_what_would_link_if_the_keyword_existed(
    entries: dict[str, tuple[str, list[str]]], word: str
) -> None:
    async def check() -> None:
        with closing(Bench()) as bench:
            fill(bench.store, entries)
            bench.freshness.apply()
            expected = reference(bench.store, lambda match: match.group() == word, {word})
            for limit in (1, 2, 20):
                assert await bench.mentions(word, limit) == expected

    asyncio.run(check())


async def test_hundreds_of_backlinks_are_paged_through_with_a_cache_that_is_too_small() -> None:
    with closing(Bench(candidates=200, entry_cache=100)) as bench:
        bench.store.save("encore", "again", "アンコール")
        for number in range(450):
            # One in three is a candidate only: a longer keyword stands over the mention.
            bench.store.save(f"page {number}", ["an encore", "アンコール", "an encored piece"][number % 3])
        bench.store.save("encored", "what was played again")
        bench.freshness.apply()
        expected = [(f"page {number}", 1) for number in range(449, -1, -1) if number % 3 != 2]
        async with asyncio.timeout(20):
            assert await bench.backlinks("encore", 70) == expected
            assert await bench.backlinks("アンコール", 1000) == expected


async def test_an_unknown_keyword_has_no_backlinks_but_may_have_mentions(bench: Bench) -> None:
    bench.store.save("page", "an encore, encore")
    bench.freshness.apply()
    with pytest.raises(UnknownEntry):
        await bench.searching.backlinks("encore", below=None, limit=5)
    assert await bench.mentions("encore", 5) == [("page", 2)]
    bench.store.save("encore", "itself")
    assert await bench.mentions("encore", 5) == await bench.backlinks("encore", 5) == [("page", 2)]


async def test_an_entry_that_is_saved_while_it_is_found_is_on_no_later_page(bench: Bench) -> None:
    """Between finding it and reading its text it moves to the top: it would come back on every page from there."""
    for number in range(6):
        bench.store.save(f"page {number}", "an encore")
    bench.freshness.apply()
    first = await bench.searching.unlinked_mentions("encore", below=None, limit=2)
    bench.search.after.append(lambda: bench.store.save("page 2", "an encore more"))
    second = await bench.searching.unlinked_mentions("encore", below=first.next_below, limit=2)
    assert [one.keyword for one in second.items] == ["page 3", "page 1"]
    assert second.next_below is not None
    assert first.next_below is not None
    assert second.next_below < first.next_below


async def test_an_entry_that_is_deleted_while_it_is_found_is_left_out(bench: Bench) -> None:
    for number in range(4):
        bench.store.save(f"page {number}", "an encore")
    bench.freshness.apply()
    bench.search.after.append(lambda: bench.store.delete("page 1"))
    assert await bench.mentions("encore", 2) == [("page 3", 1), ("page 2", 1), ("page 0", 1)]


async def test_a_keyword_that_comes_while_mentions_are_looked_for_is_minded(bench: Bench) -> None:
    bench.store.save("page", "an encored piece, an encore")
    bench.freshness.apply()
    bench.search.after.append(lambda: bench.store.save("encored", "played again"))
    assert await bench.mentions("encore", 2) == [("page", 1)]


async def test_backlinks_of_an_entry_that_is_renamed_meanwhile_are_those_of_its_new_name(bench: Bench) -> None:
    bench.store.save("encore", "again")
    bench.store.save("old", "an encore")
    bench.store.save("new", "a finale")
    bench.freshness.apply()

    def rename() -> None:
        bench.store.rename("encore", "finale")
        bench.store.save("encore", "another entry")
        bench.freshness.apply()

    bench.search.after.append(rename)
    assert await bench.backlinks("encore", 9) == [("old", 1)]

    def rename_again() -> None:
        bench.store.rename("finale", "last")
        bench.freshness.apply()

    bench.search.after.append(rename_again)
    with pytest.raises(UnknownEntry):
        await bench.backlinks("finale", 9)


async def test_an_alias_that_comes_while_backlinks_are_looked_for_counts(bench: Bench) -> None:
    bench.store.save("encore", "again")
    bench.store.save("page", "a finale")
    bench.freshness.apply()

    def name_it() -> None:
        bench.store.save("encore", "again", "finale")
        bench.freshness.apply()

    bench.search.after.append(name_it)
    assert await bench.backlinks("encore", 9) == [("page", 1)]


async def test_search_finds_by_every_word_and_leaves_out_what_is_gone(bench: Bench) -> None:
    for number in range(5):
        bench.store.save(f"page {number}", f"one two {number}")
    bench.freshness.apply()
    bench.search.after.append(lambda: bench.store.delete("page 3"))
    found = await bench.searching.search(" two   ONE ", limit=3, offset=0)
    assert [kept.entry.keyword for kept in found] == ["page 4", "page 2"]
    bench.search.after.append(lambda: bench.store.save("page 1", "three"))
    found = await bench.searching.search("page one", limit=9, offset=2)
    assert [(kept.entry.keyword, kept.entry.description) for kept in found] == [
        ("page 1", "three"),
        ("page 0", "one two 0"),
    ]


async def test_an_empty_search_finds_nothing_and_asks_nobody(bench: Bench) -> None:
    assert await bench.searching.search(" \t\n", limit=9, offset=0) == []
    assert bench.search.calls == 0


def test_a_search_has_eight_words_at_most_each_once() -> None:
    assert terms_of("a b a c") == ["a", "b", "c"]
    assert terms_of(" ".join("abcdefghij")) == list("abcdefgh")
    assert terms_of("東京　武道館") == ["東京", "武道館"]


async def test_related_entries_come_by_how_much_they_mention_each_other(bench: Bench) -> None:
    bench.store.save("hall", "A stage, a stage, a curtain. A hall!")
    bench.store.save("stage", "In a hall: a hall, a hall.")
    bench.store.save("curtain", "Red.")
    bench.store.save("doors", "Of the hall.")
    bench.store.save("apart", "Nothing.")
    bench.freshness.apply()
    found = await bench.searching.related("hall", limit=9)
    assert found == [Relation("stage", 2, 3), Relation("curtain", 1, 0), Relation("doors", 0, 1)]
    assert await bench.searching.related("hall", limit=1) == found[:1]
    assert Counter(one.keyword for one in found)["hall"] == 0
    with pytest.raises(UnknownEntry):
        await bench.searching.related("nothing", limit=1)
