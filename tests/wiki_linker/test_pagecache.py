"""The page cache never gives a page that is not what rendering would give."""

from collections.abc import Hashable

from wiki_linker.core.index import LinkIndex
from wiki_linker.core.pagecache import PageCache
from wiki_linker.core.render import render_text


def cache_of(*keywords: str, max_bytes: int = 1 << 20) -> tuple[LinkIndex, PageCache[str]]:
    index = LinkIndex.build((number, keyword, ()) for number, keyword in enumerate(keywords, 1))
    return index, PageCache(index, max_bytes=max_bytes)


def keep(cache: PageCache[str], index: LinkIndex, key: Hashable, text: str, size: int = 100) -> bool:
    ticket = cache.ticket()
    rendered = render_text(text, index)
    return cache.put(key, rendered.html, ticket, size=size, texts=[text], links=rendered.links)


def test_a_page_that_was_put_is_got() -> None:
    index, cache = cache_of("a")

    assert cache.get("p") is None
    assert keep(cache, index, "p", "a b")
    assert cache.get("p") == '<a href="/keyword/a">a</a> b'


def test_a_page_that_no_change_touches_is_checked_once_and_stays() -> None:
    index, cache = cache_of("a", "b")
    keep(cache, index, "p", "a and c")

    index.set_entry(3, "unrelated")
    index.set_entry(2, "b", live=False)

    assert cache.get("p") is not None
    assert cache.get("p") is not None
    assert (cache.stats.hits, cache.stats.checked) == (2, 1)


def test_a_page_that_mentions_a_new_keyword_is_given_up() -> None:
    index, cache = cache_of("a")
    keep(cache, index, "p", "a and c")

    index.set_entry(2, "c")

    assert cache.get("p") is None
    assert (len(cache), cache.size, cache.stats.outdated) == (0, 0, 1)


def test_a_page_that_links_to_a_deleted_keyword_is_given_up() -> None:
    index, cache = cache_of("a")
    keep(cache, index, "p", "a and c")

    index.set_entry(1, "a", live=False)

    assert cache.get("p") is None


def test_a_page_that_links_to_a_renamed_entry_is_given_up_even_if_its_words_stay() -> None:
    index, cache = cache_of("a")
    keep(cache, index, "p", "a")

    index.set_entry(1, "A", ("a",))

    assert cache.get("p") is None


def test_a_page_is_checked_across_a_rebuild() -> None:
    index, cache = cache_of("a")
    keep(cache, index, "touched", "new")
    keep(cache, index, "untouched", "old")

    index.set_entry(2, "new")
    index.adopt(index.plan_rebuild().build())

    assert cache.get("touched") is None
    assert cache.get("untouched") == "old"


def test_a_page_is_not_kept_if_a_keyword_in_it_came_while_it_was_rendered() -> None:
    index, cache = cache_of("a")
    ticket = cache.ticket()
    rendered = render_text("a b", index)

    index.set_entry(2, "b")

    assert not cache.put("p", rendered.html, ticket, size=1, texts=["a b"], links=rendered.links)
    assert cache.get("p") is None


def test_a_page_is_kept_if_what_came_while_it_was_rendered_is_not_in_it() -> None:
    index, cache = cache_of("a")
    ticket = cache.ticket()
    rendered = render_text("a b", index)

    index.set_entry(2, "unrelated")

    assert cache.put("p", rendered.html, ticket, size=1, texts=["a b"], links=rendered.links)
    assert cache.get("p") == rendered.html


def test_a_page_whose_own_text_changed_while_it_was_rendered_is_not_kept() -> None:
    _, cache = cache_of("a")
    ticket = cache.ticket()

    cache.discard("p")

    assert not cache.put("p", "old text", ticket, size=1, texts=["old text"], links=())
    assert cache.put("q", "another page", ticket, size=1, texts=["another page"], links=())


def test_no_number_of_other_discards_lets_an_old_rendering_in() -> None:
    _, cache = cache_of()
    ticket = cache.ticket()
    cache.discard("p")

    for number in range(5_000):
        cache.discard(number)

    assert not cache.put("p", "old", ticket, size=1, texts=["old"], links=())
    assert cache.put("p", "new", cache.ticket(), size=1, texts=["new"], links=())


def test_clearing_forgets_pages_and_those_being_rendered() -> None:
    index, cache = cache_of("a")
    keep(cache, index, "p", "a")
    ticket = cache.ticket()

    cache.clear()

    assert (cache.get("p"), len(cache), cache.size) == (None, 0, 0)
    assert not cache.put("p", "old", ticket, size=1, texts=["old"], links=())
    assert keep(cache, index, "p", "a")


def test_the_least_recently_used_pages_make_room() -> None:
    index, cache = cache_of(max_bytes=10_000)
    for key in "abc":
        keep(cache, index, key, "text", size=2_000)
    cache.get("a")

    keep(cache, index, "d", "text", size=2_000)

    assert [key for key in "abcd" if cache.get(key) is not None] == ["a", "c", "d"]
    assert cache.stats.evicted == 1
    assert cache.size <= 10_000


def test_a_page_larger_than_the_cache_displaces_nothing() -> None:
    index, cache = cache_of(max_bytes=10_000)
    keep(cache, index, "small", "text")

    assert not keep(cache, index, "large", "text", size=10_000)
    assert cache.get("small") == "text"


def test_putting_a_page_again_replaces_it_and_counts_it_once() -> None:
    index, cache = cache_of()
    keep(cache, index, "p", "first")
    once = cache.size
    keep(cache, index, "p", "again")

    assert cache.get("p") == "again"
    assert cache.size == once
    cache.discard("p")
    assert cache.size == 0


def test_a_page_of_several_texts_is_checked_in_all_of_them() -> None:
    index, cache = cache_of("a")
    texts = ["one", "two"]
    cache.put("p", "page", cache.ticket(), size=1, texts=texts, links=())

    index.set_entry(2, "two")

    assert cache.get("p") is None
