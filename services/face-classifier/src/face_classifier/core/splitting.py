"""Which photos a model learns from, and by which it is judged: always by label, so that each has some of both."""

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from face_classifier.core.datasets import DataSet, DataSetError, Photo

RULES: Final = "first-N, last-N, fraction-0.N, or fold-K/N"
_RULE: Final = re.compile(
    r"(?:(first|last)-([1-9]\d{0,4})|(fraction)-(0?\.\d{1,4})|(fold)-([1-9]\d?)/([1-9]\d?))\Z", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Split:
    """A data set's photos, parted. Both parts keep the data set's order."""

    train: tuple[Photo, ...]
    test: tuple[Photo, ...]


def split(found: DataSet, rule: str, seed: int = 0) -> Split:
    """Part a data set.

    `first-5` learns from each label's first five photos, in the order of their names, and is judged by the others;
    `last-5` learns from the last five. `fraction-0.8` learns from that share of each label's photos, picked at random.
    `fold-2/5` deals them at random into five parts and is judged by the second. At random is by `seed` and the label
    alone, so that a label that is added changes nothing for the others.

    Raises:
        DataSetError: no such rule; or it leaves a label with nothing to learn from, or nothing at all to be judged by.
    """
    match = _RULE.match(rule)
    if match is None:
        raise DataSetError(f"{rule!r:.40} is no way to split: {RULES}")
    train: list[Photo] = []
    test: list[Photo] = []
    for label, photos in found.by_label().items():
        learnt = _learnt(match, label, photos, seed)
        if photos and not learnt:
            raise DataSetError(f"{rule} leaves nothing to learn {label!r} from: it has {_photos(len(photos))}")
        train += (photo for number, photo in enumerate(photos) if number in learnt)
        test += (photo for number, photo in enumerate(photos) if number not in learnt)
    if not test:
        raise DataSetError(f"{rule} leaves no photo to judge by: the data set has {_photos(len(train))}")
    return Split(tuple(train), tuple(test))


def _learnt(match: re.Match[str], label: str, photos: Sequence[Photo], seed: int) -> set[int]:
    end, number, fraction, share, _, part, parts = match.groups()
    count = len(photos)
    if end is not None:
        kept = min(int(number), count)
        return set(range(kept)) if end == "first" else set(range(count - kept, count))
    order = list(range(count))
    # not hash(): that differs from process to process
    own_seed = int.from_bytes(hashlib.sha256(f"{seed}/{label}".encode()).digest()[:8])
    random.Random(own_seed).shuffle(order)  # noqa: S311  (nobody gains by guessing it)
    if fraction is not None:
        # at least one of each, where there are two
        kept = min(max(round(float(share) * count), 1), max(count - 1, 1))
        return set(order[:kept])
    if int(part) > int(parts) or int(parts) < 2:  # noqa: PLR2004  (one part is no split)
        raise DataSetError(f"fold-{part}/{parts}: the part is one of at least two")
    return {each for place, each in enumerate(order) if place % int(parts) != int(part) - 1}


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"
