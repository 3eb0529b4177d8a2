"""Following a festival: whoever has its page open hears of every new version."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

from timetable_renderer.core.festival import Festival
from timetable_renderer.usecases.festivals import Festivals


class Updates:
    """Tells those who follow a festival that it has a new version, or is gone."""

    def __init__(self, festivals: Festivals) -> None:
        self._festivals = festivals
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        festivals.listen(self._tell)

    def __len__(self) -> int:
        """How many follow."""
        return sum(map(len, self._followers.values()))

    def _tell(self, festival_id: str, _festival: Festival | None) -> None:
        for follower in self._followers.get(festival_id, ()):
            follower.set()

    async def follow(self, festival_id: str, known: int | None) -> AsyncIterator[Festival | None]:
        """Each version newer or other than the last one that was told; None, and the end, when the festival is gone.

        Versions that come faster than they are taken are told as one: the newest.

        Args:
            festival_id: of a festival that there is.
            known: the version that the follower has; None for whichever there is now.
        """
        changed = asyncio.Event()
        self._followers[festival_id].add(changed)
        current = self._festivals.peek(festival_id)
        told = known if known is not None else current.version if current is not None else 0
        try:
            while True:
                changed.clear()
                current = self._festivals.peek(festival_id)
                if current is not None and current.version != told:
                    told = current.version
                    yield current
                    continue
                if current is None and told:
                    yield None
                    return
                await changed.wait()
        finally:
            self._followers[festival_id].discard(changed)
            if not self._followers[festival_id]:
                del self._followers[festival_id]
