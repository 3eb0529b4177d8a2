"""Finding mentions whatever their case and width, at their places in the text as it is.

Texts and surfaces are folded unit by unit: a unit is as many characters as fold together (㍿, or half-width ｶﾞ, or e
with an accent behind it), and every unit's edges are known in the original. A mention begins and ends at edges of
units, so it never covers a part of a character.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final
from unicodedata import category, is_normalized, normalize

from wiki_linker.core.automaton import Automaton, sweep
from wiki_linker.core.index import RebuildPlan
from wiki_linker.core.links import Link
from wiki_linker.core.options import EVERY, Accept

CLOSED: Final = -1
"""An edge at which no mention may begin or end."""

# Normalizing sorts the marks of a character in quadratic time: 14 s for 80,000 of them. Unicode's stream-safe format
# (UAX 15, section 13) cuts at 30 too; no language comes near it.
_UNIT_MAX: Final = 30


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

        About 0.3 ms for 2.3 KB of Japanese: what folding does not touch is passed over in runs.
        """
        joining = [character for character in set(text) if self.width and _joins(character)]
        changing = [character for character in set(text) if _fold_unit(character, self.case, self.width) != character]
        units = [rf".[{re.escape(''.join(joining))}]{{1,{_UNIT_MAX}}}"] if joining else []
        units += [f"[{re.escape(''.join(changing))}]"] if changing else []
        if not units:
            return Mapped(text, range(len(text) + 1))
        parts: list[str] = []
        edges: list[int] = []
        position = 0
        for unit in re.finditer("|".join(units), text, re.DOTALL):
            part = _fold_unit(unit[0], self.case, self.width)
            parts += (text[position : unit.start()], part)
            edges += range(position, unit.start() + 1)
            edges += [CLOSED] * (len(part) - 1)
            position = unit.end()
        parts.append(text[position:])
        edges += range(position, len(text) + 1)
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

    Making it takes about 70 ms for 7,000 surfaces.
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

    def find(self, text: str, accept: Accept = EVERY, /) -> list[tuple[int, int, Link]]:
        """Leftmost-longest over the accepted matches in the folded text: start and end in `text`, and the link.

        Raises:
            ValueError: the text holds a lone surrogate (as UnicodeEncodeError).
        """
        mapped = self._base.folding.map(text)
        folded, edges = mapped.text, mapped.edges

        def candidates(surface: str) -> list[Link]:
            found = self._candidates(surface)
            return found if accept.link is None else list(filter(accept.link, found))

        def choose(first: int, last: int) -> Link:
            verbatim = text[edges[first] : edges[last]]
            found = candidates(folded[first:last])
            return min(found, key=lambda link: (link.surface != verbatim, link.entry_id, link.surface))

        def edge(place: int) -> bool:
            return edges[place] != CLOSED and (accept.edge is None or accept.edge(edges[place]))

        found = [(links.automaton, links.automaton.hits(folded)) for links in (self._base, self._recent) if links.links]
        swept = sweep(folded, found, choose, counts=lambda surface: bool(candidates(surface)), edge=edge)
        return [(edges[first], edges[last], link) for first, last, link in swept]

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
