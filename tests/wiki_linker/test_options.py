"""Each option does what trying every place of the text and sorting the results out does."""

import re
from unicodedata import name

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking_reference import alternation
from wiki_linker.core.folding import FoldedIndex
from wiki_linker.core.formats import folding_of, link_text
from wiki_linker.core.index import LinkIndex
from wiki_linker.core.options import LinkOptions, splits_word

LETTERS = "abAあ東 9_é"
KEYWORDS = st.lists(st.text(st.sampled_from(LETTERS), min_size=1, max_size=3), min_size=1, max_size=8, unique=True)
TEXTS = st.text(st.sampled_from(LETTERS), max_size=24)
Found = tuple[int, int, str]


def wiki(keywords: list[str]) -> LinkIndex:
    """Entries in order; each word in upper case is an alias of the entry before it."""
    entries: list[tuple[int, str, list[str]]] = []
    for keyword in keywords:
        if entries and keyword.isupper():
            entries[-1][2].append(keyword)
        else:
            entries.append((len(entries), keyword, []))
    return LinkIndex.build(entries)


def targets(keywords: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for keyword in keywords:
        if not (last and keyword.isupper()):
            last = keyword
        found[keyword] = last
    return found


def linked(text: str, keywords: list[str], options: LinkOptions) -> list[Found]:
    return [(span.start, span.end, span.keyword) for span in link_text(text, options, wiki(keywords)).spans]


def every(text: str, keywords: list[str]) -> list[Found]:
    names = targets(keywords)
    return [
        (start, end, names[text[start:end]])
        for start in range(len(text))
        for end in range(len(text), start, -1)
        if text[start:end] in names
    ]


def leftmost_longest(candidates: list[Found]) -> list[Found]:
    chosen: list[Found] = []
    for candidate in candidates:
        if not chosen or candidate[0] >= chosen[-1][1]:
            chosen.append(candidate)
    return chosen


@given(TEXTS, KEYWORDS)
def test_without_options_the_plain_regular_expression_decides(text: str, keywords: list[str]) -> None:
    spans = [(start, end) for start, end, _ in linked(text, keywords, LinkOptions())]
    assert spans == [match.span() for match in alternation(keywords).finditer(text)]


@given(TEXTS, KEYWORDS, st.integers(1, 4))
def test_short_surfaces_make_room_for_longer_ones(text: str, keywords: list[str], least: int) -> None:
    expected = leftmost_longest([found for found in every(text, keywords) if found[1] - found[0] >= least])
    assert linked(text, keywords, LinkOptions(min_length=least)) == expected


@given(TEXTS, KEYWORDS, st.data())
def test_excluded_words_make_room_for_those_inside_them(text: str, keywords: list[str], data: st.DataObject) -> None:
    excluded = data.draw(st.sets(st.sampled_from(keywords)))
    expected = [found for found in every(text, keywords) if not excluded & {found[2], text[found[0] : found[1]]}]
    assert linked(text, keywords, LinkOptions(exclude=frozenset(excluded))) == leftmost_longest(expected)


@given(TEXTS, KEYWORDS, st.data())
def test_an_entry_does_not_link_to_itself(text: str, keywords: list[str], data: st.DataObject) -> None:
    own = targets(keywords)[data.draw(st.sampled_from(keywords))]
    expected = leftmost_longest([found for found in every(text, keywords) if found[2] != own])
    assert linked(text, keywords, LinkOptions(self_keyword=own)) == expected


@given(TEXTS, KEYWORDS)
def test_whole_words_are_words_of_scripts_with_spaces(text: str, keywords: list[str]) -> None:
    def inside(place: int) -> bool:
        return bool(re.fullmatch("[abA9_é]{2}", text[max(0, place - 1) : place + 1]))

    expected = [found for found in every(text, keywords) if not (inside(found[0]) or inside(found[1]))]
    assert linked(text, keywords, LinkOptions(whole_words=True)) == leftmost_longest(expected)


@given(TEXTS, KEYWORDS)
def test_linking_once_keeps_each_entrys_first_mention(text: str, keywords: list[str]) -> None:
    chosen = linked(text, keywords, LinkOptions())
    first = {found[2]: found for found in reversed(chosen)}
    assert linked(text, keywords, LinkOptions(first_only=True)) == sorted(first.values())


@given(TEXTS, KEYWORDS, st.integers(0, 5))
def test_a_limit_keeps_the_first_links(text: str, keywords: list[str], limit: int) -> None:
    chosen = linked(text, keywords, LinkOptions())
    assert linked(text, keywords, LinkOptions(limit=limit)) == chosen[:limit]


def test_a_second_mention_is_plain_text_and_no_shorter_mention() -> None:
    options = LinkOptions(first_only=True)
    assert linked("東京都と東京都", ["東京", "東京都"], options) == [(0, 3, "東京都")]


def test_excluding_regards_case_and_width_as_matching_does() -> None:
    options = LinkOptions(exclude=frozenset({"ＡＢＣ"}), ignore_case=True, ignore_width=True)
    assert folded("abc Abc", ["Abc"], options) == []


@pytest.mark.parametrize(
    ("keyword", "text", "options", "count"),
    [
        ("live", "live lively alive LIVE", LinkOptions(whole_words=True), 1),
        ("84", "1984 84 84年", LinkOptions(whole_words=True), 2),
        ("live", "ライブlive会場", LinkOptions(whole_words=True), 1),
        ("ライブ", "ライブハウス", LinkOptions(whole_words=True), 1),
        ("cafe", "cafe\u0301", LinkOptions(whole_words=True), 0),
        ("мир", "мир мира", LinkOptions(whole_words=True), 1),
    ],
)
def test_words_are_whole_in_every_script(keyword: str, text: str, options: LinkOptions, count: int) -> None:
    assert len(linked(text, [keyword], options)) == count


def test_no_japanese_letter_makes_a_word_that_could_be_split() -> None:
    for code in [*range(0x3005, 0x3008), *range(0x3041, 0x3100), *range(0x4E00, 0x9FFF), *range(0xFF66, 0xFFA0)]:
        if name(chr(code), ""):
            assert not splits_word(chr(code) * 2, 1), f"U+{code:04X}"


def folded(text: str, keywords: list[str], options: LinkOptions) -> list[Found]:
    folding = folding_of(options)
    assert folding is not None
    view = FoldedIndex().view(wiki(keywords).plan_rebuild(), folding)
    return [(span.start, span.end, span.keyword) for span in link_text(text, options, view).spans]
