"""What others are told of a timetable's update, and that it stays small."""

from datetime import timedelta

from genba_contracts.events import SLOTS_TOLD, TimetableFestivalUpdated, parse_event
from timetable_making import at, festival, slot
from timetable_renderer.core.diff import Diff, compare
from timetable_renderer.events import deleted, updated

MANY = [slot(at("10:00") + timedelta(minutes=5 * number), 5, f"{number} " + "長い" * 500) for number in range(400)]


def test_an_update_of_everything_is_counted_whole_and_named_as_far_as_there_is_room() -> None:
    event = updated(festival(MANY), Diff(added=tuple(MANY)))
    assert (event.added_count, len(event.added), event.complete) == (400, SLOTS_TOLD, False)
    assert len(event.model_dump_json()) < 200_000


def test_what_went_and_what_moved_is_named_before_what_is_new() -> None:
    before = festival(MANY[:150])
    kept = [slot(at("10:00") + timedelta(days=1, minutes=5 * number), 5, MANY[number].title) for number in range(100)]
    after = festival([*kept, *(slot(at("10:00"), 5, f"new {lane}", lane=lane + 1) for lane in range(100))])
    event = updated(after, compare(before, after))
    assert (event.removed_count, event.moved_count, event.added_count) == (50, 100, 100)
    assert (len(event.removed), len(event.moved), len(event.added)) == (50, 100, 50)
    assert event.moved[0].previous_id == MANY[0].id


def test_events_are_read_as_they_were_written() -> None:
    event = updated(festival(MANY[:2]), Diff(added=tuple(MANY[:2])))
    assert parse_event(event.type, event.model_dump_json()) == event
    assert isinstance(event, TimetableFestivalUpdated)
    assert event.complete
    gone = deleted("fes")
    assert parse_event(gone.type, gone.model_dump_json()) == gone
