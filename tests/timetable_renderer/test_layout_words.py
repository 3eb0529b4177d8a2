"""The words on a picture, in Japanese and English."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timetable_making import at, slot
from timetable_renderer.core.festival import Slot
from timetable_renderer.core.layout.words import ENGLISH, JAPANESE, clock, from_to, numeral, times, words_of

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"]


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


def between(start: str, minutes: int, zone: str) -> Slot:
    begins = datetime.fromisoformat(start).astimezone(ZoneInfo(zone))
    ends = (begins.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
    return replace(slot(at("23:30"), 60), day=date(2026, 10, 24), start=begins, end=ends)


@pytest.mark.parametrize(
    ("start", "minutes", "shown"),
    [
        ("2026-10-25T02:30+02:00", 60, "02:30 CEST–02:30 CET"),
        ("2026-10-25T01:30+02:00", 120, "01:30 CEST–02:30 CET"),
        ("2026-10-25T02:15+02:00", 30, "02:15 CEST–02:45 CEST"),
        ("2026-10-25T02:15+01:00", 30, "02:15 CET–02:45 CET"),
        ("2026-10-25T03:00+01:00", 30, "03:00–03:30"),
        ("2026-10-25T01:00+02:00", 30, "01:00–01:30"),
        ("2026-03-29T01:30+01:00", 60, "01:30 CET–03:30 CEST"),
    ],
)
def test_a_night_in_which_clocks_change_says_whose_time_it_is(start: str, minutes: int, shown: str) -> None:
    assert from_to(between(start, minutes, "Europe/Berlin"), over_24h=False) == shown


@given(st.integers(0, 366 * 24 * 4), st.sampled_from([15, 30, 60, 90]), st.sampled_from(ZONES))
@settings(deadline=None)
def test_no_slot_seems_to_end_when_it_starts(quarters: int, minutes: int, zone: str) -> None:
    begins = datetime(2026, 1, 1, tzinfo=UTC) + quarters * timedelta(minutes=15)
    start, end = times(between(begins.isoformat(), minutes, zone), over_24h=True)
    assert start != end


def test_numbers_of_stages_are_numerals_to_the_fiftieth() -> None:
    assert [numeral(number) for number in (1, 20, 21, 35, 36, 50, 51)] == ["①", "⑳", "㉑", "㉟", "㊱", "㊿", "(51)"]


@pytest.mark.parametrize(
    ("language", "words"), [("ja", JAPANESE), ("ja-JP", JAPANESE), ("en", ENGLISH), ("de", ENGLISH)]
)
def test_any_language_but_japanese_has_english_words(language: str, words: object) -> None:
    assert words_of(language) is words
