"""The colours of one picture, by index: exact where areas are flat, as fine as fits where edges are anti-aliased.

A timetable has few colours, and its text stands on flat ones. With a byte a pixel drawing moves a third of the bytes,
and the canvas is the PNG's rows already.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pair: TypeAlias = tuple[int, int]
"""Ink and what is behind it."""
Indexes: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Of one byte each in a small palette, else of two."""

SMALL: Final = 256
WIDE: Final = 65_536
_LEVELS: Final = (16, 12, 10, 8, 6, 5)
"""How many steps there may be from paper to ink, both ends counted."""
_LATTICES: Final = (1, 2, 4, 6, 8, 12, 16, 24)
"""To multiples of what shades may be rounded, a channel: 24 moves one by at most 12 of 255."""
_FINENESS: Final = sorted(product(_LEVELS, _LATTICES), key=lambda fineness: 115 / (fineness[0] - 1) + fineness[1])
"""Levels and lattices, finest first: errors of text on light tints, where rounding, which shifts hues, counts twice."""
_FOR_SHAPE: Final = 4
"""Entries that text leaves to the edges of each kind of rounded rectangle."""
_FOR_EDGES: Final = 96
"""Entries that it leaves to edges at most."""
_EDGE_LATTICE: Final = 8


@lru_cache(maxsize=1024)
def rgb(colour: str) -> int:
    """`#rrggbb` as a number."""
    if len(colour) != 7 or colour[0] != "#":  # noqa: PLR2004 - the form's length
        raise ValueError(f"{colour!r} is not of the form #rrggbb")
    return int(colour[1:], 16)


def channels(colours: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers as red, green and blue, in a new last dimension."""
    return np.stack((colours >> 16, (colours >> 8) & 255, colours & 255), axis=-1)


def packed(colours: NDArray[np.int64]) -> NDArray[np.int64]:
    """Red, green and blue in the last dimension as numbers."""
    return (colours[..., 0] << 16) | (colours[..., 1] << 8) | colours[..., 2]


def _rounded(colours: NDArray[np.int64], lattice: int) -> NDArray[np.int64]:
    if lattice == 1:
        return colours
    return np.minimum((colours + lattice // 2) // lattice * lattice, 255)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What palettes of the same areas and text begin with: pictures of a festival share it.

    Attributes:
        indexes: of the colours of areas, of text and, where there is room, of its edges.
        ramps: of text in a small palette.
        fineness: levels of text's edges, and the lattice on which their colours lie.
        room: how many colours there may be.
    """

    indexes: dict[int, int]
    ramps: dict[Pair, Indexes]
    fineness: tuple[int, int]
    room: int


class Palette:
    """Indexes of colours.

    Args:
        flats: the colours of areas and of text, which are kept exactly.
        pairs: of text and what is behind it.
        shapes: how many kinds of rounded rectangles there are, of different colours.
    """

    def __init__(self, flats: Iterable[int], pairs: Iterable[Pair], shapes: int) -> None:
        plan = _plan(tuple(sorted(set(flats))), tuple(sorted(set(pairs))), min(shapes * _FOR_SHAPE, _FOR_EDGES))
        self.fineness, self.room = plan.fineness, plan.room
        self.type: type[np.unsignedinteger[Any]] = np.uint8 if self.room == SMALL else np.uint16
        self._count = len(plan.indexes)
        self._numbers = np.zeros(self.room, np.int64)
        self._numbers[: self._count] = list(plan.indexes)
        self._indexes = dict(plan.indexes)
        self._ramps = dict(plan.ramps)

    def __len__(self) -> int:
        return self._count

    @property
    def is_small(self) -> bool:
        """Is an index one byte?"""
        return self.room == SMALL

    def table(self) -> NDArray[np.uint8]:
        """Red, green and blue of each index."""
        return channels(self._numbers[: self._count]).astype(np.uint8)

    def colour(self, index: int) -> int:
        """The colour of an index."""
        return int(self._numbers[index])

    def index(self, colour: int) -> int:
        """The index of a colour, or of the one that comes nearest where there is no room for more."""
        found = self._indexes.get(colour)
        if found is not None:
            return found
        if self._count < self.room:
            found = self._count
            self._numbers[found] = colour
            self._count += 1
        else:
            apart = channels(self._numbers) - channels(np.array(colour, np.int64))
            found = int((apart * apart).sum(axis=-1).argmin())
        self._indexes[colour] = found
        return found

    def numbers(self, indexes: Indexes) -> NDArray[np.int64]:
        """The colours of indexes, as numbers."""
        return self._numbers[indexes]

    def edges(self, colours: tuple[int, ...]) -> Indexes:
        """Indexes of the colours of edges: what is not there already comes coarser than in text."""
        if not self.is_small:
            return np.array([self.index(colour) for colour in colours], self.type)
        indexes = self._indexes
        coarse = _coarse(colours, max(self.fineness[1], _EDGE_LATTICE))
        return np.array(
            [
                indexes[exact] if exact in indexes else self.index(near)
                for exact, near in zip(colours, coarse, strict=True)
            ],
            self.type,
        )

    def ramp(self, ink: int, paper: int) -> Indexes:
        """The index for each coverage of ink over paper, 0 to 255."""
        ramp = self._ramps.get((ink, paper))
        if ramp is None:
            steps = _shades_of((ink, paper), self.fineness)
            indexes = [self.index(paper), *(self.index(shade) for shade in steps), self.index(ink)]
            ramp = self._ramps[ink, paper] = np.array(indexes, self.type)[_level_of_coverage(self.fineness[0])]
        return ramp


@lru_cache(maxsize=1024)
def _coarse(colours: tuple[int, ...], lattice: int) -> tuple[int, ...]:
    return tuple(packed(_rounded(channels(np.array(colours, np.int64)), lattice)).tolist())


@lru_cache(maxsize=1024)
def _shades_of(pair: Pair, fineness: tuple[int, int]) -> tuple[int, ...]:
    """What lies between paper and ink."""
    levels, lattice = fineness
    return tuple(packed(_rounded(_between((pair,), levels), lattice))[0].tolist())


@lru_cache(maxsize=len(_LEVELS))
def _level_of_coverage(levels: int) -> NDArray[np.intp]:
    return np.rint(np.arange(256) * (levels - 1) / 255).astype(np.intp)


def _between(pairs: tuple[Pair, ...], levels: int) -> NDArray[np.int64]:
    both = channels(np.array(pairs, np.int64))
    ink, paper = both[:, None, 0], both[:, None, 1]
    steps = levels - 1
    parts = np.arange(1, steps)[None, :, None]
    return (paper * (steps - parts) + ink * parts + steps // 2) // steps


@lru_cache(maxsize=64)
def _plan(flats: tuple[int, ...], pairs: tuple[Pair, ...], for_edges: int) -> _Plan:
    exact = sorted({*flats, *(colour for pair in pairs for colour in pair)})
    between: dict[int, NDArray[np.int64]] = {}
    for levels, lattice in _FINENESS if pairs else ():
        if levels not in between:
            between[levels] = _between(pairs, levels)
        shades = packed(_rounded(between[levels], lattice))
        others = set(np.unique(shades).tolist()) - set(exact)
        if len(exact) + len(others) + for_edges <= SMALL:
            indexes = {colour: index for index, colour in enumerate((*exact, *sorted(others)))}
            steps = _level_of_coverage(levels)
            ramps: dict[Pair, Indexes] = {
                (ink, paper): np.array([indexes[each] for each in (paper, *inner, ink)], np.uint8)[steps]
                for (ink, paper), inner in zip(pairs, shades.tolist(), strict=True)
            }
            return _Plan(indexes, ramps, (levels, lattice), SMALL)
    room = SMALL if not pairs and len(exact) + for_edges <= SMALL else WIDE
    return _Plan({colour: index for index, colour in enumerate(exact)}, {}, _FINENESS[0], room)
