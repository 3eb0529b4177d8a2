"""The tree of a chart: what painters paint, in order. Places are in pixels from the upper left corner."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from spot_price.core.chart.looks import Marker

Point: TypeAlias = tuple[float, float]


class Anchor(StrEnum):
    """Which end of a line of text is at its place."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


class Typesetter(Protocol):
    """Measures text about as the painters set it."""

    def width(self, text: str, size: int) -> float:
        """How far a line reaches, in pixels, at `size` pixels an em."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, each straight across from or straight above the one before; dashes as in `Look`."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.0
    dash: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in the middle of its place, `size` pixels across."""

    x: float
    y: float
    marker: Marker
    colour: str
    size: float = 8.0


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: int
    colour: str
    anchor: Anchor = Anchor.START
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """What is within points, its colour over what is under it by a share of 1."""

    points: tuple[Point, ...]
    colour: str
    share: float


Leaf: TypeAlias = Line | Mark | Words | Area


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together.

    Attributes:
        role: what it is: `axis`, `series`, `labels`, `legend`, `heading`.
        key: of the series.
    """

    role: str
    children: tuple["Group | Leaf", ...] = ()
    key: str = ""

    def leaves(self) -> Iterator[Leaf]:
        """Everything that is painted, in order."""
        for child in self.children:
            if isinstance(child, Group):
                yield from child.leaves()
            else:
                yield child

    def groups(self, role: str) -> Iterator["Group"]:
        """The groups of a role in it, itself included."""
        if self.role == role:
            yield self
        for child in self.children:
            if isinstance(child, Group):
                yield from child.groups(role)


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole chart.

    Attributes:
        background: None: whatever is there.
        title: what it shows, in words, for those who cannot see it.
    """

    width: int
    height: int
    background: str | None
    title: str
    root: Group
