"""A page's list of slots: made beside the event loop, and once for all who read the same."""

import asyncio
from collections.abc import Callable, Hashable

from genba_servicekit.prepared import Part, SizedCache


def large_part(make: Callable[[], str]) -> Part:
    """A part that takes long to make, deflated already. Called in a thread."""
    part = Part(make().encode())
    _ = part.deflated
    return part


class SlotLists:
    """Lists of slots that were made last: one of 1,000 slots has 0.8 MB, and takes 70 ms.

    Args:
        max_bytes: of lists that are kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self._kept: SizedCache[Part] = SizedCache(max_bytes)
        self._turn = asyncio.Lock()
        self.made = 0
        """How many were made since the start."""

    async def of(self, key: Hashable, make: Callable[[], str]) -> Part:
        """The list of a key; those who want the same at the same time wait for the one who makes it."""
        kept = self._kept.get(key)
        if kept is None:
            async with self._turn:
                kept = self._kept.get(key)
                if kept is None:
                    kept = self._kept.put(key, await asyncio.to_thread(large_part, make))
                    self.made += 1
        return kept
