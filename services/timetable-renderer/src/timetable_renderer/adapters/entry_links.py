"""Which performers have an entry in the wiki, through the wiki's client: soon, from memory, and never an error."""

import asyncio
import re
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import urljoin

from genba_client import WikiClient
from genba_client.errors import GenbaError
from genba_contracts.events import Event, WikiEntryDeleted, WikiEntrySaved
from genba_servicekit.logging import get_logger

PATIENCE: Final = 0.2
"""Seconds that a page waits for names it has not asked for before."""
LIFETIME: Final = 600.0
"""Seconds that an answer holds where no event says otherwise: events may be away."""
COOL_DOWN: Final = 10.0
"""Seconds for which a wiki that failed is left alone."""
DEADLINE: Final = 5.0
_MOST_NAMES: Final = 20_000
_BATCH: Final = 1_000
_LONGEST: Final = 255
_KEYWORD: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the wiki said of a name, until when it holds, and under which keyword the entry is."""

    url: str | None
    keyword: str | None
    until: float


class WikiEntryLinks:
    """Asks the wiki for all names that it does not know yet in one request, and keeps what it says.

    The names are sent as a text to be linked: one that is a keyword or an alias is linked from end to end, since
    links are leftmost-longest.

    Args:
        client: the wiki's.
        base_url: where people reach the wiki, if it gives paths alone.
        clock: seconds; tests have their own.
    """

    def __init__(self, client: WikiClient, base_url: str, *, clock: Callable[[], float] = monotonic) -> None:
        self._client = client.with_options(deadline=DEADLINE, max_retries=0)
        self._base_url = base_url
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._names: defaultdict[str, set[str]] = defaultdict(set)
        self._wanted: dict[str, None] = {}
        self._asked: frozenset[str] = frozenset()
        self._asking: asyncio.Task[None] | None = None
        self._left_alone_until = 0.0
        self._changes = 0

    async def links(self, names: Sequence[str]) -> dict[str, str]:
        """Addresses of the entries of those names that have one and are known by now; quick, and never an error."""
        now = self._clock()
        unknown = [name for name in dict.fromkeys(names) if not self._is_known(name, now)]
        if unknown and now >= self._left_alone_until:
            self._wanted |= dict.fromkeys(name for name in unknown[:_MOST_NAMES] if name not in self._asked)
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            await asyncio.wait({self._asking}, timeout=PATIENCE)
        found = {name: known.url for name in names if (known := self._known.get(name)) is not None}
        return {name: url for name, url in found.items() if url is not None}

    async def on_event(self, event: Event) -> None:
        """Forget what an event of the wiki says is not so any more."""
        if isinstance(event, WikiEntrySaved):
            self._forget([event.keyword, *event.aliases, *filter(None, [event.previous_keyword])])
        elif isinstance(event, WikiEntryDeleted):
            self._forget([event.keyword])

    async def on_gap(self, _event_type: str) -> None:
        """Forget everything: something may have changed unheard."""
        self._changes += 1
        self._known.clear()
        self._names.clear()

    async def stop(self) -> None:
        """Ask nothing any more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    def _is_known(self, name: str, now: float) -> bool:
        known = self._known.get(name)
        return known is not None and known.until > now

    def _forget(self, keywords: Iterable[str]) -> None:
        self._changes += 1
        for keyword in keywords:
            for name in (keyword, *self._names.pop(keyword, ())):
                self._known.pop(name, None)

    async def _ask(self) -> None:
        """Ask for what is wanted, batch after batch."""
        while self._wanted:
            names = list(self._wanted)[:_BATCH]
            for name in names:
                del self._wanted[name]
            changes, self._asked = self._changes, frozenset(names)
            try:
                found = await self._look_up(names)
            except GenbaError as error:
                self._left_alone_until = self._clock() + COOL_DOWN
                self._wanted.clear()
                log.warning("the wiki does not say who has an entry", reason=str(error)[:200])
                return
            finally:
                self._asked = frozenset()
            if changes == self._changes:  # else what it said may have been so before the change
                self._keep(names, found)

    async def _look_up(self, names: Sequence[str]) -> dict[str, tuple[str, str]]:
        lines = [_line(name) for name in names]
        if not any(lines):
            return {}
        answer = await self._client.link("\n".join(lines))
        spans = {(span.start, span.end): span for span in answer.spans}
        found, at = {}, 0
        for name, line in zip(names, lines, strict=True):
            span = spans.get((at, at + len(line)))
            if span is not None and line:
                found[name] = (urljoin(self._base_url, span.href), span.keyword)
            at += len(line) + 1
        return found

    def _keep(self, names: Sequence[str], found: dict[str, tuple[str, str]]) -> None:
        until = self._clock() + LIFETIME
        for name in names:
            url, keyword = found.get(name, (None, None))
            self._known[name] = _Known(url, keyword, until)
            self._known.move_to_end(name)
            if keyword is not None:
                self._names[keyword].add(name)
        while len(self._known) > _MOST_NAMES:
            name, known = self._known.popitem(last=False)
            if known.keyword is not None:
                self._names[known.keyword].discard(name)


def _line(name: str) -> str:
    """A name as a line; what could be no keyword is nobody's."""
    return name if len(name) <= _LONGEST and _KEYWORD.fullmatch(name) else ""


class NoEntryLinks:
    """Where there is no wiki nobody has an entry."""

    async def links(self, _names: Sequence[str]) -> dict[str, str]:
        """None."""
        return {}
