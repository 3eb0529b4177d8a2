"""What the wiki publishes and what it handles.

Published: `wiki.entry.saved` and `wiki.entry.deleted`, written to the outbox with the change itself (see
`adapters/entry_writes.py`). Handled: the same two from the wiki's other processes, as a hint that there is something
to read in the log; the poll would find it too.
"""

from genba_contracts.events import Event, WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.bus import EventBus
from wiki_linker.ports import Freshness

PUBLISHED = (WikiEntrySaved, WikiEntryDeleted)


def follow_other_processes(bus: EventBus, freshness: Freshness) -> None:
    """Catch up with the log whenever another process tells of a change."""

    async def on_change(event: Event) -> None:
        if isinstance(event, WikiEntrySaved | WikiEntryDeleted):
            await freshness.catch_up(event.seq)

    async def on_gap(_event_type: str) -> None:
        await freshness.catch_up()

    bus.subscribe([WikiEntrySaved, WikiEntryDeleted], on_change, on_gap)
