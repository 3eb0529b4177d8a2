"""Picks as text say when, where and who, line by line."""

from dataclasses import replace
from datetime import date

from timetable_renderer.core.festival import Festival, Slot
from timetable_renderer.core.plaintext import plain_text
from timetable_renderer.core.plan import Clash, DayPlan, Plan, TightWalk
from timetable_samples import SLOTS, festival


def plan(of: Festival, *picks: Slot) -> Plan:
    clashes = (Clash(SLOTS[0], SLOTS[1], 10), Clash(SLOTS[1], SLOTS[2], 20))
    walks = (TightWalk(SLOTS[2], SLOTS[3], 5, 10),)
    first = DayPlan(date(2026, 8, 7), picks[:5], {}, clashes, (), walks)
    second = DayPlan(date(2026, 8, 8), picks[5:], {}, (), (), ())
    return Plan(of, tuple(day for day in (first, second) if day.picks))


def test_a_plan_in_japanese() -> None:
    assert plain_text(plan(festival(shows_over_24h=True), *SLOTS), language="ja") == (
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
    assert plain_text(plan(festival(), *SLOTS[:2]), language="en") == (
        "架空フェス 2026\n\n"
        "Fri 7 Aug\n"
        "10:30–11:00 HOT STAGE 朝焼けカフェ (overlaps The Amplifiers by 10 min)\n"
        "10:50–11:20 SKY STAGE The Amplifiers (overlaps 朝焼けカフェ by 10 min; overlaps Straße 9 by 20 min)\n"
    )


def test_nothing_picked_is_the_festivals_name() -> None:
    assert plain_text(Plan(festival(), ()), language="en") == "架空フェス 2026\n"


def test_a_title_of_several_lines_is_one_line() -> None:
    (line,) = plain_text(plan(festival(), replace(SLOTS[5], title="a\nb\t c")), language="ja").splitlines()[3:]
    assert line == "12:00–12:40 HOT STAGE a b c"
