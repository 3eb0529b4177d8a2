"""The words on a picture, in Japanese and English."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from timetable_making import at, slot
from timetable_renderer.core.layout.words import ENGLISH, JAPANESE, clock, from_to, words_of


@pytest.mark.parametrize(
    ("minutes", "japanese", "english"),
    [(0, "0分", "0 min"), (45, "45分", "45 min"), (60, "1時間", "1 h"), (100, "1時間40分", "1 h 40 min")],
)
def test_durations_are_in_hours_and_minutes(minutes: int, japanese: str, english: str) -> None:
    assert (JAPANESE.duration(minutes), ENGLISH.duration(minutes)) == (japanese, english)


def test_days_have_their_weekdays() -> None:
    friday, sunday = date(2017, 8, 4), date(2017, 8, 6)
    assert (JAPANESE.day(friday), ENGLISH.day(friday)) == ("8/4(金)", "Fri 4 Aug")
    assert JAPANESE.days([friday, sunday]) == "8/4(金)–8/6(日)"
    assert JAPANESE.days([friday]) == "8/4(金)"
    assert JAPANESE.days([]) == ""


def test_chips_say_how_long_a_clash_is_and_how_many_there_are() -> None:
    assert JAPANESE.clash(1, 20) == JAPANESE.clash_in_short(1, 20) == "重複20分"
    assert (JAPANESE.clash(3, 60), JAPANESE.clash_in_short(3, 60)) == ("重複3件・最長60分", "重複3件")
    assert JAPANESE.clash(1, 120) == "重複2時間"
    assert (ENGLISH.clash(1, 20), ENGLISH.clash(3, 60)) == ("clash 20 min", "3 clashes, up to 60 min")
    assert (JAPANESE.walk(5), ENGLISH.walk(5)) == ("移動5分", "5 min to walk")


def test_picks_are_counted() -> None:
    assert (JAPANESE.picks(27), ENGLISH.picks(1), ENGLISH.picks(2)) == ("27枠", "1 pick", "2 picks")


def test_after_midnight_hours_go_on_counting_where_the_festival_wants_it() -> None:
    night = slot(at("25:30"), 45)
    assert from_to(night, over_24h=True) == "25:30–26:15"
    assert from_to(night, over_24h=False) == "01:30–02:15"
    evening = slot(at("23:30"), 60)
    assert from_to(evening, over_24h=True) == "23:30–24:30"
    assert clock(datetime(2026, 8, 7, 9, 5, tzinfo=ZoneInfo("Asia/Tokyo")), date(2026, 8, 7), over_24h=True) == "09:05"


@pytest.mark.parametrize(
    ("language", "words"), [("ja", JAPANESE), ("ja-JP", JAPANESE), ("en", ENGLISH), ("de", ENGLISH)]
)
def test_any_language_but_japanese_has_english_words(language: str, words: object) -> None:
    assert words_of(language) is words
