"""The colours of one picture, by index: exact where areas are flat, as fine as fits where edges are anti-aliased.

A timetable has few colours, and its text stands on flat ones. With a byte a pixel drawing moves a third of the bytes,
and the canvas is the PNG's rows already.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pair: TypeAlias = tuple[int, int]
"""Ink and what is behind it."""
Indexes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

SMALL: Final = 256
WIDE: Final = 65_536
_STEPS: Final = 15
"""Shades between paper and ink, and the ink: text keeps its form from 16 levels on."""
_FOR_CORNERS: Final = 40
"""Entries of a small palette that text leaves to the shades of round corners."""
_LATTICES: Final = (1, 2, 4, 6, 8, 12, 16, 20, 24)
"""Shades are rounded to multiples of these, a channel: 24 moves one by at most 12 of 255."""
_COVERAGE_STEP: Final = np.rint(np.arange(256) * _STEPS / 255).astype(np.intp)


@lru_cache(maxsize=1024)
def rgb(colour: str) -> int:
    """`#rrggbb` as a number."""
    if len(colour) != 7 or colour[0] != "#":  # noqa: PLR2004 - the form's length
        raise ValueError(f"{colour!r} is not of the form #rrggbb")
    return int(colour[1:], 16)


def channels(colours: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Numbers as red, green and blue, in a new last dimension."""
    return np.stack((colours >> 16, (colours >> 8) & 255, colours & 255), axis=-1)


def packed(colours: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Red, green and blue in the last dimension as numbers."""
    return (colours[..., 0] << 16) | (colours[..., 1] << 8) | colours[..., 2]


def _rounded(colours: "NDArray[np.int64]", lattice: int) -> "NDArray[np.int64]":
    if lattice == 1:
        return colours
    return np.minimum((colours + lattice // 2) // lattice * lattice, 255)


class Palette:
    """Indexes of colours.

    Args:
        flats: the colours of areas and of text, which are kept exactly.
        pairs: of text and what is behind it.
    """

    def __init__(self, flats: Iterable[int], pairs: Iterable[Pair]) -> None:
        exact, shades, self.lattice, self.room = _plan(tuple(sorted(set(flats))), tuple(sorted(set(pairs))))
        self._colours = [*exact, *shades]
        self._indexes = {colour: index for index, colour in enumerate(self._colours)}
        self._ramps: dict[Pair, Indexes] = {}
        self._tables: dict[Pair, bytes] = {}
        self.type: type[np.uint8] | type[np.uint16] = np.uint8 if self.room == SMALL else np.uint16

    def __len__(self) -> int:
        return len(self._colours)

    @property
    def is_small(self) -> bool:
        """Is an index one byte?"""
        return self.room == SMALL

    def table(self) -> "NDArray[np.uint8]":
        """Red, green and blue of each index."""
        return channels(np.array(self._colours, np.int64)).astype(np.uint8)

    def colour(self, index: int) -> int:
        """The colour of an index."""
        return self._colours[index]

    def index(self, colour: int) -> int:
        """The index of a colour, or of the one that comes nearest where there is no room for more."""
        found = self._indexes.get(colour)
        if found is not None:
            return found
        if len(self._colours) < self.room:
            self._colours.append(colour)
            found = len(self._colours) - 1
        else:
            apart = channels(np.array(self._colours, np.int64)) - channels(np.array(colour, np.int64))
            found = int((apart * apart).sum(axis=-1).argmin())
        self._indexes[colour] = found
        return found

    def shades(self, colours: "NDArray[np.int64]") -> Indexes:
        """Indexes of colours of edges, given as red, green and blue: coarser than those of text."""
        lattice = max(self.lattice, 8) if self.is_small else 1
        numbers, places = np.unique(packed(colours), return_inverse=True)
        coarse = packed(_rounded(channels(numbers), lattice))
        indexes = [
            self._indexes[exact] if exact in self._indexes else self.index(near)
            for exact, near in zip(numbers.tolist(), coarse.tolist(), strict=True)
        ]
        return np.array(indexes, self.type)[places.reshape(colours.shape[:-1])]

    def ramp(self, ink: int, paper: int) -> Indexes:
        """The index for each coverage of ink over paper, 0 to 255."""
        ramp = self._ramps.get((ink, paper))
        if ramp is None:
            steps = _shades_of((ink, paper), self.lattice)
            indexes = [self.index(paper), *(self.index(shade) for shade in steps), self.index(ink)]
            ramp = self._ramps[ink, paper] = np.array(indexes, self.type)[_COVERAGE_STEP]
        return ramp

    def ramp_bytes(self, ink: int, paper: int) -> bytes:
        """The same as a table for `bytes.translate`, which is 4 times as fast as numpy's indexing."""
        table = self._tables.get((ink, paper))
        if table is None:
            table = self._tables[ink, paper] = self.ramp(ink, paper).tobytes()
        return table


@lru_cache(maxsize=1024)
def _shades_of(pair: Pair, lattice: int) -> tuple[int, ...]:
    """What lies between paper and ink."""
    return tuple(packed(_rounded(_between((pair,)), lattice))[0].tolist())


def _between(pairs: tuple[Pair, ...]) -> "NDArray[np.int64]":
    both = channels(np.array(pairs, np.int64))
    ink, paper = both[:, None, 0], both[:, None, 1]
    parts = np.arange(1, _STEPS)[None, :, None]
    return (paper * (_STEPS - parts) + ink * parts + _STEPS // 2) // _STEPS


@lru_cache(maxsize=64)
def _plan(flats: tuple[int, ...], pairs: tuple[Pair, ...]) -> tuple[tuple[int, ...], tuple[int, ...], int, int]:
    """The exact colours, the shades of text, the lattice they are rounded to, and the room there is."""
    exact = tuple(sorted({*flats, *(colour for pair in pairs for colour in pair)}))
    if not pairs:
        return exact, (), 1, SMALL if len(exact) + _FOR_CORNERS <= SMALL else WIDE
    between = _between(pairs)
    for lattice in _LATTICES:
        shades = set(np.unique(packed(_rounded(between, lattice))).tolist()) - set(exact)
        if len(exact) + len(shades) + _FOR_CORNERS <= SMALL:
            return exact, tuple(sorted(shades)), lattice, SMALL
    return exact, (), 1, WIDE
