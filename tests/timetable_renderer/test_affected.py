"""A person whose picks changed sees which."""

from dataclasses import replace

from timetable_making import at, festival, slot
from timetable_renderer.core.diff import Diff, affected, compare

BEFORE = festival([slot(at("10:00"), 30, "a"), slot(at("11:00"), 30, "b"), slot(at("12:00"), 30, "c")])
A, B, C = BEFORE.slots


def test_picks_that_moved_went_or_changed_are_told_and_no_others() -> None:
    moved = slot(at("15:00"), 30, "b")
    diff = compare(BEFORE, festival([replace(A, title="A!"), moved, slot(at("13:00"), 30, "new")]))
    mine = affected(diff, [A.id, B.id, C.id])
    assert [(one.before.title, one.after.title, one.renamed) for one in mine.changed] == [("a", "A!", True)]
    assert [(one.before.id, one.after.id) for one in mine.moved] == [(B.id, moved.id)]
    assert mine.removed == (C,)
    assert mine.added == ()
    assert affected(diff, [B.id]) == Diff(moved=mine.moved)
    assert not affected(diff, [])
    assert not affected(diff, [moved.id])
