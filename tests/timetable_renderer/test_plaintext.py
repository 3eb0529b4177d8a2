"""Picks as text say when, where and who, line by line."""

from dataclasses import replace

from timetable_renderer.core.plaintext import plain_text
from timetable_renderer.core.plan import make_plan
from timetable_samples import SLOTS, festival


def test_a_plan_in_japanese() -> None:
    assert plain_text(make_plan(festival(shows_over_24h=True), [slot.id for slot in SLOTS]), language="ja") == (
        "架空フェス 2026\n\n"
        "8/7(金)\n"
        "10:30–11:00 HOT STAGE 朝焼けカフェ（重複10分: The Amplifiers）\n"
        "10:50–11:20 SKY STAGE The Amplifiers（重複10分: 朝焼けカフェ、重複20分: Straße 9）\n"
        "11:00–11:25 HOT STAGE Straße 9（重複20分: The Amplifiers、移動10分、間は5分: 朝焼けｶﾌｪ サイン会）\n"
        "11:30–12:30 ブース A 朝焼けｶﾌｪ サイン会\n"
        "25:30–26:15 SKY STAGE 夜更かしDJ❤︎\n\n"
        "8/8(土)\n"
        "12:00–12:40 HOT STAGE うめぼしロック, 第2部; 完\n"
    )


def test_a_plan_in_english() -> None:
    assert plain_text(make_plan(festival(), [slot.id for slot in SLOTS[:2]]), language="en") == (
        "架空フェス 2026\n\n"
        "Fri 7 Aug\n"
        "10:30–11:00 HOT STAGE 朝焼けカフェ (overlaps The Amplifiers by 10 min)\n"
        "10:50–11:20 SKY STAGE The Amplifiers (overlaps 朝焼けカフェ by 10 min)\n"
    )


def test_nothing_picked_is_the_festivals_name() -> None:
    assert plain_text(make_plan(festival(), ()), language="en") == "架空フェス 2026\n"


def test_a_title_of_several_lines_is_one_line() -> None:
    odd = replace(SLOTS[5], title="a\nb\t c")
    (line,) = plain_text(make_plan(festival([odd]), [odd.id]), language="ja").splitlines()[3:]
    assert line == "12:00–12:40 HOT STAGE a b c"
