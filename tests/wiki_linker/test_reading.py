"""Reading while the wiki moves: what is answered is exact at the moment of the answer, and it is answered."""

import asyncio
from collections.abc import Iterator

import pytest
from markupsafe import escape

from linking_reference import reference_html
from wiki_fakes import FakeWiki
from wiki_linker.core.entities import Known, UnknownEntry, UnknownRevision
from wiki_linker.core.index import LinkView
from wiki_linker.core.pagelinks import PageLinker
from wiki_linker.core.render import Rendered
from wiki_linker.usecases.reading import Reading

LONG = 100_001


@pytest.fixture
def wiki() -> Iterator[FakeWiki]:
    wiki = FakeWiki()
    yield wiki
    wiki.close()


async def html_of(wiki: FakeWiki, keyword: str) -> str:
    return str((await wiki.reading.article(keyword)).html)


def expected(wiki: FakeWiki, keyword: str) -> str:
    rows = wiki.store.live_rows()
    targets = {surface: row.keyword for row in rows for surface in (row.keyword, *row.aliases)}
    (text,) = (row.description for row in rows if row.keyword == keyword)
    return reference_html(text, targets)


async def test_an_article_has_its_text_linked_and_its_stars(wiki: FakeWiki) -> None:
    wiki.store.save("encore", "after the <show>", "アンコール")
    wiki.store.save("show", "encore, アンコール\nshow")
    wiki.store.star("show", "ann")
    article = await wiki.reading.article("show")
    assert str(article.html) == expected(wiki, "show")
    assert article.entry.aliases == ()
    assert list(article.stars) == ["ann"]
    assert (await wiki.reading.article("アンコール")).entry.keyword == "encore"


async def test_what_is_in_memory_is_not_read_again(wiki: FakeWiki) -> None:
    wiki.store.save("encore")
    await wiki.reading.article("encore")
    wiki.store.calls.clear()
    await wiki.reading.article("encore")
    assert wiki.store.calls == []
    assert wiki.reading.peek([wiki.reading.lookup("encore")]) is not None


async def test_an_unknown_keyword_is_told(wiki: FakeWiki) -> None:
    with pytest.raises(UnknownEntry, match="nothing"):
        await wiki.reading.article("nothing")
    with pytest.raises(UnknownEntry):
        await wiki.reading.entry("nothing")


async def test_an_entry_that_is_saved_while_it_is_read_is_answered_as_saved(wiki: FakeWiki) -> None:
    for moment in (wiki.store.before, wiki.store.after):
        for name in ("entries", "stars"):
            wiki.store.save("page", f"old {name}")
            moment[name] = lambda: wiki.store.save("page", "new")
            article = await wiki.reading.article("page")
            assert article.entry.description == "new"
            assert article.entry.seq == wiki.store.seq


async def test_an_entry_that_is_deleted_while_it_is_read_is_unknown(wiki: FakeWiki) -> None:
    for moment in (wiki.store.before, wiki.store.after):
        wiki.store.save("page")
        wiki.freshness.apply()
        wiki.cache.clear()
        moment["entries"] = lambda: wiki.store.delete("page")
        with pytest.raises(UnknownEntry):
            await wiki.reading.article("page")


async def test_a_star_that_is_given_while_an_entry_is_read_is_in_the_answer(wiki: FakeWiki) -> None:
    for name in ("entries", "stars"):
        for moment in (wiki.store.before, wiki.store.after):
            wiki.store.save("page")
            wiki.freshness.apply()
            user = f"{name} {moment is wiki.store.before}"

            def star(user: str = user) -> None:
                wiki.store.star("page", user)
                wiki.freshness.apply()  # as a request beside this one would

            moment[name] = star
            assert user in (await wiki.reading.article("page")).stars
            assert user in (await wiki.reading.article("page")).stars, "what was kept"


async def test_a_star_that_is_taken_back_while_an_entry_is_read_is_not_in_the_answer(wiki: FakeWiki) -> None:
    wiki.store.save("page")
    wiki.store.star("page", "ann")
    wiki.freshness.apply()

    def take_back() -> None:
        wiki.store.star("page", "ann", on=False)
        wiki.freshness.apply()

    wiki.store.after["stars"] = take_back
    assert (await wiki.reading.article("page")).stars == {}
    assert (await wiki.reading.article("page")).stars == {}


async def test_a_database_that_is_ahead_of_what_is_announced_is_caught_up_with(wiki: FakeWiki) -> None:
    wiki.store.save("page", "old")
    wiki.freshness.apply()
    wiki.freshness.announcing = False
    wiki.store.save("page", "new and old")  # another host's
    wiki.store.save("old", "its keyword")
    assert await html_of(wiki, "page") == expected(wiki, "page")
    assert wiki.reading.seq == wiki.store.seq


async def test_an_entry_that_is_gone_from_the_database_before_that_is_announced_is_unknown(wiki: FakeWiki) -> None:
    wiki.store.save("page")
    wiki.freshness.apply()
    wiki.freshness.announcing = False
    wiki.store.delete("page")
    with pytest.raises(UnknownEntry):
        await wiki.reading.article("page")


async def test_what_is_selected_is_asked_again_after_everything_that_was_waited_for(wiki: FakeWiki) -> None:
    for number in range(6):
        wiki.store.save(f"page{number}", f"text {number}")
    wiki.store.after["entries"] = lambda: wiki.store.save("page6", "page0 page5")
    wiki.store.before["stars"] = lambda: wiki.store.delete("page5")
    articles = await wiki.reading.articles(lambda: wiki.reading.newest(0, 3))
    assert [article.entry.keyword for article in articles] == ["page6", "page4", "page3"]
    assert [str(article.html) for article in articles] == [expected(wiki, f"page{number}") for number in (6, 4, 3)]


async def test_a_selection_that_never_rests_while_it_is_read_is_answered_when_it_does(wiki: FakeWiki) -> None:
    wiki.store.save("page", "text 0")
    left = iter(range(1, 20))

    def save_again() -> None:
        if (number := next(left, None)) is not None:
            wiki.store.save("page", f"text {number}")
            wiki.store.after["entries"] = save_again

    wiki.store.after["entries"] = save_again
    assert (await wiki.reading.article("page")).entry.description == "text 19"


async def test_more_entries_than_the_cache_has_room_for_are_answered_all_the_same() -> None:
    wiki = FakeWiki(entry_cache=2)
    for number in range(7):
        wiki.store.save(f"page{number}", f"page{number - 1}")
    wiki.freshness.apply()
    async with asyncio.timeout(5):
        articles = await wiki.reading.articles(lambda: wiki.reading.newest(0, 7))
        kept = await wiki.reading.entries(lambda: wiki.reading.newest(0, 7))
    assert [article.entry.keyword for article in articles] == [f"page{number}" for number in range(6, -1, -1)]
    assert [str(article.html) for article in articles] == [
        expected(wiki, article.entry.keyword) for article in articles
    ]
    assert [one.entry for one in kept] == [article.entry for article in articles]
    wiki.close()


async def test_many_readers_of_a_cache_that_is_too_small_all_get_their_answers() -> None:
    wiki = FakeWiki(entry_cache=1, page_cache=0)
    for number in range(5):
        wiki.store.save(f"page{number}", f"page{(number + 1) % 5}")
    wiki.freshness.apply()

    def choose(number: int) -> list[Known]:
        return [wiki.reading.lookup(f"page{number}"), wiki.reading.lookup(f"page{(number + 1) % 5}")]

    async with asyncio.timeout(5):
        found = await asyncio.gather(
            *(wiki.reading.articles(lambda number=number: choose(number)) for number in range(5))  # type: ignore[misc]
        )
    for number, (first, second) in enumerate(found):
        assert str(first.html) == expected(wiki, f"page{number}")
        assert str(second.html) == expected(wiki, f"page{(number + 1) % 5}")
    wiki.close()


async def test_a_database_that_fails_is_told_and_leaves_nothing_behind(wiki: FakeWiki) -> None:
    wiki.store.save("page", "old")

    def fail() -> None:
        raise OSError("away")

    wiki.store.after["entries"] = fail
    with pytest.raises(OSError, match="away"):
        await wiki.reading.article("page")
    assert not wiki.cache._loading
    assert (await wiki.reading.article("page")).entry.description == "old"


async def test_everything_that_was_on_its_way_when_all_was_loaded_anew_is_read_again(wiki: FakeWiki) -> None:
    wiki.store.save("page")
    wiki.store.star("page", "ann")
    wiki.freshness.apply()

    def reload_then_take_back() -> None:
        wiki.reload()
        wiki.store.star("page", "ann", on=False)
        wiki.freshness.apply()

    wiki.store.after["stars"] = reload_then_take_back
    assert (await wiki.reading.article("page")).stars == {}
    assert (await wiki.reading.article("page")).stars == {}


class SlowLinker(PageLinker):
    """Lets something happen while a text is linked in a thread, in the loop's own time."""

    def __init__(self) -> None:
        super().__init__()
        self.happenings: list[object] = []
        self.rendered = 0
        self.loop = asyncio.get_running_loop()

    def render(self, text: str, keyword: str, view: LinkView) -> Rendered:
        self.rendered += 1
        rendered = super().render(text, keyword, view)
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # in a thread
            if self.happenings:
                happen = self.happenings.pop(0)
                asyncio.run_coroutine_threadsafe(self._on_loop(happen), self.loop).result()
        return rendered

    async def _on_loop(self, happen: object) -> None:
        happen()  # type: ignore[operator]


def long_wiki(wiki: FakeWiki, page_cache: int = 1 << 30) -> tuple[Reading, SlowLinker]:
    linker = SlowLinker()
    reading = Reading(wiki.store, wiki.freshness, wiki.live, wiki.cache, page_cache=page_cache, linker=linker)
    return reading, linker


def long_text(*words: str) -> str:
    return f"{' '.join(words)} {'-' * LONG}"


def plain_links(text: str, *keywords: str) -> str:
    return str(escape(text)) if not keywords else reference_html(text, dict(zip(keywords, keywords, strict=True)))


async def test_long_texts_are_linked_in_a_thread_and_kept(wiki: FakeWiki) -> None:
    reading, linker = long_wiki(wiki)
    text = long_text("alpha", "beta")
    wiki.store.save("page", text)
    wiki.store.save("alpha", "a")
    assert reading.peek([]) == []
    for _ in range(2):
        assert str((await reading.article("page")).html) == plain_links(text, "alpha")
    assert linker.rendered == 1
    assert reading.peek([reading.lookup("page")]) is not None


async def test_a_link_that_comes_or_goes_while_a_long_text_is_linked_is_seen(wiki: FakeWiki) -> None:
    reading, linker = long_wiki(wiki)
    text = long_text("alpha", "beta")
    wiki.store.save("page", text)
    wiki.store.save("alpha", "a")
    linker.happenings = [lambda: wiki.store.save("beta", "b"), lambda: wiki.store.delete("alpha")]
    assert str((await reading.article("page")).html) == plain_links(text, "beta")
    assert linker.rendered == 3


async def test_a_change_that_touches_no_link_of_a_long_text_costs_no_second_linking(wiki: FakeWiki) -> None:
    for page_cache in (1 << 30, 0):
        reading, linker = long_wiki(wiki, page_cache)
        text = long_text("alpha", "beta")
        wiki.store.save("page", text)
        linker.happenings = [lambda: wiki.store.save("gamma", "c")]
        assert str((await reading.article("page")).html) == plain_links(text)
        assert linker.rendered == 1


async def test_a_long_text_that_is_saved_while_it_is_linked_is_answered_as_saved(wiki: FakeWiki) -> None:
    for page_cache in (1 << 30, 0):
        reading, linker = long_wiki(wiki, page_cache)
        wiki.store.save("page", long_text("old"))
        linker.happenings = [lambda: wiki.store.save("page", long_text("new"))]
        assert str((await reading.article("page")).html) == plain_links(long_text("new"))


async def test_a_wiki_that_changes_faster_than_a_long_text_is_linked_gets_an_answer(wiki: FakeWiki) -> None:
    reading, linker = long_wiki(wiki)
    words = [f"word{number}x" for number in range(30)]
    text = long_text(*words)
    wiki.store.save("page", text)
    linker.happenings = [lambda word=word: wiki.store.save(word, "w") for word in words]
    article = await reading.article("page")
    there = [word for word in words if wiki.live.lookup(word)]
    assert str(article.html) == plain_links(text, *there)
    assert linker.happenings, "it waited for the wiki to rest"


async def test_what_was_linked_before_all_was_loaded_anew_is_linked_again(wiki: FakeWiki) -> None:
    """A database put back from a copy: the links of before are none any more, whatever their numbers say."""
    for page_cache in (1 << 30, 0):
        reading, linker = long_wiki(wiki, page_cache)
        text = long_text("alpha", "beta")
        wiki.store.save("page", text)
        wiki.store.save("alpha", "a")

        def put_back() -> None:
            wiki.store.delete("alpha")
            wiki.reload()

        linker.happenings = [put_back]
        for _ in range(2):
            assert str((await reading.article("page")).html) == plain_links(text), page_cache


async def test_long_texts_are_linked_anew_where_no_page_is_kept(wiki: FakeWiki) -> None:
    reading, linker = long_wiki(wiki, page_cache=0)
    wiki.store.save("page", long_text("alpha"))
    for _ in range(2):
        async with asyncio.timeout(5):
            await reading.article("page")
    assert linker.rendered == 2
    assert reading.peek([reading.lookup("page")]) is None


async def test_watchers_are_told_of_every_change_while_they_watch(wiki: FakeWiki) -> None:
    told: list[int] = []
    with wiki.reading.watching(lambda: told.append(wiki.reading.seq)):
        wiki.store.save("page")
        wiki.store.star("page", "ann")
        await wiki.reading.catch_up()
    wiki.store.save("other")
    await wiki.reading.catch_up()
    assert told == [1, 2]


async def test_is_current_minds_what_the_reader_has_seen(wiki: FakeWiki) -> None:
    wiki.store.save("page")
    assert not wiki.reading.is_current()
    await wiki.reading.catch_up(1)
    assert wiki.reading.is_current(1)
    assert not wiki.reading.is_current(2)
    assert wiki.freshness.caught_up == [1]


async def test_lists_go_by_update_order_and_by_keyword(wiki: FakeWiki) -> None:
    for keyword in ("b", "a", "c", "ab"):
        wiki.store.save(keyword)
    wiki.store.save("b", "again")
    wiki.store.star("a", "ann")
    await wiki.reading.catch_up()
    assert [known.keyword for known in wiki.reading.newest(0, 9)] == ["b", "ab", "c", "a"]
    assert [known.keyword for known in wiki.reading.newest(1, 2)] == ["ab", "c"]
    assert [known.keyword for known in wiki.reading.below(4, 9)] == ["c", "a"]
    assert wiki.reading.count == 4
    kept = await wiki.reading.by_keyword(after="a", prefix="", limit=2)
    assert [one.entry.keyword for one in kept] == ["ab", "b"]
    kept = await wiki.reading.by_keyword(after=None, prefix="a", limit=9)
    assert [(one.entry.keyword, list(one.stars)) for one in kept] == [("a", ["ann"]), ("ab", [])]


async def test_revisions_are_compared_with_the_one_before_or_any_other(wiki: FakeWiki) -> None:
    for text in ("one", "two", "three"):
        wiki.store.save("page", text)
    await wiki.reading.catch_up()
    compared = await wiki.reading.difference("page", 3, None)
    assert (compared.old.description, compared.new.description) == ("two", "three")
    compared = await wiki.reading.difference("page", 2, 3)
    assert (compared.old.description, compared.new.description) == ("three", "two")
    first = await wiki.reading.difference("page", 1, None)
    assert first.old is first.new
    with pytest.raises(UnknownRevision, match="no revision 4"):
        await wiki.reading.difference("page", 4, None)
    with pytest.raises(UnknownRevision, match="no revision 9"):
        await wiki.reading.difference("page", 1, 9)
    known, revisions = await wiki.reading.revisions("page", before=3, limit=9)
    assert (known.revision, [one.number for one in revisions]) == (3, [2, 1])


async def test_both_revisions_are_of_one_entry_if_its_keyword_changes_hands_meanwhile(wiki: FakeWiki) -> None:
    for text in ("one", "two"):
        wiki.store.save("page", text)
    await wiki.reading.catch_up()

    def hand_over() -> None:
        wiki.store.rename("page", "was page")
        wiki.store.save("page", "another's one")
        wiki.freshness.apply()

    wiki.store.after["revision"] = hand_over
    compared = await wiki.reading.difference("page", 2, 1)
    assert (compared.old.description, compared.new.description) == ("one", "two")
