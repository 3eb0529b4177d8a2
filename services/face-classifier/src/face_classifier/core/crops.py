"""Faces in a photo, and each cut out of it upright: what models are fed with."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from face_classifier.core.pictures import Pixels

SIDE: Final = 112
"""Pixels across and down of a crop; a model looks at the middle `CENTRE` of it."""
CENTRE: Final = 96
MARGIN: Final = 1.2
"""Times the longer side of a face's box: some hair and chin tell people apart."""
STEEPEST: Final = math.radians(40)
"""A head that seems to lean more than this has its eyes mistaken for something else."""

_GRAIN: Final = 256
"""Pixels: more than any photo of 25 million is made smaller by before a crop is made."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a photo, in its pixels from the upper left corner.

    Attributes:
        x, y, width, height: of the box around it.
        score: how sure the detector is, from 0 to 1; 1 if it does not say.
        eyes: the left one in the picture, then the right one; None where they were not found.
    """

    x: float
    y: float
    width: float
    height: float
    score: float = 1.0
    eyes: tuple[Point, Point] | None = None

    @property
    def roll(self) -> float:
        """How far the head leans, in radians, clockwise; 0 where its eyes are not known."""
        if self.eyes is None:
            return 0.0
        (left_x, left_y), (right_x, right_y) = self.eyes
        lean = math.atan2(right_y - left_y, right_x - left_x)
        return lean if abs(lean) <= STEEPEST else 0.0

    def halved(self) -> "Face":
        """It in a photo of half the size."""
        eyes = None
        if self.eyes is not None:
            (left_x, left_y), (right_x, right_y) = self.eyes
            eyes = ((left_x / 2, left_y / 2), (right_x / 2, right_y / 2))
        return Face(self.x / 2, self.y / 2, self.width / 2, self.height / 2, self.score, eyes)


def _around(picture: Pixels, face: Face, margin: float) -> tuple[Pixels, Face]:
    """The part of a photo that a crop is made of, and the face in it: of 25 million pixels most are far from it.

    The part begins and ends at a multiple of `_GRAIN` pixels or at the photo's edge, so that halving it averages the
    same pixels as halving the whole.
    """
    reach = max(face.width, face.height) * margin
    middle_x, middle_y = face.x + face.width / 2, face.y + face.height / 2
    high, wide = picture.shape[:2]
    left, right = _span(middle_x, reach, wide)
    upper, lower = _span(middle_y, reach, high)
    eyes = None
    if face.eyes is not None:
        (left_x, left_y), (right_x, right_y) = face.eyes
        eyes = ((left_x - left, left_y - upper), (right_x - left, right_y - upper))
    placed = Face(face.x - left, face.y - upper, face.width, face.height, face.score, eyes)
    return picture[upper:lower, left:right], placed


def _span(middle: float, reach: float, size: int) -> tuple[int, int]:
    """From where to where, in one direction: a crop that is turned reaches 0.71 of its side from its middle."""
    start = math.floor((middle - reach) / _GRAIN) * _GRAIN
    end = math.ceil((middle + reach) / _GRAIN) * _GRAIN
    start = min(max(start, 0), (size - 1) // _GRAIN * _GRAIN)
    return start, min(max(end, start + 1), size)


def crop(picture: Pixels, face: Face, side: int = SIDE, *, margin: float = MARGIN) -> Pixels:
    """The face, `side` × `side` pixels, its eyes level; beyond the photo's edge its last pixels go on."""
    picture, face = _around(picture, face, margin)
    reach = max(face.width, face.height) * margin
    if reach > 2 * side:  # Pillow looks at single pixels: what becomes much smaller is averaged first
        return crop(np.asarray(Image.fromarray(picture).reduce(2)), face.halved(), side, margin=margin)
    across, down = (reach / side * part for part in (math.cos(face.roll), math.sin(face.roll)))
    room = math.ceil(reach)
    edged = np.pad(picture, ((room, room), (room, room), (0, 0)), mode="edge")
    # From each pixel of the crop to where it is in the photo: turned about the face's middle, and scaled.
    start_x = face.x + face.width / 2 + room - (across - down) * side / 2
    start_y = face.y + face.height / 2 + room - (down + across) * side / 2
    places = (across, -down, start_x, down, across, start_y)
    turned = Image.fromarray(edged).transform((side, side), Image.Transform.AFFINE, places, Image.Resampling.BICUBIC)
    return np.asarray(turned)


def centre(photos: Pixels) -> NDArray[np.float32]:
    """What a model looks at when it answers: the middle of each crop, [n, 96, 96, 3] in [0, 1]."""
    edge = (SIDE - CENTRE) // 2
    middle = photos[:, edge : edge + CENTRE, edge : edge + CENTRE]
    return np.divide(middle, 255, dtype=np.float32)
