"""What the wiki publishes and what it handles.

Published: `wiki.entry.saved` and `wiki.entry.deleted`, made here of a change and written to the outbox with it by
`adapters/entry_writes.py` and `adapters/entry_imports.py`. Handled: the same two from the wiki's other processes, as a
hint that there is something to read in the log; the poll would find it too.
"""

from typing import Final

from genba_contracts.events import Event, WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.bus import EventBus
from wiki_linker.core.entities import Change
from wiki_linker.ports import Freshness

SOURCE: Final = "wiki-linker"


def event_of(change: Change) -> WikiEntrySaved | WikiEntryDeleted:
    """What others are told of a change of an entry."""
    if not change.live:
        return WikiEntryDeleted(source=SOURCE, seq=change.seq, keyword=change.keyword)
    return WikiEntrySaved(
        source=SOURCE,
        seq=change.seq,
        keyword=change.keyword,
        aliases=change.aliases,
        revision=change.revision,
        author=change.author,
        operation=change.operation,
        previous_keyword=change.note if change.operation == "rename" else None,
    )


def follow_other_processes(bus: EventBus, freshness: Freshness) -> None:
    """Catch up with the log whenever another process tells of a change."""

    async def on_change(event: Event) -> None:
        if isinstance(event, WikiEntrySaved | WikiEntryDeleted):
            await freshness.catch_up(event.seq)

    async def on_gap(_event_type: str) -> None:
        await freshness.catch_up()

    bus.subscribe([WikiEntrySaved, WikiEntryDeleted], on_change, on_gap)
