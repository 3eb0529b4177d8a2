"""Colours for stages that nobody gave one: far apart from each other, and the same every time."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

PALETTE: Final = (
    "#d7263d", "#1b65c4", "#1f8a4c", "#e07a00", "#7b2cbf", "#0087a8", "#c2257f", "#6b7a00",
    "#3f4fb8", "#a6521b", "#00857a", "#9a1fb0", "#b58900", "#4f6d8f", "#d1495b", "#2e7d1f",
)  # fmt: skip


def stage_colours(ids: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """A colour for each stage, by its id.

    One that is given stays. For the others the id picks a place in the palette, and the next free one from there is
    taken, in the stages' order: a stage that is added last leaves all the others' colours as they are. Beyond the
    palette's size colours repeat.
    """
    ids = list(ids)
    taken = {given[stage] for stage in ids if stage in given}
    colours: dict[str, str] = {}
    for stage in ids:
        if stage not in given:
            if taken.issuperset(PALETTE):
                taken = set()
            first = blake2b(stage.encode("utf-8", "replace"), digest_size=1).digest()[0]
            turns = (PALETTE[(first + step) % len(PALETTE)] for step in range(len(PALETTE)))
            colours[stage] = next(colour for colour in turns if colour not in taken)
            taken.add(colours[stage])
        else:
            colours[stage] = given[stage]
    return colours
