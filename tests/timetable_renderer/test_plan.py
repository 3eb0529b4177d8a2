"""What picks come to: clashes, gaps, walks and lanes."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from timetable_making import at, festival, festivals, slot
from timetable_renderer.core.festival import Festival, Slot
from timetable_renderer.core.plan import (
    MOST_PICKS,
    DayPlan,
    Gap,
    Lane,
    Plan,
    TooManyPicksError,
    UnknownPicksError,
    clusters,
    make_plan,
)


def plan_of(*slots: Slot, **more: object) -> Plan:
    made = festival(slots, **more)  # type: ignore[arg-type]
    return make_plan(made, [each.id for each in made.slots])


def everything(made: Festival) -> Plan:
    return make_plan(made, [each.id for each in made.slots])


def most_at_once(slots: list[Slot]) -> int:
    return max(
        sum(each.start.timestamp() <= moment.start.timestamp() < each.end.timestamp() for each in slots)
        for moment in slots
    )


def test_all_unknown_picks_are_named_in_the_order_given() -> None:
    known = slot(at("10:00"), 30)
    with pytest.raises(UnknownPicksError) as caught:
        make_plan(festival([known]), ["zzz", known.id, "aaa", "zzz"])
    assert caught.value.ids == ("zzz", "aaa")


def test_more_picks_than_fit_are_refused_and_duplicates_do_not_count() -> None:
    slots = [slot(at("06:00") + timedelta(minutes=index), 1) for index in range(MOST_PICKS + 1)]
    made = festival(slots)
    with pytest.raises(TooManyPicksError, match="501 picks"):
        make_plan(made, [each.id for each in slots])
    assert len(make_plan(made, [each.id for each in slots[1:]] * 2).days[0].picks) == MOST_PICKS


def test_no_picks_are_a_plan_without_days() -> None:
    assert make_plan(festival([slot(at("10:00"), 30)]), []).days == ()


def test_picks_stand_in_order_of_their_start_whatever_order_they_are_given_in() -> None:
    late, early = slot(at("12:00"), 30), slot(at("10:00"), 30)
    plan = make_plan(festival([late, early]), [late.id, early.id])
    assert plan.days[0].picks == (early, late)


def test_touching_ends_are_no_clash_and_no_gap() -> None:
    day = plan_of(slot(at("10:00"), 30), slot(at("10:30"), 30)).days[0]
    assert (day.clashes, day.gaps) == ((), ())


def test_every_pair_that_overlaps_is_a_clash_with_the_minutes_both_go_on() -> None:
    long, short, other = slot(at("10:00"), 60), slot(at("10:20"), 10), slot(at("10:25"), 60, stage="sky")
    day = plan_of(long, short, other).days[0]
    assert [(clash.first, clash.second, clash.minutes) for clash in day.clashes] == [
        (long, short, 10),
        (long, other, 35),
        (short, other, 5),
    ]


def test_a_clash_with_a_pick_of_the_day_before_is_listed_with_the_later_one() -> None:
    night, morning = slot(at("28:30"), 60), slot(at("29:00"), 60)
    first, second = plan_of(night, morning).days
    assert first.clashes == ()
    assert [(clash.first, clash.second, clash.minutes) for clash in second.clashes] == [(night, morning, 30)]


def test_a_gap_starts_when_the_last_of_the_overlapping_picks_ends() -> None:
    long, short = slot(at("10:00"), 60), slot(at("10:10"), 10)
    day = plan_of(long, short, slot(at("12:40"), 20)).days[0]
    assert day.gaps == (Gap(start=at("11:00"), end=at("12:40"), minutes=100),)


def test_a_walk_is_tight_if_the_way_takes_longer_than_there_is_time() -> None:
    first, second, third = slot(at("10:00"), 30), slot(at("10:35"), 10, stage="sky"), slot(at("10:55"), 10)
    walks = {("hot", "sky"): 6, ("sky", "hot"): 10}
    day = plan_of(first, second, third, walks=walks).days[0]
    assert [(walk.first, walk.second, walk.available, walk.needed) for walk in day.walks] == [(first, second, 5, 6)]


def test_no_walk_is_needed_within_a_stage() -> None:
    assert plan_of(slot(at("10:00"), 30), slot(at("10:30"), 30)).days[0].walks == ()


def test_a_walk_from_a_long_pick_is_seen_past_a_short_one_beside_it() -> None:
    long, short, after = slot(at("10:00"), 60), slot(at("10:10"), 5, stage="sky"), slot(at("11:05"), 10, stage="sky")
    assert [(walk.first, walk.available) for walk in plan_of(long, short, after).days[0].walks] == [(long, 5)]


def test_a_clash_is_no_walk() -> None:
    assert plan_of(slot(at("10:00"), 30), slot(at("10:10"), 30, stage="sky")).days[0].walks == ()


def test_a_pick_takes_the_first_column_that_is_free() -> None:
    a, b, c = slot(at("10:00"), 30), slot(at("10:10"), 60, stage="sky"), slot(at("10:30"), 30)
    alone = slot(at("12:00"), 30)
    lanes = plan_of(a, b, c, alone).days[0].lanes
    assert [lanes[each.id] for each in (a, b, c, alone)] == [Lane(0, 2), Lane(1, 2), Lane(0, 2), Lane(0, 1)]


def test_minutes_are_of_time_that_passes_when_clocks_are_set_back() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = slot(datetime(2026, 10, 25, 1, 30, tzinfo=berlin), 60)
    second = slot(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=berlin), 60)
    third = slot(datetime(2026, 10, 25, 3, 0, tzinfo=berlin), 60, stage="sky")
    day = plan_of(first, second, third, timezone="Europe/Berlin").days[0]
    assert day.day == date(2026, 10, 24)
    assert [gap.minutes for gap in day.gaps] == [60]
    assert [(clash.first, clash.minutes) for clash in day.clashes] == [(second, 30)]


def test_minutes_are_of_time_that_passes_when_clocks_are_set_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = slot(datetime(2026, 3, 29, 1, 0, tzinfo=berlin), 60)
    second = slot(datetime(2026, 3, 29, 3, 5, tzinfo=berlin), 60, stage="sky")
    day = plan_of(first, second, timezone="Europe/Berlin").days[0]
    assert [gap.minutes for gap in day.gaps] == [5]
    assert [walk.available for walk in day.walks] == [5]


@given(festivals())
def test_clashes_are_what_comparing_all_pairs_finds(made: Festival) -> None:
    def common(one: Slot, other: Slot) -> float:
        return min(one.end.timestamp(), other.end.timestamp()) - max(one.start.timestamp(), other.start.timestamp())

    expected = {
        (frozenset((one.id, other.id)), common(one, other) // 60)
        for one, other in combinations(made.slots, 2)
        if common(one, other) > 0
    }
    found = [clash for day in everything(made).days for clash in day.clashes]
    assert {(frozenset((clash.first.id, clash.second.id)), clash.minutes) for clash in found} == expected
    assert len(found) == len(expected)


@given(festivals())
def test_picks_in_one_column_never_overlap_and_no_column_is_more_than_needed(made: Festival) -> None:
    for day in everything(made).days:
        assert set(day.lanes) == {each.id for each in day.picks}
        for one, other in combinations(day.picks, 2):
            if day.lanes[one.id].index == day.lanes[other.id].index:
                assert one.end.timestamp() <= other.start.timestamp() or other.end.timestamp() <= one.start.timestamp()
        for cluster in clusters(day.picks):
            assert {day.lanes[each.id].count for each in cluster} == {most_at_once(cluster)}


@given(festivals())
def test_gaps_and_picks_fill_the_day_between_them(made: Festival) -> None:
    def covered(day: DayPlan) -> set[int]:
        return {
            minute
            for each in day.picks
            for minute in range(int(each.start.timestamp()) // 60, int(each.end.timestamp()) // 60)
        }

    for day in everything(made).days:
        minutes = covered(day)
        assert sum(gap.minutes for gap in day.gaps) == max(minutes) + 1 - min(minutes) - len(minutes)
        assert all(gap.minutes > 0 for gap in day.gaps)


@given(festivals())
def test_every_pick_is_on_its_day_once(made: Festival) -> None:
    plan = everything(made)
    assert sorted(each.id for day in plan.days for each in day.picks) == sorted(each.id for each in made.slots)
    assert [day.day for day in plan.days] == sorted({each.day for each in made.slots})
    assert all(each.day == day.day for day in plan.days for each in day.picks)
    assert all(each.start.astimezone(UTC) < each.end.astimezone(UTC) for each in made.slots)
