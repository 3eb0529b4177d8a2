"""The link index knows every surface at once, and finds them exactly."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking_reference import reference_spans
from wiki_linker.core.index import LinkIndex, LinkView
from wiki_linker.core.options import Accept


def surfaces_in(view: LinkView, text: str) -> list[str]:
    return [link.surface for _, _, link in view.find(text)]


def rebuild(index: LinkIndex) -> None:
    index.adopt(index.plan_rebuild().build())


def test_an_empty_index_links_nothing() -> None:
    index = LinkIndex()

    assert index.find("text") == []
    assert index.count_if_linked("text", "tex") == 1
    assert index.target_of("text") is None
    assert len(index) == 0


def test_matches_say_where_they_are_and_what_they_link_to() -> None:
    index = LinkIndex.build([(1, "東京", ()), (2, "東京タワー", ("タワー",))])

    (first, second) = index.find("😀東京と東京タワー")

    assert first[:2] == (1, 3)
    assert (first[2].surface, first[2].entry_id, first[2].href) == ("東京", 1, "/keyword/%E6%9D%B1%E4%BA%AC")
    assert second[:2] == (4, 9)
    assert second[2].entry_id == 2


def test_a_new_keyword_links_from_the_next_text_on_and_a_deleted_one_no_more() -> None:
    index = LinkIndex.build([(1, "abc", ())])

    index.set_entry(2, "ab")
    assert surfaces_in(index, "ab abc") == ["ab", "abc"]
    index.set_entry(1, "abc", live=False)
    assert surfaces_in(index, "ab abc") == ["ab", "ab"]
    index.set_entry(1, "abc")
    assert surfaces_in(index, "ab abc") == ["ab", "abc"]


def test_a_deleted_keyword_uncovers_the_shorter_one_that_it_hid() -> None:
    index = LinkIndex.build([(1, "xab", ()), (2, "ab", ()), (3, "b", ()), (4, "bc", ())])
    assert surfaces_in(index, "xabc") == ["xab"]

    index.set_entry(1, "xab", live=False)
    assert surfaces_in(index, "xabc") == ["ab"]
    index.set_entry(2, "ab", live=False)
    assert surfaces_in(index, "xabc") == ["bc"]
    index.set_entry(4, "bc", live=False)
    assert surfaces_in(index, "xabc") == ["b"]


def test_aliases_link_to_the_keyword_of_their_entry() -> None:
    index = LinkIndex.build([(1, "New York", ("NYC",))])

    assert [link.href for _, _, link in index.find("NYC")] == ["/keyword/New%20York"]
    index.set_entry(1, "New York", ("NYC", "Big Apple"))
    assert [link.href for _, _, link in index.find("Big Apple")] == ["/keyword/New%20York"]
    index.set_entry(1, "New York", ("Big Apple",))
    assert index.find("NYC") == []
    assert index.surfaces_of(1) == ("New York", "Big Apple")


def test_renaming_moves_every_link_of_the_entry() -> None:
    index = LinkIndex.build([(1, "Edo", ("江戸",))])

    index.set_entry(1, "Tokyo", ("江戸", "Edo"))

    assert [link.href for _, _, link in index.find("Edo 江戸 Tokyo")] == ["/keyword/Tokyo"] * 3


def test_setting_an_entry_again_changes_nothing() -> None:
    index = LinkIndex.build([(1, "a", ("b",))])
    index.set_entry(2, "c", ("d",))
    version = index.version

    index.set_entry(1, "a", ("b",))
    index.set_entry(2, "c", ("d", "d", "c"))
    index.set_entry(3, "e", live=False)

    assert index.version == version


def test_the_version_grows_with_every_surface_that_comes_or_goes() -> None:
    index = LinkIndex()

    index.set_entry(1, "a", ("b",))
    assert index.version == 2
    index.set_entry(1, "a", ())
    assert index.version == 3
    index.set_entry(1, "a", live=False)
    assert index.version == 4


def test_a_surface_goes_to_the_entry_that_took_it_last_and_stays_there() -> None:
    index = LinkIndex.build([(1, "a", ("x",)), (2, "b", ())])

    index.set_entry(2, "b", ("x",))
    assert index.target_of("x") == 2
    index.set_entry(1, "a", live=False)
    assert index.target_of("x") == 2
    index.set_entry(2, "b", ())
    index.set_entry(1, "a", ("x",))
    assert index.target_of("x") == 1


@pytest.mark.parametrize("surface", ["", "a\ud800"])
def test_an_unusable_surface_is_refused_and_changes_nothing(surface: str) -> None:
    index = LinkIndex.build([(1, "a", ())])

    with pytest.raises(ValueError, match=r"empty|surrogates"):
        index.set_entry(1, "b", ("c", surface))
    with pytest.raises(ValueError, match=r"empty|surrogates"):
        LinkIndex.build([(1, surface, ())])

    assert (index.version, index.target_of("a"), index.target_of("b")) == (0, 1, None)


def test_filters_apply_before_the_sweep() -> None:
    index = LinkIndex.build([(1, "new york city", ()), (2, "new york", ()), (3, "york city", ()), (4, "city hall", ())])
    text = "new york city hall"
    short = Accept(link=lambda link: len(link.surface) <= 9)

    assert surfaces_in(index, text) == ["new york city"]
    assert [link.surface for _, _, link in index.find(text, short)] == ["new york", "city hall"]


@given(
    built=st.sets(st.text("abc", min_size=1, max_size=4), max_size=6),
    later=st.sets(st.text("abc", min_size=1, max_size=4), max_size=4),
    gone=st.sets(st.text("abc", min_size=1, max_size=4), max_size=4),
    word=st.text("abc", min_size=1, max_size=4),
    text=st.text("abc", max_size=40),
)
def test_what_would_link_to_a_word_is_what_does_once_it_is_a_keyword(
    built: set[str], later: set[str], gone: set[str], word: str, text: str
) -> None:
    numbers = {surface: number for number, surface in enumerate(sorted(built | later | gone), 1)}
    index = LinkIndex.build([(numbers[surface], surface, ()) for surface in sorted(built)])
    for surface in sorted(later):
        index.set_entry(numbers[surface], surface)
    for surface in sorted(gone):
        index.set_entry(numbers[surface], surface, live=False)

    counted = index.count_if_linked(text, word)

    index.set_entry(numbers.get(word, 0), word)
    assert counted == surfaces_in(index, text).count(word)


def test_hundreds_of_recent_surfaces_are_found_before_any_rebuild() -> None:
    index = LinkIndex.build([(0, "n1", ())])
    for number in range(1, 400):
        index.set_entry(number, f"n{number}")
        assert surfaces_in(index, f"n{number}n{number // 2 + 1}") == [f"n{number}", f"n{number // 2 + 1}"]
    for number in range(1, 400, 3):
        index.set_entry(number, f"n{number}", live=False)

    text = " ".join(f"n{number}" for number in range(450))
    live = [f"n{number}" for number in range(1, 400) if number % 3 != 1]
    assert [(start, end) for start, end, _ in index.find(text)] == reference_spans(text, live)


def test_changes_made_while_a_rebuild_runs_are_kept() -> None:
    index = LinkIndex.build([(1, "one", ()), (2, "two", ()), (3, "three", ())])
    index.set_entry(4, "four")
    index.set_entry(1, "one", live=False)
    plan = index.plan_rebuild()
    index.set_entry(5, "five")
    index.set_entry(4, "four", live=False)
    index.set_entry(1, "one")
    index.set_entry(2, "deux", ("two",))

    index.adopt(plan.build())

    links = [(link.surface, link.keyword) for _, _, link in index.find("one two three four five")]
    assert links == [("one", "one"), ("two", "deux"), ("three", "three"), ("five", "five")]


def test_a_rebuild_that_was_overtaken_is_ignored() -> None:
    index = LinkIndex.build([(1, "a", ())])
    index.set_entry(2, "b")
    early = index.plan_rebuild()
    index.set_entry(3, "c")
    late = index.plan_rebuild()

    index.adopt(late.build())
    index.adopt(early.build())

    assert surfaces_in(index, "abc") == ["a", "b", "c"]


def test_a_rebuild_is_asked_for_once_enough_changed_and_no_more_after_it() -> None:
    index = LinkIndex()
    assert not index.needs_rebuild

    for number in range(257):
        index.set_entry(number, f"n{number}")
    assert index.needs_rebuild
    rebuild(index)

    assert not index.needs_rebuild


def test_a_snapshot_shows_its_moment_in_another_thread_whatever_happens_meanwhile() -> None:
    index = LinkIndex.build([(1, "a", ()), (2, "b", ())])
    index.set_entry(3, "c")
    snapshot = index.snapshot()
    text = "abcd" * 2000
    expected = [link.surface for _, _, link in snapshot.find(text)]
    different: list[int] = []

    def look() -> None:
        different.extend(number for number in range(20) if surfaces_in(snapshot, text) != expected)

    thread = threading.Thread(target=look)
    thread.start()
    number = 0
    while thread.is_alive():
        index.set_entry(1, "a", live=bool(number % 2))
        index.set_entry(4, "d" if number % 3 else "cd")
        if number % 50 == 0:
            rebuild(index)
        number += 1
    thread.join()

    assert expected == list("abc") * 2000
    assert different == []
    assert snapshot.version == 1


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_text_stays_exact_until_a_link_in_it_goes_or_a_surface_in_it_comes(rebuilt: bool) -> None:
    index = LinkIndex.build([(1, "cat", ()), (2, "cats", ()), (3, "dog", ())])
    text, version = "cats and mice", index.version
    links = [link for _, _, link in index.find(text)]

    index.set_entry(1, "cat", live=False)
    index.set_entry(3, "dog", live=False)
    index.set_entry(4, "bird")
    if rebuilt:
        rebuild(index)
    assert index.still_exact([text], links, version)
    index.set_entry(5, "mice")
    assert not index.still_exact([text], links, version)
    assert index.still_exact(["cats"], links, version)
    index.set_entry(2, "cats", live=False)
    assert not index.still_exact(["cats"], links, version)


def test_a_text_from_before_the_last_rebuild_but_one_is_not_vouched_for() -> None:
    index = LinkIndex.build([(1, "a", ())])
    for number in range(2, 5):
        index.set_entry(number, f"n{number}")
        rebuild(index)

    assert not index.still_exact(["nothing"], [], 0)
    assert index.still_exact(["nothing"], [], 2)


def test_a_new_target_behind_the_same_words_is_noticed() -> None:
    index = LinkIndex.build([(1, "Edo", ("江戸",))])
    version = index.version
    links = [link for _, _, link in index.find("江戸")]

    index.set_entry(1, "Tokyo", ("江戸",))

    assert not index.still_exact(["江戸"], links, version)
