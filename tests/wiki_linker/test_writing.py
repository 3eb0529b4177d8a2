"""Writing: what is checked before, what is sent to the store, and what the next reader sees."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from wiki_fakes import FakeWiki
from wiki_linker.core.commands import Delete, Rename, Restore, Save, SetAliases, Undelete
from wiki_linker.core.entities import ANYTHING, Expect, KeywordTaken, Stale, UnknownEntry, UnknownRevision
from wiki_linker.core.spam import SpamFilter, SpamRules
from wiki_linker.core.validation import InvalidText
from wiki_linker.usecases.writing import Spam, Writing


class Bench(FakeWiki):
    def __init__(self) -> None:
        super().__init__()
        spam = SpamFilter(SpamRules(words=("casino",)))
        self.writing = Writing(self.store, self.freshness, self.live, self.cache, spam)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with closing(Bench()) as bench:
        yield bench


async def test_what_is_saved_is_seen_and_needs_no_reading(bench: Bench) -> None:
    written = await bench.writing.save(keyword="encore", description="once more", author="ann", aliases=("again",))
    assert (written.created, written.entry.revision, written.entry.aliases) == (True, 1, ("again",))
    assert bench.live.applied == written.changes[-1].seq
    bench.store.calls.clear()
    article = await bench.reading.article("again")
    assert (article.entry, dict(article.stars)) == (written.entry, {})
    assert bench.store.calls == []


async def test_a_new_entry_that_somebody_stars_before_its_writer_is_answered_has_that_star(bench: Bench) -> None:
    def star() -> None:
        bench.store.star("encore", "bob")
        bench.freshness.apply()

    bench.freshness.on_announce = star
    await bench.writing.save(keyword="encore", description="once more", author="ann")
    bench.freshness.on_announce = None
    assert list((await bench.reading.article("encore")).stars) == ["bob"]


async def test_a_new_entry_that_somebody_saves_before_its_writer_is_answered_reads_as_saved_last(bench: Bench) -> None:
    bench.store.after["write"] = lambda: bench.store.save("encore", "another text")
    await bench.writing.save(keyword="encore", description="once more", author="ann")
    assert (await bench.reading.article("encore")).entry.description == "another text"


async def test_a_write_that_changes_nothing_takes_no_star_away(bench: Bench) -> None:
    await bench.writing.save(keyword="encore", description="once more", author="ann", aliases=("again",))
    bench.store.star("encore", "bob")
    for _ in range(2):
        bench.cache.clear()
        await bench.writing.edit(keyword="encore", new_keyword="encore", author="ann")
        await bench.writing.edit(keyword="encore", aliases=("again",), author="ann")
        article = await bench.reading.article("encore")
        assert (article.entry.revision, list(article.stars)) == (1, ["bob"])


async def test_an_update_leaves_stars_and_what_is_not_given(bench: Bench) -> None:
    await bench.writing.save(keyword="encore", description="once more", author="ann", aliases=("again",))
    await bench.writing.star(keyword="encore", user="bob", on=True)
    written = await bench.writing.save(keyword="encore", description="twice more", author="cat")
    assert not written.created
    article = await bench.reading.article("encore")
    assert (article.entry.description, article.entry.aliases, article.entry.author) == ("twice more", ("again",), "cat")
    assert list(article.stars) == ["bob"]


async def test_stars_are_given_and_taken_back_once(bench: Bench) -> None:
    await bench.writing.save(keyword="encore", description="once more", author="ann")
    done = [await bench.writing.star(keyword="encore", user="bob", on=on) for on in (True, True, False, False)]
    assert done == [True, False, True, False]
    assert bench.live.applied == bench.store.seq == 3
    with pytest.raises(UnknownEntry):
        await bench.writing.star(keyword="nothing", user="bob", on=True)


async def test_what_cannot_be_stored_never_reaches_the_store(bench: Bench) -> None:
    for keyword, description, aliases in (
        ("", "text", ()),
        (" encore", "text", ()),
        ("a\nb", "text", ()),
        ("\ud800", "text", ()),
        ("x" * 256, "text", ()),
        ("encore", "", ()),
        ("encore", "nul \0", ()),
        ("encore", "x" * 300_001, ()),
        ("encore", "text", (" alias",)),
        ("encore", "text", tuple(f"alias {number}" for number in range(51))),
    ):
        with pytest.raises(InvalidText):
            await bench.writing.save(keyword=keyword, description=description, author="ann", aliases=aliases)
    bench.store.save("encore")
    for fields in ({"new_keyword": ""}, {"description": " "}, {"aliases": ("\u202e",)}):
        with pytest.raises(InvalidText):
            await bench.writing.edit(keyword="encore", author="ann", **fields)
    assert bench.store.commands == []


async def test_spam_is_refused_in_texts_and_in_every_name(bench: Bench) -> None:
    bench.store.save("encore", "once more")
    for fields in (
        {"keyword": "casino", "description": "text"},
        {"keyword": "encore", "description": "the best casino"},
        {"keyword": "encore", "description": "text", "aliases": ("CASINO",)},
    ):
        with pytest.raises(Spam) as refused:
            await bench.writing.save(author="ann", **fields)
        assert refused.value.verdict.spam
    for edits in ({"new_keyword": "a casino"}, {"description": "casino"}, {"aliases": ("casino",)}):
        with pytest.raises(Spam):
            await bench.writing.edit(keyword="encore", author="ann", **edits)
    assert bench.store.commands == []
    await bench.writing.save(keyword="encore", description="the occasinos", author="ann")


async def test_a_long_text_is_checked_for_spam_as_a_short_one_is(bench: Bench) -> None:
    for text in ("-" * 30_000, "-"):
        assert not (await bench.writing.check_spam("encore", text)).spam
        assert (await bench.writing.check_spam("encore", f"{text} casino")).spam
        assert (await bench.writing.check_spam("casino", text)).spam
        assert (await bench.writing.check_spam("", f"casino {text}")).spam


async def test_an_edit_is_one_transaction(bench: Bench) -> None:
    bench.store.save("encore", "once more", "again")
    expect = Expect(versions=frozenset({(1, 1)}))
    written = await bench.writing.edit(
        keyword="encore", author="ann", new_keyword="finale", description="the end", aliases=("end",), expect=expect
    )
    assert bench.store.commands == [
        Rename("encore", "finale", "ann", keep_alias=True, expect=expect),
        Save("finale", "the end", "ann", ("end",), "", Expect(exists=True)),
    ]
    assert bench.store.calls == ["write"]
    assert (written.entry.keyword, written.entry.aliases, written.entry.revision) == ("finale", ("end",), 3)
    assert bench.live.lookup("encore") is None


async def test_an_edit_of_one_part_expects_what_its_writer_saw(bench: Bench) -> None:
    bench.store.save("encore")
    seen = Expect(versions=frozenset({(1, 1)}))
    await bench.writing.edit(keyword="encore", author="ann", description="new", expect=seen)
    for fields in ({"description": "newer"}, {"aliases": ("again",)}, {"new_keyword": "finale"}):
        with pytest.raises(Stale):
            await bench.writing.edit(keyword="encore", author="ann", expect=seen, **fields)
    for call in (
        bench.writing.save(keyword="encore", description="newer", author="ann", expect=seen),
        bench.writing.save(keyword="encore", description="newer", author="ann", expect=Expect(absent=True)),
        bench.writing.save(keyword="other", description="newer", author="ann", expect=Expect(exists=True)),
        bench.writing.delete(keyword="encore", author="ann", expect=seen),
        bench.writing.restore(keyword="encore", number=1, author="ann", expect=seen),
    ):
        with pytest.raises(Stale):
            await call
    assert (await bench.reading.entry("encore")).entry.description == "new"


async def test_a_rename_with_new_aliases_sets_them_under_the_new_keyword(bench: Bench) -> None:
    bench.store.save("encore")
    await bench.writing.edit(
        keyword="encore", author="ann", new_keyword="finale", keep_alias=False, aliases=("encore", "finale", "end")
    )
    assert bench.store.commands == [
        Rename("encore", "finale", "ann", keep_alias=False),
        SetAliases("finale", ("encore", "end"), "ann", ANYTHING),
    ]
    assert bench.live.index.surfaces_of(1) == ("finale", "encore", "end")


async def test_deleting_and_bringing_back_is_seen_at_once(bench: Bench) -> None:
    bench.store.save("encore", "once more")
    bench.store.star("encore", "bob")
    await bench.writing.delete(keyword="encore", author="ann")
    with pytest.raises(UnknownEntry):
        await bench.reading.article("encore")
    written = await bench.writing.undelete(keyword="encore", author="ann")
    assert written.created
    article = await bench.reading.article("encore")
    assert (article.entry.description, list(article.stars)) == ("once more", ["bob"])
    assert bench.store.commands == [Delete("encore", "ann"), Undelete("encore", "ann")]


async def test_a_keyword_that_comes_back_keeps_its_stars(bench: Bench) -> None:
    """It is created anew as far as its writer knows, but it is no new entry."""
    bench.store.save("encore", "once more")
    bench.store.star("encore", "bob")
    bench.store.delete("encore")
    written = await bench.writing.save(keyword="encore", description="again", author="ann")
    assert written.created
    assert list((await bench.reading.article("encore")).stars) == ["bob"]


async def test_a_revision_is_restored_as_a_new_one(bench: Bench) -> None:
    bench.store.save("encore", "one")
    bench.store.save("encore", "two")
    written = await bench.writing.restore(keyword="encore", number=1, author="ann", summary="back")
    assert (written.entry.description, written.entry.revision) == ("one", 3)
    assert bench.store.commands == [Restore("encore", 1, "ann", "back")]
    with pytest.raises(UnknownRevision):
        await bench.writing.restore(keyword="encore", number=9, author="ann")


async def test_what_the_wiki_forbids_is_told_and_leaves_nothing_behind(bench: Bench) -> None:
    bench.store.save("encore", "text", "again")
    bench.store.save("finale")
    for call in (
        bench.writing.edit(keyword="encore", author="ann", new_keyword="finale"),
        bench.writing.save(keyword="new", description="text", author="ann", aliases=("again",)),
        bench.writing.edit(keyword="finale", author="ann", aliases=("encore",)),
        bench.writing.undelete(keyword="encore", author="ann"),
    ):
        with pytest.raises(KeywordTaken):
            await call
    with pytest.raises(UnknownEntry):
        await bench.writing.edit(keyword="nothing", author="ann", new_keyword="something")
    assert not bench.cache._loading
