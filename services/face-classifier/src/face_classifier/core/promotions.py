"""Which version of the model answers, and which did before: what `promoted.json` says."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

KEPT: Final = 100
"""Versions that are remembered as having answered before."""
FORMAT: Final = 1


class PromotionError(ValueError):
    """`promoted.json` cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Promotions:
    """Versions in the order in which they were to answer; the last one answers."""

    versions: tuple[int, ...] = ()

    @property
    def current(self) -> int | None:
        """The version that answers; None before the first."""
        return self.versions[-1] if self.versions else None

    def promote(self, version: int) -> "Promotions":
        """Have another version answer; nothing changes if it does already."""
        if version == self.current:
            return self
        return replace(self, versions=(*self.versions, version)[-KEPT:])

    def rollback(self) -> "Promotions | None":
        """Have that version answer that did before; None if there was none."""
        return replace(self, versions=self.versions[:-1]) if len(self.versions) > 1 else None


def write_promotions(promotions: Promotions) -> bytes:
    """`promoted.json`."""
    said = {"format": FORMAT, "version": promotions.current, "before": list(promotions.versions[:-1])}
    return (json.dumps(said) + "\n").encode()


def read_promotions(data: bytes) -> Promotions:
    """What a `promoted.json` says.

    Raises:
        PromotionError: it is none.
    """
    try:
        said: Any = json.loads(data)
        if said["format"] != FORMAT:
            raise PromotionError(f"promoted.json is not of format {FORMAT}")
        versions = (*said["before"], said["version"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PromotionError(f"promoted.json cannot be read: {error}") from error
    if not all(isinstance(version, int) and version > 0 for version in versions):
        raise PromotionError("promoted.json names something that is no version")
    return Promotions(versions[-KEPT:])
