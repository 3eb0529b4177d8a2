"""Every surface of every entry, and where a text mentions them: exact at once after every change.

A large automaton holds the surfaces as of the last rebuild; what changed since is in a short log beside it. A match is
checked against the links as they are now by the text it covers, so a surface that went needs no work on the automaton,
and one that came is looked for in the log. Once the log is long, the automaton is rebuilt in a thread and swapped in.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from wiki_linker.core.automaton import Automaton, sweep
from wiki_linker.core.links import Link
from wiki_linker.core.options import EVERY, Accept
from wiki_linker.core.recent import RecentChanges, occurrences

Match = tuple[int, int, Link]
"""Start and end in code points, and the link that the text between them becomes."""

Names = tuple[int, str, Collection[str]]
"""An entry's id, keyword and aliases."""

# A rebuild of 8,000 surfaces takes some 20 ms of a thread, and 256 recent surfaces add 6 µs to each rendered page.
# A larger wiki may wait longer: a rebuild of a million takes seconds.
_REBUILD_AFTER: Final = 256
_REBUILD_AFTER_SHARE: Final = 64


class BuiltLinks:
    """Links that no longer change, with an automaton that finds their surfaces: the state as of `version`.

    Raises:
        ValueError: a surface is empty or holds a lone surrogate.
    """

    __slots__ = ("automaton", "links", "numbered", "version")

    def __init__(self, version: int, links: dict[str, Link]) -> None:
        self.version = version
        self.links = links
        self.automaton = Automaton(links)
        # By the automaton's numbers: a list look-up, where the text's slice would have to be made and hashed.
        self.numbered = list(links.values())


class LinkView:
    """The links of one moment. A snapshot never changes, and belongs to the one thread that it is handed to."""

    __slots__ = ("_built", "_overlay", "_recent")

    def __init__(self, built: BuiltLinks, overlay: dict[str, Link | None], recent: RecentChanges) -> None:
        self._built = built
        # What the surfaces that changed since then link to now, if anything.
        self._overlay = overlay
        self._recent = recent

    @property
    def version(self) -> int:
        """How many events made these links; it grows with every surface that comes or goes."""
        return self._recent.version

    def link_of(self, surface: str) -> Link | None:
        """The link that `surface` becomes, if it is a keyword or an alias."""
        if surface in self._overlay:
            return self._overlay[surface]
        return self._built.links.get(surface)

    def target_of(self, surface: str) -> int | None:
        """The id of the entry that `surface` links to."""
        link = self.link_of(surface)
        return None if link is None else link.entry_id

    def find(self, text: str, accept: Accept = EVERY, /) -> list[Match]:
        """What the alternation of all escaped surfaces, sorted longest first, would match in `text`, in order.

        What `accept` refuses is out before the leftmost-longest sweep: a shorter or a later match then takes its place.

        Raises:
            ValueError: the text holds a lone surrogate (as UnicodeEncodeError).
        """
        built = self._built
        hits = built.automaton.hits(text)
        recent = self._recent.hits(text, built.version) if self._overlay else []
        if not recent and accept is EVERY:
            # Seven texts in eight are decided here: nothing overlaps, and no surface that matched was changed.
            numbered, overlay = built.numbered, self._overlay
            matches = []
            position = 0
            for start, end, number in hits:
                link = numbered[number]
                if start < position or link.surface in overlay:
                    break
                matches.append((start, end, link))
                position = end
            else:
                return matches

        def counts(surface: str) -> bool:
            link = self.link_of(surface)
            return link is not None and (accept.link is None or accept.link(link))

        found = [(built.automaton, hits), *recent]
        return sweep(text, found, lambda start, end: self.link_of(text[start:end]), counts=counts, edge=accept.edge)

    def count_if_linked(self, text: str, surface: str) -> int:
        """How often `text` would link to `surface` if that were a surface beside all the others.

        Raises:
            ValueError: the text holds a lone surrogate (as UnicodeEncodeError).
        """
        wanted = occurrences(surface, text)
        if not wanted:
            return 0
        built = self._built
        found = [(built.automaton, built.automaton.hits(text)), *self._recent.hits(text, built.version), (None, wanted)]

        def counts(candidate: str) -> bool:
            return candidate == surface or self.link_of(candidate) is not None

        swept = sweep(text, found, lambda start, end: text[start:end] == surface, counts=counts)
        return sum(is_it for _, _, is_it in swept)


@dataclass(frozen=True, slots=True)
class RebuildPlan:
    """What a rebuild works from. Making it copies the short overlay only: microseconds, whatever the wiki's size."""

    version: int
    links: Mapping[str, Link]
    overlay: Mapping[str, Link | None]

    def build(self) -> BuiltLinks:
        """The slow part, for a thread: 20 ms for 8,000 surfaces, most of it without the interpreter lock."""
        links = {surface: link for surface, link in {**self.links, **self.overlay}.items() if link is not None}
        return BuiltLinks(self.version, links)


class LinkIndex(LinkView):
    """The links as they are now. It belongs to one thread (the event loop); others work on its `snapshot()`."""

    __slots__ = ("_gone", "_surfaces")

    def __init__(self) -> None:
        super().__init__(BuiltLinks(0, {}), {}, RecentChanges())
        # The surfaces last set for each entry, and the links that went since the log's start.
        self._surfaces: dict[int, tuple[str, ...]] = {}
        self._gone: set[Link] = set()

    @classmethod
    def build(cls, entries: Iterable[Names]) -> "LinkIndex":
        """An index of these entries, at version 0: about 30 ms for 8,000 surfaces.

        Raises:
            ValueError: a surface is empty or holds a lone surrogate.
        """
        index = cls()
        links: dict[str, Link] = {}
        for entry_id, keyword, aliases in entries:
            surfaces = tuple(dict.fromkeys((keyword, *aliases)))
            index._surfaces[entry_id] = surfaces
            links.update((surface, Link(surface, entry_id, keyword)) for surface in surfaces)
        index._built = BuiltLinks(0, links)
        return index

    def __len__(self) -> int:
        """How many entries have surfaces."""
        return len(self._surfaces)

    def surfaces_of(self, entry_id: int) -> tuple[str, ...]:
        """The surfaces of an entry, its keyword first; empty if it has none."""
        return self._surfaces.get(entry_id, ())

    def set_entry(self, entry_id: int, keyword: str, aliases: Collection[str] = (), *, live: bool = True) -> None:
        """Make `keyword` and `aliases` the surfaces of an entry, or leave it none if it is not `live`.

        Doing it again changes nothing. A surface belongs to one entry at a time; one that another entry holds is taken
        from it.

        Raises:
            ValueError: a surface is empty or holds a lone surrogate; nothing is changed then.
        """
        wanted = tuple(dict.fromkeys((keyword, *aliases))) if live else ()
        for surface in wanted:
            _check(surface)
        for surface in self._surfaces.get(entry_id, ()):
            link = self.link_of(surface)
            if link is not None and link.entry_id == entry_id and surface not in wanted:
                self._remove(link)
        for surface in wanted:
            link = self.link_of(surface)
            if link is None or (link.entry_id, link.keyword) != (entry_id, keyword):
                if link is not None:
                    self._remove(link)
                self._overlay[surface] = Link(surface, entry_id, keyword)
                self._recent.events.append(surface)
        if wanted:
            self._surfaces[entry_id] = wanted
        else:
            self._surfaces.pop(entry_id, None)

    def _remove(self, link: Link) -> None:
        self._overlay[link.surface] = None
        self._gone.add(link)
        self._recent.events.append(link)

    def still_exact(self, texts: Iterable[str], links: Collection[Link], version: int) -> bool:
        """Whether texts rendered at `version` with exactly these `links` would be rendered the same way now.

        True is always right: every link is still one, and no text holds a surface that came since. (A surface that
        went without being linked changes nothing: a longer or an earlier match had won over it.) False may be too
        careful: a new surface may lie inside a longer link, or `version` may be from before the last rebuild but one.
        """
        recent = self._recent
        if version == recent.version:
            return True
        if version < recent.start or not self._gone.isdisjoint(links):
            return False
        return not any(recent.hits(text, version) for text in texts)

    @property
    def needs_rebuild(self) -> bool:
        """Whether so much changed since the last rebuild that another one pays."""
        since = self.version - self._built.version
        return since > max(_REBUILD_AFTER, len(self._built.links) // _REBUILD_AFTER_SHARE)

    def snapshot(self) -> LinkView:
        """The links of this moment, for another thread: it costs a copy of the recent changes."""
        return LinkView(self._built, self._overlay.copy(), self._recent.copy())

    def plan_rebuild(self) -> RebuildPlan:
        """Start a rebuild: run the plan's `build()` in a thread and hand the outcome to `adopt()`."""
        return RebuildPlan(self.version, self._built.links, self._overlay.copy())

    def adopt(self, built: BuiltLinks) -> None:
        """Swap in a rebuilt automaton. What changed since its plan stays in the log; an outdated one is ignored."""
        before = self._built.version
        if built.version <= before:
            return
        changed = (event if isinstance(event, str) else event.surface for event in self._recent.since(built.version))
        overlay = {surface: self.link_of(surface) for surface in changed}
        # The log reaches back to the rebuild before this one, so that pages rendered before it need not be rendered
        # again at once.
        self._recent = RecentChanges(before, self._recent.since(before))
        self._gone = {event for event in self._recent.events if isinstance(event, Link)}
        self._built, self._overlay = built, overlay


def _check(surface: str) -> None:
    if not surface:
        raise ValueError("an empty surface would link everywhere")
    surface.encode()
