"""The automaton finds what the plain regular expression finds."""

import random
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking_reference import reference_spans
from wiki_linker.core.automaton import Automaton, sweep

OVERLAPPY = st.text(alphabet="ab", min_size=1, max_size=5)
ANY_CHARACTER = st.characters(exclude_categories=["Cs"])
MIXED = st.text(
    alphabet=st.one_of(st.sampled_from("aあが゙か😀\u0301\r\n<&%./\0"), ANY_CHARACTER), min_size=1, max_size=4
)


def occurrences(text: str, patterns: set[str]) -> set[tuple[int, int]]:
    return {(at, at + len(p)) for p in patterns for at in range(len(text)) if text.startswith(p, at)}


@given(patterns=st.sets(OVERLAPPY, max_size=12), text=st.text(alphabet="abc", max_size=60))
def test_leftmost_longest_equals_the_alternation_of_all_patterns(patterns: set[str], text: str) -> None:
    assert Automaton(patterns).leftmost_longest(text) == reference_spans(text, patterns)


@given(patterns=st.sets(MIXED, max_size=12), data=st.data())
def test_positions_are_in_code_points_whatever_the_script(patterns: set[str], data: st.DataObject) -> None:
    pieces = st.one_of(st.sampled_from(sorted(patterns)), MIXED) if patterns else MIXED
    text = "".join(data.draw(st.lists(pieces, max_size=12)))

    assert Automaton(patterns).leftmost_longest(text) == reference_spans(text, patterns)


@given(
    groups=st.lists(st.sets(OVERLAPPY, max_size=8), min_size=1, max_size=3),
    refused=st.sets(OVERLAPPY, max_size=8),
    closed=st.sets(st.integers(0, 60), max_size=20),
    text=st.text(alphabet="abc", max_size=60),
)
def test_what_is_refused_by_surface_or_by_place_is_out_before_the_sweep(
    groups: list[set[str]], refused: set[str], closed: set[int], text: str
) -> None:
    automata = [Automaton(group) for group in groups]
    swept = sweep(
        text,
        [(automaton, automaton.hits(text)) for automaton in automata],
        lambda start, end: text[start:end],
        counts=lambda surface: surface not in refused,
        edge=lambda place: place not in closed,
    )

    left = occurrences(text, set[str]().union(*groups) - refused)
    expected: list[tuple[int, int, str]] = []
    for start, end in sorted(left, key=lambda span: (span[0], -span[1])):
        if closed.isdisjoint((start, end)) and (not expected or start >= expected[-1][1]):
            expected.append((start, end, text[start:end]))
    assert swept == expected


@given(
    groups=st.lists(st.sets(OVERLAPPY, max_size=8), min_size=1, max_size=3),
    refused=st.sets(OVERLAPPY, max_size=8),
    text=st.text(alphabet="abc", max_size=60),
)
def test_sweeping_several_automata_equals_one_with_what_is_accepted(
    groups: list[set[str]], refused: set[str], text: str
) -> None:
    def accept(start: int, end: int) -> str | None:
        return None if text[start:end] in refused else text[start:end]

    automata = [Automaton(group) for group in groups]
    swept = sweep(text, [(automaton, automaton.hits(text)) for automaton in automata], accept)

    spans = reference_spans(text, set[str]().union(*groups) - refused)
    assert swept == [(start, end, text[start:end]) for start, end in spans]


def test_twenty_thousand_random_texts_are_matched_as_the_regular_expression_does() -> None:
    chance = random.Random(7)
    for _ in range(400):
        alphabet = chance.choice(["ab", "abc", "あい", "aあ😀", "か゛゙が"])
        patterns = {"".join(chance.choices(alphabet, k=chance.randint(1, 6))) for _ in range(chance.randint(0, 15))}
        automaton = Automaton(patterns)
        expression = re.compile("|".join(sorted(map(re.escape, patterns), key=len, reverse=True)) or "(?!)")
        for _ in range(50):
            text = "".join(chance.choices(alphabet, k=chance.randint(0, 40)))
            assert automaton.leftmost_longest(text) == [match.span() for match in expression.finditer(text)]


def test_an_automaton_without_patterns_finds_nothing() -> None:
    assert Automaton(set()).leftmost_longest("anything at all") == []
    assert Automaton({"a"}).leftmost_longest("") == []


def test_every_code_point_is_a_pattern_like_any_other() -> None:
    code_points = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    # A thousand at a time: the engine's building time is quadratic in the number of different first characters.
    for first in range(0, len(code_points), 1024):
        patterns = dict.fromkeys(code_points[first : first + 1024])
        hits = Automaton(patterns).hits("".join(patterns))
        assert hits == [(at, at + 1, at) for at in range(len(patterns))]


def test_nested_patterns_take_no_longer_than_the_text() -> None:
    automaton = Automaton({"a" * length for length in range(1, 256)})
    text = "a" * 20_000

    assert len(automaton.hits(text)) == len(text)
    assert automaton.leftmost_longest(text) == reference_spans(text, ["a" * 255, "a" * (20_000 % 255)])


def test_hits_are_numbered_in_the_order_of_the_patterns() -> None:
    patterns = {"か": 0, "かき": 0, "く": 0}

    assert Automaton(patterns).hits("くかき") == [(0, 1, 2), (1, 2, 0), (1, 3, 1)]


def test_an_empty_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Automaton({"a", ""})


@pytest.mark.parametrize("patterns", [set(), {"a"}])
def test_a_lone_surrogate_is_refused_in_patterns_and_texts(patterns: set[str]) -> None:
    with pytest.raises(UnicodeEncodeError):
        Automaton({*patterns, "\ud800"})
    with pytest.raises(UnicodeEncodeError):
        Automaton(patterns).hits("a\udfff")
