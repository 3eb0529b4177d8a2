"""Characters as a reader counts them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timetable_renderer.core.clusters import clean, clusters, essential, wants_emoji


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ABか", ["A", "B", "か"]),
        ("❤\ufe0eA", ["❤\ufe0e", "A"]),
        ("👩\u200d👩\u200d👧!", ["👩\u200d👩\u200d👧", "!"]),
        ("👍🏽", ["👍🏽"]),
        ("🇯🇵🇫🇷", ["🇯🇵", "🇫🇷"]),
        ("1\ufe0f\u20e3", ["1\ufe0f\u20e3"]),
        ("x\u0325y", ["x\u0325", "y"]),
        ("葛\U000e0100城", ["葛\U000e0100", "城"]),
        ("", []),
    ],
)
def test_marks_selectors_and_joined_emoji_stay_with_what_they_belong_to(text: str, expected: list[str]) -> None:
    assert clusters(text) == expected


@given(st.text())
def test_clusters_together_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text


@given(st.text())
def test_a_cleaned_line_can_be_written_as_utf8_and_is_clean(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert not any(unicodedata.category(character) == "Cc" for character in cleaned)


def test_voiced_kana_are_one_character_and_names_keep_their_old_forms() -> None:
    assert clean("か\u3099\u3000e\u0301") == "が\u3000é"
    assert clean("\ufa19") == "\ufa19"
    assert clean("\ufa11") == "﨑"


def test_breaks_become_spaces_and_marks_of_direction_go() -> None:
    assert clean("a\tb\nc\u202ed\u200be\ud800") == "a b cde"


def test_what_a_font_must_have_leaves_out_selectors() -> None:
    assert essential("❤\ufe0e") == "❤"
    assert essential("👩\u200d👧") == "👩👧"
    assert essential("\u200d") == " "


def test_a_selector_a_joiner_or_a_flag_asks_for_an_emoji() -> None:
    assert wants_emoji("❤\ufe0f")
    assert wants_emoji("🇯🇵")
    assert wants_emoji("👩\u200d👧")
    assert not wants_emoji("❤\ufe0e")
    assert not wants_emoji("❤")
