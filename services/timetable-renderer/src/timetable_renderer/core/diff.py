"""What changed between two versions of a timetable."""

from dataclasses import dataclass

from timetable_renderer.core.festival import Slot


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
