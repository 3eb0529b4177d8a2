"""The layout tree: shapes and text at their places, grouped by what they are.

Places and sizes are in whole pixels of the finished picture, from its upper left corner. Painters paint a tree's leaves
in order and need to know nothing else; tests ask the groups.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias


class Weight(StrEnum):
    """A font's weight."""

    REGULAR = "regular"
    BOLD = "bold"

    # Enum's own hash is a function in Python, ten times as slow; this is a key wherever text is measured.
    __hash__ = str.__hash__


class Typesetter(Protocol):
    """Measures text as the painters set it, whatever scripts are in it. Sizes are in pixels an em."""

    def width(self, text: str, size: int, weight: Weight) -> float:
        """How far a line of text reaches, in pixels."""

    def ascent(self, size: int, weight: Weight) -> int:
        """Pixels from the baseline up to a line's top."""

    def descent(self, size: int, weight: Weight) -> int:
        """Pixels from the baseline down to a line's bottom."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: `right` and `bottom` are the first pixels outside."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """X of the first column outside."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Y of the first row outside."""
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        """Do the two share a pixel?"""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def contains(self, other: "Box") -> bool:
        """Is all of the other inside?"""
        inside_across = self.x <= other.x and other.right <= self.right
        return inside_across and self.y <= other.y and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True)
class Corners:
    """Which of a rectangle's corners are round."""

    left: bool = True
    right: bool = True


@dataclass(frozen=True, slots=True)
class Rounded:
    """A filled rectangle; `radius` 0 is a plain one. The border, if any, is drawn inside it.

    Colours are `#rrggbb`.
    """

    box: Box
    fill: str
    radius: int = 0
    border: str | None = None
    border_width: int = 0
    corners: Corners = Corners()


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text.

    Attributes:
        box: its place: as wide as it was measured, from its ascent to its descent.
        baseline: y of the baseline.
        background: the colour right behind it, against which it has to be readable.
    """

    box: Box
    baseline: int
    text: str
    size: int
    weight: Weight
    colour: str
    background: str


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code: rows of modules, True is dark; each is `module` pixels wide; the quiet zone is inside the box."""

    box: Box
    rows: tuple[tuple[bool, ...], ...]
    module: int
    dark: str
    light: str


Leaf: TypeAlias = Rounded | Text | Qr


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that belong together.

    Attributes:
        role: what they are: `header`, `day`, `card`, `chip`, `gap`, `time`, `legend`, `footer`, `column`…
        slot: the id of the slot that a card or a chip is of.
    """

    role: str
    box: Box
    children: tuple["Group | Leaf", ...] = ()
    slot: str | None = None

    def leaves(self) -> Iterator[Leaf]:
        """Everything that is painted, in order."""
        for child in self.children:
            if isinstance(child, Group):
                yield from child.leaves()
            else:
                yield child

    def groups(self, role: str | None = None) -> Iterator["Group"]:
        """This group and those in it, outermost first; of one role, if it is given."""
        if role is None or self.role == role:
            yield self
        for child in self.children:
            if isinstance(child, Group):
                yield from child.groups(role)


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture: everything in `root`, over one colour.

    Attributes:
        title: what it shows, in words, for those who cannot see it.
    """

    width: int
    height: int
    background: str
    root: Group
    title: str
