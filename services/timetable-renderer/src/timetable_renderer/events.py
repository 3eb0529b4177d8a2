"""What the timetable service publishes and what it handles.

Published: `timetable.festival.updated` and `timetable.festival.deleted`, made here and written to the outbox with the
change itself by `adapters/store.py`. Handled: the same two from its other processes, as a hint that there is something
to read in the database; `Festivals.follow` would find it too.
"""

from typing import Final

from genba_contracts.events import (
    SLOTS_TOLD,
    TITLE_TOLD,
    Event,
    SlotChanged,
    SlotMoved,
    SlotTold,
    TimetableFestivalDeleted,
    TimetableFestivalUpdated,
)
from genba_servicekit.bus import EventBus
from timetable_renderer.core.diff import Diff
from timetable_renderer.core.festival import Festival
from timetable_renderer.ports import Following

SOURCE: Final = "timetable-renderer"


def updated(festival: Festival, diff: Diff) -> TimetableFestivalUpdated:
    """What others are told of a new version: what hits picks first, and as much as there is room for."""
    room = SLOTS_TOLD
    removed = diff.removed[:room]
    room -= len(removed)
    moved = diff.moved[:room]
    room -= len(moved)
    changed = diff.changed[:room]
    room -= len(changed)
    added = diff.added[:room]
    counts = [len(part) for part in (diff.added, diff.removed, diff.moved, diff.changed)]
    return TimetableFestivalUpdated(
        source=SOURCE,
        festival=festival.id,
        name=festival.name,
        version=festival.version,
        slots=len(festival.slots),
        added_count=counts[0],
        removed_count=counts[1],
        moved_count=counts[2],
        changed_count=counts[3],
        added=tuple(SlotTold(id=slot.id, title=_title(slot.title)) for slot in added),
        removed=tuple(SlotTold(id=slot.id, title=_title(slot.title)) for slot in removed),
        moved=tuple(
            SlotMoved(id=one.after.id, title=_title(one.after.title), previous_id=one.before.id) for one in moved
        ),
        changed=tuple(
            SlotChanged(id=one.after.id, title=_title(one.after.title), previous_title=_title(one.before.title))
            for one in changed
        ),
        complete=sum(counts) <= SLOTS_TOLD,
    )


def deleted(festival_id: str) -> TimetableFestivalDeleted:
    """What others are told of a festival that is gone."""
    return TimetableFestivalDeleted(source=SOURCE, festival=festival_id)


def _title(title: str) -> str:
    return title if len(title) <= TITLE_TOLD else f"{title[: TITLE_TOLD - 1]}…"


def follow_other_processes(bus: EventBus, festivals: Following) -> None:
    """Serve what another process has accepted, whenever one tells of it."""

    async def on_change(event: Event) -> None:
        if isinstance(event, TimetableFestivalUpdated | TimetableFestivalDeleted):
            await festivals.reload(event.festival)

    async def on_gap(_event_type: str) -> None:
        await festivals.follow()

    bus.subscribe([TimetableFestivalUpdated, TimetableFestivalDeleted], on_change, on_gap)
