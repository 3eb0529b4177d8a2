"""Slots and performers are found by day, stage, kind, time of day and words in any script."""

import re
from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timetable_renderer.core.festival import Kind
from timetable_renderer.core.finding import Finder, Wanted, fold
from timetable_samples import HOT, SKY, SLOTS, festival

CLOCK = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


def found(**wanted: object) -> list[str]:
    return [slot.title for slot in Finder(festival()).slots(Wanted(**wanted))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ", "abc"),
        ("カフェ", "かふぇ"),
        ("ｶﾌｪ", "カフェ"),
        ("ﾊﾞﾅﾅ", "ばなな"),
        ("Straße", "STRASSE"),
        ("HOT  STAGE", "hotstage"),
        ("全角　空白", "全角空白"),
        ("～", "〜"),
        ("❤︎", "❤"),
        ("①", "1"),
        ("ÅSA", "åsa"),
    ],
)
def test_texts_that_are_read_alike_are_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("つ", "っ"), ("a", "á"), ("ー", "-"), ("人", "入")])
def test_texts_that_are_read_otherwise_are_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(st.characters(codec="utf-8")))
def test_case_and_spaces_never_matter(text: str) -> None:
    assert fold(f" {text}\u3000") == fold(text)
    assert not re.search(r"\s", fold(text))


def test_nothing_wanted_is_everything_wanted() -> None:
    assert found() == [slot.title for slot in SLOTS]


def test_words_are_found_in_titles_and_performers_in_any_writing() -> None:
    assert found(text="ｱｻﾔｹ") == []
    assert found(text="朝焼けかふぇ") == ["朝焼けカフェ", "朝焼けｶﾌｪ サイン会"]
    assert found(text="dj ばなな") == ["The Amplifiers", "夜更かしDJ❤︎"]
    assert found(text="THEAMP") == ["The Amplifiers"]
    assert found(text="2人組") == []


@pytest.mark.parametrize("text", [".*", "(", "[a-z]", "\\", "|", "^"])
def test_words_are_never_a_pattern(text: str) -> None:
    assert found(text=text) == []


def test_days_stages_and_kinds_narrow_what_is_found_together() -> None:
    assert found(days=frozenset({date(2026, 8, 8)})) == ["うめぼしロック, 第2部; 完"]
    assert found(stages=frozenset({SKY.id})) == ["The Amplifiers", "夜更かしDJ❤︎"]
    assert found(kinds=frozenset({Kind.GREETING})) == ["朝焼けｶﾌｪ サイン会"]
    assert found(stages=frozenset({HOT.id}), days=frozenset({date(2026, 8, 7)}), text="9") == ["Straße 9"]
    assert found(stages=frozenset({"moon"})) == []


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (time(11), None, ["Straße 9", "朝焼けｶﾌｪ サイン会", "夜更かしDJ❤︎", "うめぼしロック, 第2部; 完"]),
        (None, time(10, 50), ["朝焼けカフェ"]),
        (time(10, 50), time(11), ["The Amplifiers"]),
        (time(22), time(2), ["夜更かしDJ❤︎"]),
        (time(1, 30), time(5), ["夜更かしDJ❤︎"]),
        (time(22), time(1, 30), []),
    ],
)
def test_the_time_of_day_is_the_start_by_the_festivals_clock(
    start: time | None, end: time | None, expected: list[str]
) -> None:
    assert found(start=start, end=end) == expected


@given(CLOCK, CLOCK)
def test_a_span_and_the_rest_of_the_day_are_all_there_is(start: time, end: time) -> None:
    inside, outside = found(start=start, end=end), found(start=end, end=start)
    if start == end:
        assert inside == outside == found()
    else:
        assert sorted(inside + outside) == sorted(found())


def test_performers_are_counted_once_whatever_their_spelling() -> None:
    performers = {one.name: len(one.slots) for one in Finder(festival()).performers()}
    assert performers == {
        "朝焼けカフェ": 2,
        "The Amplifiers": 1,
        "DJ ﾊﾞﾅﾅ": 2,
        "Straße 9": 1,
        "うめぼしロック, 第2部; 完": 1,
    }
    assert [one.name for one in Finder(festival()).performers("ダイ")] == []
    assert [one.name for one in Finder(festival()).performers("ﾌｪ")] == ["朝焼けカフェ"]


def test_somebody_who_is_named_twice_in_a_slot_is_in_it_once() -> None:
    twice = replace(SLOTS[0], performers=("A", "Ａ", "a "))
    assert [(one.name, one.slots) for one in Finder(festival([twice])).performers()] == [("A", (twice.id,))]
