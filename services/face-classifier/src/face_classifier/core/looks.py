"""What can be told of a photo without knowing whose it is: too small, blurred, nearly the same as another."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from face_classifier.core.pictures import Pixels

HASH_SIDE: Final = 16
NEAR: Final = 11
"""Bits of 256. Saved again as JPEG (quality 60) nine of ten photos differ by 8 at most; two of one person by 12."""
_FLAT: Final = 2
"""Of 255: what rises by less is noise."""
TINY: Final = 64
"""Pixels of the shorter side, under which a face has too little to be told by."""
SHARP_SIDE: Final = 96
_CROSS: Final = 3
BLURRED: Final = 35.0
"""Variance of the Laplacian at 96 pixels, under which a face has no edges left."""


def difference_hash(picture: Pixels) -> NDArray[np.bool_]:
    """256 bits: whether brightness rises to the right by more than noise does, 16 by 16 cells (dHash, Krawetz 2013)."""
    grey = Image.fromarray(picture).convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    cells = np.asarray(grey, np.int16)
    return (np.diff(cells, axis=1) > _FLAT).ravel()


def near_pairs(hashes: Sequence[NDArray[np.bool_]], *, near: int = NEAR) -> list[tuple[int, int]]:
    """Which pictures nearly look the same, as pairs of numbers, the first smaller; distances are Hamming's.

    It compares all with all, 1,024 at a time, as a product of matrices: 20,000 pictures take about 3 s.
    """
    if not hashes:
        return []
    bits = np.stack(hashes).astype(np.float32) * 2 - 1
    count, size = bits.shape
    found: list[tuple[int, int]] = []
    for start in range(0, count, 1024):
        block = bits[start : start + 1024]
        apart = (size - block @ bits[start:].T) / 2
        rows, columns = np.nonzero(apart <= near + 0.5)
        keep = columns > rows
        found += zip((rows[keep] + start).tolist(), (columns[keep] + start).tolist(), strict=True)
    return found


def sharpness(picture: Pixels) -> float:
    """The variance of the Laplacian of the brightness at 96 pixels (Pech-Pacheco et al., ICPR 2000)."""
    image = Image.fromarray(picture).convert("L")
    image.thumbnail((SHARP_SIDE, SHARP_SIDE), Image.Resampling.BOX)
    grey = np.asarray(image, np.float32)
    if min(grey.shape) < _CROSS:
        return 0.0
    middle = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle
    return float(laplacian.var())
