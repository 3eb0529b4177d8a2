"""Mentions are found whatever their case and width, and never in the middle of a character."""

import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wiki_linker.core.folding import CLOSED, FoldedIndex, Folding, _joins
from wiki_linker.core.index import LinkIndex

BOTH = Folding(case=True, width=True)
FOLDINGS = st.sampled_from([BOTH, Folding(case=True, width=False), Folding(case=False, width=True)])
# Characters that expand (ﬃ ㍿ İ ß ½ ﷺ), join with what stands before them (ﾞ, accents, Hangul jamo), or change (Ａ Ⅳ ς).
PECULIAR = "aAＡアｱカｶﾞﾟ゙がガパ東ﬃfiİiı㍿株式会社ßẞs½1⁄2ΣσςeÉe\u0301\u0316\u0345ᄀ각ᅡᆨⅣⅳ①㈱ﷺ゛…．.　 ŉʼnǰΐ"
TEXTS = st.text(st.one_of(st.sampled_from(PECULIAR), st.characters(exclude_categories=["Cs"])), max_size=20)


@given(TEXTS, FOLDINGS)
@example("ﬃ", BOTH)
@example("e\u0301\u0316\u0345", BOTH)
def test_edges_grow_and_lead_from_the_start_to_the_end_of_the_text(text: str, folding: Folding) -> None:
    mapped = folding.map(text)
    assert len(mapped.edges) == len(mapped.text) + 1
    assert (mapped.edges[0], mapped.edges[-1]) == (0, len(text))
    known = [edge for edge in mapped.edges if edge != CLOSED]
    assert known == sorted(set(known))


@given(TEXTS, FOLDINGS)
def test_each_unit_folds_to_what_lies_between_its_edges(text: str, folding: Folding) -> None:
    mapped = folding.map(text)
    known = [place for place, edge in enumerate(mapped.edges) if edge != CLOSED]
    for first, last in pairwise(known):
        assert folding.fold(text[mapped.edges[first] : mapped.edges[last]]) == mapped.text[first:last]


@given(TEXTS)
def test_width_is_unicode_nfkc(text: str) -> None:
    assert Folding(case=False, width=True).fold(text) == unicodedata.normalize("NFKC", text)


@given(TEXTS)
def test_case_is_unicode_case_folding(text: str) -> None:
    assert Folding(case=True, width=False).fold(text) == text.casefold()


@given(TEXTS, FOLDINGS)
def test_folding_what_is_folded_changes_nothing(text: str, folding: Folding) -> None:
    assert folding.fold(folding.fold(text)) == folding.fold(text)


def test_every_character_that_unicode_composes_with_a_starter_before_it_joins_it() -> None:
    for code in range(sys.maxunicode + 1):
        decomposition = unicodedata.decomposition(chr(code)).split()
        if len(decomposition) == 2 and not decomposition[0].startswith("<"):
            assert _joins(chr(int(decomposition[1], 16))), f"U+{code:04X}"


@pytest.mark.parametrize(
    ("keyword", "text", "span"),
    [
        ("Budokan", "the BUDOKAN!", (4, 11)),
        ("東京ドーム", "東京ﾄﾞｰﾑで", (0, 6)),
        ("株式会社", "㍿です", (0, 1)),
        ("office", "the oﬃce", (4, 8)),
        ("ＡＢＣ", "xabcx", (1, 4)),
        ("İstanbul", "i̇stanbul", (0, 9)),
        ("straße", "STRASSE", (0, 7)),
        ("ガ", "カ゛ではなくｶﾞ", (6, 8)),
    ],
)
def test_a_mention_is_found_in_another_spelling(keyword: str, text: str, span: tuple[int, int]) -> None:
    assert [found[:2] for found in find([keyword], text)] == [span]


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("式会", "㍿"),  # inside one character
        ("of", "oﬃce"),
        ("株式会社x", "㍿"),
        ("カ", "ｶﾞ"),  # a part of ガ
        ("e", "e\u0301"),
        ("i", "İ"),
        ("각", "가\u11a8\u11a8"[:1]),
    ],
)
def test_a_mention_covers_whole_characters(keyword: str, text: str) -> None:
    assert find([keyword], text) == []


def test_of_surfaces_that_fold_to_the_same_the_verbatim_one_wins_and_else_the_oldest_entry() -> None:
    found = find(["abc", "ABC", "Abc"], "ABC Abc abc aBC")
    assert [keyword for _, _, keyword in found] == ["ABC", "Abc", "abc", "abc"]


def find(keywords: list[str], text: str) -> list[tuple[int, int, str]]:
    index = LinkIndex.build((number, keyword, ()) for number, keyword in enumerate(keywords))
    view = FoldedIndex().view(index.plan_rebuild(), BOTH)
    return [(start, end, link.keyword) for start, end, link in view.find(text)]


def reference(surfaces: dict[str, tuple[int, str]], text: str, folding: Folding) -> list[tuple[int, int, str]]:
    """Every pair of places in the text, tried one by one."""
    mapped = folding.map(text)
    candidates: list[tuple[int, int, str]] = []
    places = [place for place, edge in enumerate(mapped.edges) if edge != CLOSED]
    for first in places:
        for last in places:
            alike = [s for s in surfaces if first < last and folding.fold(s) == mapped.text[first:last]]
            if alike:
                start, end = mapped.edges[first], mapped.edges[last]
                best = min(alike, key=lambda s: (s != text[start:end], surfaces[s][0], s))
                candidates.append((start, end, surfaces[best][1]))
    chosen: list[tuple[int, int, str]] = []
    for start, end, keyword in sorted(candidates, key=lambda found: (found[0], -found[1])):
        if not chosen or start >= chosen[-1][1]:
            chosen.append((start, end, keyword))
    return chosen


SURFACE = st.text(st.sampled_from("aAｱアＡ東ｶﾞガカfﬃi"), min_size=1, max_size=3)


@given(
    st.lists(st.tuples(st.integers(0, 4), SURFACE, st.booleans()), max_size=12),
    st.text(st.sampled_from("aAｱアＡ東ｶﾞガカfﬃi"), max_size=24),
    FOLDINGS,
    st.booleans(),
)
def test_folded_views_follow_every_change_and_find_what_trying_every_place_finds(
    changes: list[tuple[int, str, bool]], text: str, folding: Folding, rebuilt: bool
) -> None:
    index, folded = LinkIndex(), FoldedIndex()
    live: dict[int, str] = {}
    for number, (entry_id, keyword, kept) in enumerate(changes):
        index.set_entry(entry_id, keyword, live=kept)
        live = {known: word for known, word in live.items() if known != entry_id and not (kept and word == keyword)}
        if kept:
            live[entry_id] = keyword
        if rebuilt and number == len(changes) // 2:
            index.adopt(index.plan_rebuild().build())
        view = folded.view(index.plan_rebuild(), folding)
        expected = reference({word: (known, word) for known, word in live.items()}, text, folding)
        assert [(start, end, link.keyword) for start, end, link in view.find(text)] == expected


def test_a_character_under_a_mountain_of_accents_is_folded_in_no_time() -> None:
    text = "e" + "\u0301\u0316" * 100_000
    mapped = BOTH.map(text)
    assert (mapped.edges[0], mapped.edges[-1]) == (0, len(text))
