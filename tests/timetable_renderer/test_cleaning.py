"""The dirt of real timetables: every piece of it, and what must not be taken for dirt."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timetable_renderer.core.cleaning import (
    clean_line,
    clean_lines,
    day_label,
    duration_minutes,
    is_placeholder,
    minutes_of,
    performers_of,
    span_of,
)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("null", ""),
        ("NULL", ""),
        (" null ", ""),
        ("nullnull", "nullnull"),
        ("あ ", "あ"),
        ("　全角　スペース　", "全角 スペース"),
        ("a\u00a0\u2003b", "a b"),
        ("A&amp;B &hearts; &#9734;", "A&B ♥ ☆"),
        ("一<br>二<BR />三<br/>四</br>五", "一 二 三 四 五"),
        ("<b>太</b><span class='x'>字</span>", "太字"),
        ("I <3 YOU <LIVE> <名前>", "I <3 YOU <LIVE> <名前>"),
        ("純粋ｶﾌｪ･ﾗｯﾃ", "純粋カフェ・ラッテ"),
        ("ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟ", "ガギグ パピ"),
        ("カ\u3099ラス", "ガラス"),
        ("ニコニコ❤︎LOVERS ", "ニコニコ❤︎LOVERS"),
        ("ＡＢＣ＠１７①℃㈱髙﨑神", "ＡＢＣ＠１７①℃㈱髙﨑神"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("zero\u200bwidth\ufeff\u202etxet", "zerowidthtxet"),
        ("half \ud800 pair", "half pair"),
        ("👨\u200d👩\u200d👧 family", "👨\u200d👩\u200d👧 family"),
        ("two\nlines\r\nhere", "two lines here"),
        ("・・・・・・・・・", "・・・・・・・・・"),
        ("転校少女*", "転校少女*"),
    ],
)
def test_a_line_of_text_is_cleaned(dirty: str, clean: str) -> None:
    assert clean_line(dirty) == clean


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("null", ""),
        ("DJ ダイノジ<br>（仮）<br>（2）<br>", "DJ ダイノジ\n（仮）\n（2）"),
        ("a<br><br><br>b", "a\n\nb"),
        ("■出演■<br>あ<br>い", "■ 出演\nあ\nい"),
        ("■出演■あ■司会■い", "■ 出演\nあ\n■ 司会\nい"),
        ("■", "■"),
        ("■■", "■■"),
        ("<p>一</p><p>二</p>", "一\n\n二"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("  x  \n\t y", "x\ny"),
        ("ＭＣ：安田　クロ", "ＭＣ：安田 クロ"),
    ],
)
def test_details_keep_their_lines(dirty: str, clean: str) -> None:
    assert clean_lines(dirty) == clean


def test_long_texts_are_cut_with_an_ellipsis() -> None:
    assert clean_line("あ" * 1000) == "あ" * 299 + "…"
    assert len(clean_lines("い" * 100_000)) == 5_000


@settings(deadline=None)
@given(st.text(st.characters(codec=None)))
def test_cleaning_takes_any_text_and_cleans_it_once_and_for_all(text: str) -> None:
    line = clean_line(text)
    assert line == line.strip()
    assert "\n" not in line
    line.encode()
    lines = clean_lines(text)
    lines.encode()
    assert all(one == one.strip() for one in lines.split("\n"))
    if "&" not in line and "<" not in line:
        assert clean_line(line) == line


@pytest.mark.parametrize(
    "title",
    [
        "未使用",
        "メンテナンス",
        "ﾒﾝﾃﾅﾝｽ",
        "準備中",
        "転換",
        "転換中",
        "転換15分",
        "転換（15分）",
        "（休憩）",
        "※調整中",
        "【未使用】",
        *("n/a", "null", "", "-", "空き枠", "TBA", "Maintenance", "break", "休憩時間"),
    ],
)
def test_placeholders_are_recognised(title: str) -> None:
    assert is_placeholder(clean_line(title))


@pytest.mark.parametrize(
    "title",
    [
        "メンテナンス娘",
        "準備中のわたし",
        "転換期",
        "・・・",
        "未使用レコーズ",
        "Breakers",
        "休憩室",
        "＝LOVE",
        "*",
        "7",
        "（仮）",
    ],
)
def test_acts_with_such_names_are_none(title: str) -> None:
    assert not is_placeholder(clean_line(title))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("1030", 630),
        ("930", 570),
        ("0030", 30),
        ("2530", 1530),
        ("10:30", 630),
        ("9:05", 545),
        ("１０：３０", 630),
        ("25：30", 1530),
        (" 10:30 ", 630),
        ("10時30分", 630),
        ("10時", 600),
        ("10.30", 630),
        ("10:30:00", 630),
        ("1:30 PM", 810),
        ("12:00am", 0),
        ("午後1時30分", 810),
        ("47:59", 2879),
    ],
)
def test_times_are_read_as_they_are_written(text: str, minutes: int) -> None:
    assert minutes_of(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "10", "48:00", "1060", "10:60", "noon", "10:30:00:00", "-1:30", "99999", "null", "10:3x"]
)
def test_what_is_no_time_is_refused_with_its_words(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        minutes_of(text)


@settings(deadline=None)
@given(st.integers(0, 2879))
def test_every_minute_of_two_days_is_read_back(minute: int) -> None:
    hours, rest = divmod(minute, 60)
    wide = f"{hours}：{rest:02}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert {minutes_of(text) for text in (f"{hours}:{rest:02}", f"{hours:02}{rest:02}", wide)} == {minute}


@pytest.mark.parametrize(
    "text",
    [
        "10：30～11：00",
        "10:30〜11:00",
        "1030-1100",
        "10:30 – 11:00",
        "10:30から11:00",
        "10:30 to 11:00",
        "10:30ー11:00",
    ],
)
def test_spans_are_read_whatever_stands_between(text: str) -> None:
    assert span_of(text) == (630, 660)


@pytest.mark.parametrize("text", ["10:30", "10:30～", "10:30～11:00～12:00", "～", "x-y"])
def test_half_a_span_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"no span|no time"):
        span_of(text)


@pytest.mark.parametrize(
    ("text", "minutes"), [("45", 45), ("00:45", 45), ("1:30", 90), ("002:01:30", 2970), ("000:00:10", 10), ("40分", 40)]
)
def test_durations_are_read_with_and_without_days(text: str, minutes: int) -> None:
    assert duration_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "x", "1:2:3:4", "-5", "99:00:00", "½"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        duration_minutes(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("day1", 1),
        ("DAY 12", 12),
        ("Day-2", 2),
        ("３日目", 3),
        ("2", 2),
        ("2027-08-06", date(2027, 8, 6)),
        ("2027/8/6(金)", date(2027, 8, 6)),
        ("２０２７年８月６日（金）", date(2027, 8, 6)),
    ],
)
def test_days_are_numbers_or_dates(text: str, day: date | int) -> None:
    assert day_label(text) == day


@pytest.mark.parametrize("text", ["", "day", "day0", "0", "8/6", "1 stage", "2027-13-01", "0001-01-01", "HOT STAGE"])
def test_what_names_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no day|no date"):
        day_label(text)


def test_performers_are_named_once_and_cleaned() -> None:
    assert performers_of([" あ ", "null", "ｶﾌｪ", "カフェ", "", "い"]) == ("あ", "カフェ", "い")
