"""What changed between two timetables."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from timetable_renderer.core.diff import Changed, Moved, compare
from timetable_renderer.core.festival import Festival, Slot
from timetable_samples import BOOTH, HOT, SKY, festival, slot


def of(*slots: Slot) -> Festival:
    return festival(sorted(slots, key=lambda one: one.start))


A = slot(HOT, "2026-08-07 10:00", 30, "あ")
B = slot(SKY, "2026-08-07 11:00", 30, "い")


def test_the_same_timetable_has_no_changes() -> None:
    assert not compare(of(A, B), of(A, B))


def test_what_came_and_what_went_is_told() -> None:
    found = compare(of(A), of(B))
    assert (found.added, found.removed, found.moved, found.changed) == ((B,), (A,), (), ())


def test_a_slot_at_another_time_or_place_has_moved() -> None:
    later, elsewhere = slot(HOT, "2026-08-07 10:10", 30, "あ"), slot(BOOTH, "2026-08-07 11:00", 30, "い")
    found = compare(of(A, B), of(later, elsewhere))
    assert found.moved == (Moved(A, later), Moved(B, elsewhere))
    assert not found.added
    assert not found.removed


def test_of_several_the_nearest_in_time_belong_together() -> None:
    early, late = slot(HOT, "2026-08-07 10:00", 30, "あ"), slot(HOT, "2026-08-07 18:00", 30, "あ")
    new_early, new_late = slot(SKY, "2026-08-07 10:20", 30, "あ"), slot(SKY, "2026-08-07 17:00", 30, "あ")
    found = compare(of(early, late), of(new_early, new_late))
    assert found.moved == (Moved(early, new_early), Moved(late, new_late))


def test_the_same_performers_under_another_title_have_moved_too() -> None:
    before = slot(HOT, "2026-08-07 10:00", 30, "前半", performers=("あ", "い"))
    after = slot(HOT, "2026-08-07 12:00", 30, "後半", performers=("い", "あ"))
    assert compare(of(before), of(after)).moved == (Moved(before, after),)


def test_spelling_of_width_and_case_does_not_hide_a_move() -> None:
    before, after = slot(HOT, "2026-08-07 10:00", 30, "ＡＢＣ"), slot(HOT, "2026-08-07 12:00", 30, "abc")
    assert compare(of(before), of(after)).moved == (Moved(before, after),)


def test_other_words_or_another_end_change_a_slot_in_its_place() -> None:
    renamed, longer = replace(A, title="う"), slot(SKY, "2026-08-07 11:00", 45, "い")
    found = compare(of(A, B), of(renamed, longer))
    assert found.changed == (Changed(A, renamed), Changed(B, longer))
    assert [change.renamed for change in found.changed] == [True, False]


def test_a_title_on_thousands_of_slots_takes_no_square_of_them() -> None:
    many = [
        slot(HOT, f"2026-08-{day:02} {hour:02}:{minute:02}", 1, "休み")
        for day in range(7, 10)
        for hour in range(6, 24)
        for minute in range(60)
    ]
    half = len(many) // 2
    found = compare(of(*many[:half]), of(*many[half:]))
    assert len(found.added) + len(found.moved) == len(many) - half


@st.composite
def timetables(draw: st.DrawFn) -> Festival:
    places = st.tuples(st.sampled_from((HOT, SKY)), st.integers(6, 20))
    chosen = draw(st.lists(places, unique=True, max_size=12))
    return of(*(slot(stage, f"2026-08-07 {hour:02}:00", 30, draw(st.sampled_from("abc"))) for stage, hour in chosen))


@settings(deadline=None)
@given(timetables(), timetables())
def test_every_slot_of_both_is_accounted_for_once(before: Festival, after: Festival) -> None:
    found = compare(before, after)
    kept = {one.id for one in before.slots} & {one.id for one in after.slots}
    gone = [one.id for one in found.removed] + [one.before.id for one in found.moved]
    came = [one.id for one in found.added] + [one.after.id for one in found.moved]
    assert sorted(gone) == sorted({one.id for one in before.slots} - kept)
    assert sorted(came) == sorted({one.id for one in after.slots} - kept)
    assert {one.after.id for one in found.changed} <= kept
    assert not {one.title for one in found.added} & {one.title for one in found.removed}
    assert bool(found) == (before.slots != after.slots)
