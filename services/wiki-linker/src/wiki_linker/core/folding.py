"""Finding mentions whatever their case and width, at their places in the text as it is.

Texts and surfaces are folded unit by unit: a unit is as many characters as fold together (㍿, or half-width ｶﾞ, or e
with an accent behind it), and every unit's edges are known in the original. A mention begins and ends at edges of
units, so it never covers a part of a character.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final
from unicodedata import category, is_normalized, normalize

from wiki_linker.core.automaton import Automaton, sweep
from wiki_linker.core.index import RebuildPlan
from wiki_linker.core.links import Link
from wiki_linker.core.options import Accept

CLOSED: Final = -1
"""An edge at which no mention may begin or end."""

# Normalizing sorts the marks of a character in quadratic time: 14 s for 80,000 of them. Unicode's stream-safe format
# (UAX 15, section 13) cuts at 30 too; no language comes near it.
_UNIT_MAX: Final = 31


@dataclass(frozen=True, slots=True)
class Folding:
    """What makes no difference: case (Unicode case folding) and width (Unicode NFKC, UAX 15)."""

    case: bool
    width: bool

    def fold(self, text: str) -> str:
        """The text as it is compared."""
        return self.map(text).text

    def map(self, text: str) -> "Mapped":
        """The text as it is compared, with where each of its characters comes from.

        About 1 ms for 2.3 KB of Japanese; some microseconds for a text that folding does not change.
        """
        if text.isascii() and not (self.case and text != text.lower()):
            return Mapped(text, range(len(text) + 1))
        parts: list[str] = []
        edges: list[int] = [0]
        start = 0
        for end in range(1, len(text) + 1):
            if self.width and end < len(text) and end - start < _UNIT_MAX and _joins(text[end]):
                continue
            part = _fold_unit(text[start:end], self.case, self.width)
            parts.append(part)
            edges.extend([CLOSED] * (len(part) - 1))
            edges.append(end)
            start = end
        return Mapped("".join(parts), edges)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text to search that was made from another.

    `edges[i]` is where position i is in the original, or `CLOSED`. There is one edge more than there are characters,
    and those that are open grow strictly.
    """

    text: str
    edges: Sequence[int]


@lru_cache(maxsize=65536)
def _fold_unit(unit: str, case: bool, width: bool) -> str:
    if width:
        unit = normalize("NFKC", unit)
    if case:
        unit = unit.casefold()
        if width and not is_normalized("NFKC", unit):
            unit = normalize("NFKC", unit)
    return unit


@lru_cache(maxsize=65536)
def _joins(character: str) -> bool:
    """Whether NFKC may put it together with what stands before it: marks, and Hangul vowels and finals."""
    first = normalize("NFKD", character)[0]
    return category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"


class FoldedLinks:
    """Links by their folded surfaces. It never changes, and may be used from several threads at once.

    Making it takes about 60 ms for 8,000 surfaces.
    """

    __slots__ = ("automaton", "folding", "links")

    def __init__(self, links: Iterable[Link], folding: Folding) -> None:
        self.folding = folding
        self.links: dict[str, list[Link]] = {}
        for link in links:
            self.links.setdefault(folding.fold(link.surface), []).append(link)
        self.automaton = Automaton(self.links)


class FoldedView:
    """The links of one moment, found whatever their case or width: those of the last rebuild and what changed since.

    Where several surfaces fold to the same, a mention links to the one that the text has verbatim, and else to the one
    of the oldest entry (the smallest id; of its surfaces the first in code point order).
    """

    __slots__ = ("_base", "_overlay", "_recent")

    def __init__(self, base: FoldedLinks, overlay: Mapping[str, Link | None]) -> None:
        self._base = base
        self._overlay = overlay
        self._recent = FoldedLinks((link for link in overlay.values() if link is not None), base.folding)

    def find(self, text: str, accept: Accept | None = None, /) -> list[tuple[int, int, Link]]:
        """Leftmost-longest over the accepted matches in the folded text: start and end in `text`, and the link.

        Raises:
            ValueError: the text holds a lone surrogate (as UnicodeEncodeError).
        """
        mapped = self._base.folding.map(text)
        folded, edges = mapped.text, mapped.edges

        def accepted(first: int, last: int) -> Link | None:
            start, end = edges[first], edges[last]
            if CLOSED in {start, end}:
                return None
            verbatim = text[start:end]
            candidates = self._candidates(folded[first:last])
            candidates.sort(key=lambda link: (link.surface != verbatim, link.entry_id, link.surface))
            return next((link for link in candidates if accept is None or accept(start, end, link)), None)

        found = [(links.automaton, links.automaton.hits(folded)) for links in (self._base, self._recent) if links.links]
        return [(edges[first], edges[last], link) for first, last, link in sweep(folded, found, accepted)]

    def _candidates(self, folded: str) -> list[Link]:
        kept = [link for link in self._base.links.get(folded, ()) if link.surface not in self._overlay]
        return kept + self._recent.links.get(folded, [])


class FoldedIndex:
    """The folded links of a wiki, made when they are first asked for and again after each rebuild of its index.

    Its views are exact at once after every change, as the index is: what changed since the rebuild is folded anew each
    time (about 2 ms for 256 surfaces). It may be used from several threads at once.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: dict[Folding, tuple[Mapping[str, Link], FoldedLinks]] = {}

    def view(self, plan: RebuildPlan, folding: Folding) -> FoldedView:
        """The links of the moment at which `LinkIndex.plan_rebuild()` gave `plan`; to be called in a thread."""
        with self._lock:
            made = self._made.get(folding)
            if made is None or made[0] is not plan.links:
                made = plan.links, FoldedLinks(plan.links.values(), folding)
                self._made[folding] = made
        return FoldedView(made[1], plan.overlay)
