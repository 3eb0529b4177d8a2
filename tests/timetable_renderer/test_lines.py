"""Lines: where they may end, and what is too long."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timetable_making import FakeTypesetter
from timetable_renderer.core.clusters import clusters
from timetable_renderer.core.layout.tree import Weight
from timetable_renderer.core.lines import ELLIPSIS, NOT_AT_END, NOT_AT_START, break_lines, may_break, shorten

TYPESETTER = FakeTypesetter()
WORDS = st.text(alphabet="あいうー、。（）「」漢々っャaBc .-1☆❤\ufe0e\u3099👩\u200d🎤🇯🇵", max_size=60)


def measure(text: str) -> float:
    """In halves of an em: 2 for あ, 1 for a."""
    return TYPESETTER.width(text, 2, Weight.REGULAR)


def lines(text: str, width: float, most: int = 9) -> list[str]:
    return break_lines(text, width, most, measure)


def test_what_fits_stays_on_one_line() -> None:
    assert lines("神宿", 4) == ["神宿"]
    assert lines("", 4) == []


def test_japanese_breaks_between_any_two_characters() -> None:
    assert lines("妄想キャリブレーション", 8) == ["妄想キャ", "リブレー", "ション"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("あいうえー。", ["あいう", "えー。"]),
        ("ああああっと", ["あああ", "あっと"]),
        ("ああああ」と", ["あああ", "あ」と"]),
        ("あああ「いう", ["あああ", "「いう"]),
        ("ああああ☆いい", ["あああ", "あ☆いい"]),
    ],
)
def test_no_line_starts_or_ends_with_what_must_not(text: str, expected: list[str]) -> None:
    assert lines(text, 8) == expected


def test_latin_words_stay_whole() -> None:
    assert lines("sora tob sakana", 9) == ["sora tob", "sakana"]
    assert lines("神宿 sora tob", 8) == ["神宿", "sora tob"]
    assert lines("あsora", 5) == ["あ", "sora"]


def test_a_word_wider_than_a_line_is_broken_anywhere() -> None:
    assert lines("abcdefgh", 3) == ["abc", "def", "gh"]


def test_a_word_with_an_apostrophe_a_point_or_a_slash_stays_whole() -> None:
    assert lines("ab it's ok", 6) == ["ab", "it's", "ok"]
    assert lines("ab 1.5 km", 5) == ["ab", "1.5", "km"]


def test_little_is_not_left_alone_in_the_last_line() -> None:
    assert lines("チームしゃちほこ", 14) == ["チームしゃ", "ちほこ"]
    assert lines("チームしゃちほこ", 14, 1) == ["チームしゃち…"]


def test_the_last_line_ends_with_an_ellipsis_if_there_is_more() -> None:
    assert lines("妄想キャリブレーション", 8, 2) == ["妄想キャ", "リブレ…"]
    assert lines("sora tob sakana", 8, 1) == ["sora t…"]


def test_no_space_goes_before_an_ellipsis() -> None:
    assert shorten("sora tob", 7, measure) == "sora…"


def test_if_nothing_fits_the_ellipsis_stands_alone() -> None:
    assert shorten("神宿", 2, measure) == ELLIPSIS


def test_two_dashes_or_ellipses_stay_together() -> None:
    assert not may_break("―", "―")
    assert not may_break("…", "…")


@pytest.mark.parametrize(
    "one",
    [
        "か\u3099",
        "❤\ufe0e",
        "👩\u200d🎤",
        "👍🏽",
        "🇯🇵",
        "e\u0301\u0302",
        "葛\U000e0100",
        "1\ufe0f\u20e3",
    ],
)
def test_what_readers_take_for_one_character_is_one(one: str) -> None:
    assert list(clusters("あ" + one + "い")) == ["あ", one, "い"]
    assert one in shorten(one * 5, measure(one) * 3 + 2, measure)
    assert all(line == one for line in lines(one * 3, measure(one)))


def test_flags_stand_side_by_side() -> None:
    assert list(clusters("🇯🇵🇩🇪")) == ["🇯🇵", "🇩🇪"]


@given(WORDS, st.integers(2, 40), st.integers(1, 4))
def test_no_line_is_too_wide_and_there_are_no_more_than_asked_for(text: str, width: int, most: int) -> None:
    made = lines(text, width, most)
    assert len(made) <= most
    assert all(measure(line) <= width or len(clusters(line)) == 1 for line in made)


@given(WORDS, st.integers(2, 40))
def test_nothing_but_white_space_is_lost(text: str, width: int) -> None:
    assert "".join(lines(text, width, 1_000)).replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet="あいうー、「」ゃっ", max_size=40), st.integers(8, 30))
def test_lines_start_and_end_as_they_may_where_that_can_be(text: str, width: int) -> None:
    made = lines(text, width, 1_000)
    for before, after in pairwise(made):
        bad = after[0] in NOT_AT_START or before[-1] in NOT_AT_END
        # Only where a whole line has no place to break.
        assert not bad or not any(map(may_break, before, before[1:]))
