"""What changed between two versions of a timetable."""

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from timetable_renderer.core.festival import Festival, Slot

_Names: TypeAlias = Callable[[Slot], Hashable]
_NEAREST: Final = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """A slot that is at another time or place now; its id changed with it."""

    before: Slot
    after: Slot


@dataclass(frozen=True, slots=True)
class Changed:
    """A slot that kept its id but says something else: its title (`renamed`), end, details or kind."""

    before: Slot
    after: Slot

    @property
    def renamed(self) -> bool:
        """Is it called otherwise?"""
        return self.before.title != self.after.title


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes, in the order of the slots."""

    added: tuple[Slot, ...] = ()
    removed: tuple[Slot, ...] = ()
    moved: tuple[Moved, ...] = ()
    changed: tuple[Changed, ...] = ()

    def __bool__(self) -> bool:
        """Has anything changed?"""
        return bool(self.added or self.removed or self.moved or self.changed)


def compare(before: Festival, after: Festival) -> Diff:
    """What the second says otherwise than the first.

    A slot that went and one that came are one that moved if they have the same title, or else the same performers; of
    several such the two nearest in time belong together.
    """
    old = {slot.id: slot for slot in before.slots}
    new = {slot.id: slot for slot in after.slots}
    changed = tuple(
        Changed(old[slot.id], slot) for slot in after.slots if slot.id in old and _said(old[slot.id]) != _said(slot)
    )
    removed = [slot for slot in before.slots if slot.id not in new]
    added = [slot for slot in after.slots if slot.id not in old]
    moved: dict[str, Moved] = {}
    gone: set[str] = set()
    for names in (_title, _performers):
        free = [slot for slot in removed if slot.id not in gone]
        coming = [slot for slot in added if slot.id not in moved]
        for pair in _pairs(free, coming, names):
            moved[pair.after.id] = pair
            gone.add(pair.before.id)
    return Diff(
        added=tuple(slot for slot in added if slot.id not in moved),
        removed=tuple(slot for slot in removed if slot.id not in gone),
        moved=tuple(moved[slot.id] for slot in added if slot.id in moved),
        changed=changed,
    )


def affected(diff: Diff, picks: Collection[str]) -> Diff:
    """What of a diff concerns somebody who picked these ids: which are gone, moved (and where to) or changed."""
    mine = frozenset(picks)
    return Diff(
        removed=tuple(slot for slot in diff.removed if slot.id in mine),
        moved=tuple(one for one in diff.moved if one.before.id in mine),
        changed=tuple(one for one in diff.changed if one.before.id in mine),
    )


def _said(slot: Slot) -> Hashable:
    """Everything about a slot that may change while its id does not; times as what the clock shows and what passes."""
    return slot.start.timestamp(), slot.end.timestamp(), slot.title, slot.performers, slot.detail, slot.kind


def _pairs(removed: Iterable[Slot], added: Iterable[Slot], names: _Names) -> list[Moved]:
    """Slots of the same names, each at most once, nearest in time first.

    Per name the candidates are a slot's `_NEAREST` neighbours in time, so that a name on thousands of slots costs no
    square of them; what is left of it then is paired in order.
    """
    olds: dict[Hashable, list[Slot]] = defaultdict(list)
    for slot in removed:
        if (key := names(slot)) is not None:
            olds[key].append(slot)
    for slots in olds.values():
        slots.sort(key=lambda slot: (slot.start.timestamp(), slot.id))
    candidates: list[tuple[float, bool, str, str, Slot, Slot]] = []
    for slot in added:
        there = olds.get(names(slot), [])
        middle = bisect_left(there, slot.start.timestamp(), key=lambda one: one.start.timestamp())
        for old in there[max(0, middle - _NEAREST) : middle + _NEAREST]:
            apart = abs(old.start.timestamp() - slot.start.timestamp())
            candidates.append((apart, old.stage != slot.stage, old.id, slot.id, old, slot))
    found: list[Moved] = []
    used: set[str] = set()
    for *_, old, slot in sorted(candidates, key=lambda one: one[:4]):
        if not used & {"-" + old.id, "+" + slot.id}:
            used |= {"-" + old.id, "+" + slot.id}
            found.append(Moved(old, slot))
    left = {key: iter([old for old in slots if "-" + old.id not in used]) for key, slots in olds.items()}
    late = [(left[names(slot)], slot) for slot in added if names(slot) in left and "+" + slot.id not in used]
    return found + [Moved(other, slot) for rest, slot in late if (other := next(rest, None)) is not None]


def _title(slot: Slot) -> Hashable:
    return _folded(slot.title)


def _performers(slot: Slot) -> Hashable:
    return frozenset(map(_folded, slot.performers)) or None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
