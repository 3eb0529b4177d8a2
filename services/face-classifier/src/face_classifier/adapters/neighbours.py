"""What the wiki and the timetable know of people, through their clients: soon, from memory, and never an error."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Final
from urllib.parse import urljoin

from face_classifier.core.datasets import Label
from face_classifier.core.links import NOTHING, Appearance, Links
from genba_client import TimetableClient, WikiClient
from genba_client.errors import GenbaError, NotFoundError
from genba_servicekit.logging import get_logger

PATIENCE: Final = 0.2
"""Seconds that an answer waits for what was not asked before."""
DEADLINE: Final = 2.0
"""Seconds for one question; whoever asks about the same person then has the answer at once."""
LIFETIME: Final = 60.0
"""Seconds that an answer holds."""
COOL_DOWN: Final = 10.0
"""Seconds for which a service that failed is left alone."""
APPEARANCES: Final = 3
_FESTIVALS: Final = 20
_AT_ONCE: Final = 8
_MOST: Final = 2_000
_LONGEST: Final = 100

log = get_logger(__name__)


class Neighbours:
    """Fulfils `ports.Acquaintances`.

    Args:
        wiki: its client and where people reach it; None if there is none.
        timetable: the same of the timetable.
        clock: seconds; tests have their own.
        now: the time; tests have their own.
    """

    def __init__(
        self,
        wiki: tuple[WikiClient, str] | None,
        timetable: tuple[TimetableClient, str] | None,
        *,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._wiki = None if wiki is None else (wiki[0].with_options(deadline=DEADLINE, max_retries=0), wiki[1])
        self._timetable = (
            None if timetable is None else (timetable[0].with_options(deadline=DEADLINE, max_retries=0), timetable[1])
        )
        self._clock = clock
        self._now = now
        self._known: OrderedDict[str, tuple[Links, float]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._left_alone_until: dict[str, float] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def links(self, labels: Sequence[Label]) -> dict[str, Links]:
        """What is known of people by now, by their labels' ids; quick, and never an error."""
        if self._wiki is None and self._timetable is None:
            return {}
        now = self._clock()
        for label in labels:
            known = self._known.get(label.id)
            if (known is None or known[1] <= now) and label.id not in self._asking and len(self._asking) < _MOST:
                self._asking[label.id] = task = asyncio.create_task(self._ask(label))
                task.add_done_callback(partial(self._asked, label.id))
        waited = [
            self._asking[label.id] for label in labels if label.id in self._asking and label.id not in self._known
        ]
        if waited:
            await asyncio.wait(waited, timeout=PATIENCE)
        return {label.id: self._known[label.id][0] for label in labels if label.id in self._known}

    async def stop(self) -> None:
        """Ask nothing any more."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _asked(self, name: str, _task: "asyncio.Task[None]") -> None:
        self._asking.pop(name, None)

    async def _ask(self, label: Label) -> None:
        async with self._slots:
            before = self._known.get(label.id, (NOTHING, 0.0))[0]
            entry, appearances = await asyncio.gather(self._entry(label, before), self._appearances(label, before))
        self._known[label.id] = (Links(entry, appearances), self._clock() + LIFETIME)
        self._known.move_to_end(label.id)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    async def _entry(self, label: Label, before: Links) -> str | None:
        keyword = label.keyword or label.name
        if self._wiki is None or not self._answers("wiki") or len(keyword) > _LONGEST:
            return before.wiki
        client, base = self._wiki
        try:
            return urljoin(base, (await client.entry(keyword)).url)
        except NotFoundError:
            return None
        except GenbaError as error:
            self._leave_alone("wiki", error)
            return before.wiki

    async def _appearances(self, label: Label, before: Links) -> tuple[Appearance, ...]:
        if self._timetable is None or not self._answers("timetable") or len(label.name) > _LONGEST:
            return before.appearances
        client, base = self._timetable
        found: list[Appearance] = []
        try:
            now = self._now()
            today = now.date()
            coming = [each for each in await client.festivals() if each.days and (max(each.days) - today).days >= -1]
            for festival in sorted(coming, key=lambda each: min(each.days))[:_FESTIVALS]:
                page = await anext(aiter(client.slots(festival.id, q=label.name, limit=50).pages()), None)
                found += [
                    Appearance(
                        festival.name,
                        slot.stage_name,
                        slot.start,
                        slot.end,
                        slot.title,
                        urljoin(base, f"/f/{festival.id}"),
                    )
                    for slot in (() if page is None else page.items)
                    if slot.end > now
                    and label.name.casefold() in {each.casefold() for each in (slot.title, *slot.performers)}
                ]
        except GenbaError as error:
            self._leave_alone("timetable", error)
            return before.appearances
        return tuple(sorted(found, key=lambda each: each.start)[:APPEARANCES])

    def _answers(self, name: str) -> bool:
        return self._clock() >= self._left_alone_until.get(name, 0.0)

    def _leave_alone(self, name: str, error: GenbaError) -> None:
        if self._answers(name):
            log.warning("a neighbour says nothing of people", neighbour=name, reason=str(error)[:200])
        self._left_alone_until[name] = self._clock() + COOL_DOWN
