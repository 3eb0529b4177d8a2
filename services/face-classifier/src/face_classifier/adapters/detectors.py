"""What finds faces: OpenCV's Haar cascades, which come with it, or YuNet with a model that is named.

Source: Viola and Jones, CVPR 2001; Lienhart and Maydt, ICIP 2002; Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level
Face Detector", Machine Intelligence Research 20, 2023.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

import cv2
import numpy as np

from face_classifier.core.crops import Face
from face_classifier.core.datasets import DataSetError
from face_classifier.core.pictures import Pixels
from face_classifier.ports import FaceDetector

LONGEST: Final = 1024
"""Pixels of the longer side at which faces are looked for: a larger photo is made smaller first."""
SMALLEST: Final = 40
"""Pixels of a face's side at least, then."""
MOST: Final = 50
"""Faces of one photo, the largest."""
EDGE: Final = 0.25
"""Of the longer side, that a photo's edge is continued by: with it all 350 of the ORL faces, which fill their photos,
are found, without it 322."""
_STEP: Final = 1.1
_NEIGHBOURS: Final = 4
_SURE: Final = 0.7
_EYES: Final = 2


class HaarDetector:
    """Fulfils `ports.FaceDetector`. It finds faces that look at the camera."""

    def __init__(self) -> None:
        folder = Path(cv2.__file__).parent / "data"
        self._faces = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_alt2.xml"))
        self._eyes = cv2.CascadeClassifier(str(folder / "haarcascade_eye.xml"))
        self._using = Lock()  # a cascade keeps what it works with

    def find(self, picture: Pixels) -> list[Face]:
        """The faces of a photo, the largest first."""
        grey, scale, edge = _prepared(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
        with self._using:
            boxes = self._faces.detectMultiScale(grey, _STEP, _NEIGHBOURS, minSize=(SMALLEST, SMALLEST))
            found = [self._face(grey, box) for box in np.asarray(boxes, np.int64).reshape(-1, 4).tolist()]
        return _placed(found, picture, scale, edge)

    def _face(self, grey: Any, box: list[int]) -> Face:
        x, y, width, height = box
        upper = grey[y : y + height * 6 // 10, x : x + width]
        eyes = self._eyes.detectMultiScale(upper, _STEP, _NEIGHBOURS, minSize=(width // 8, width // 8))
        middles = sorted(
            (x + ex + ew / 2, y + ey + eh / 2) for ex, ey, ew, eh in np.asarray(eyes).reshape(-1, 4).tolist()
        )
        apart = len(middles) == _EYES and middles[1][0] - middles[0][0] > width / 5
        return Face(x, y, width, height, eyes=(middles[0], middles[1]) if apart else None)


class YuNetDetector:
    """Fulfils `ports.FaceDetector`. It finds faces from the side too, and says how sure it is.

    Args:
        model: an ONNX file of YuNet.

    Raises:
        DataSetError: it is none.
    """

    def __init__(self, model: Path) -> None:
        try:
            self._net = cv2.FaceDetectorYN.create(str(model), "", (320, 320), _SURE, top_k=5_000)
        except cv2.error as error:
            raise DataSetError(f"{model}: no YuNet model ({str(error).splitlines()[0]:.100})") from None
        self._using = Lock()

    def find(self, picture: Pixels) -> list[Face]:
        """The faces of a photo, the largest first."""
        coloured, scale, edge = _prepared(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        with self._using:
            self._net.setInputSize((coloured.shape[1], coloured.shape[0]))
            _, rows = self._net.detect(coloured)
        found = []
        for row in [] if rows is None else rows.astype(float).tolist():
            x, y, width, height, right_x, right_y, left_x, left_y, *_, score = row
            eyes = sorted(((right_x, right_y), (left_x, left_y)))
            found.append(Face(x, y, width, height, min(1.0, score), (eyes[0], eyes[1])))
        return _placed(found, picture, scale, edge)


def _prepared(picture: Any) -> tuple[Any, float, int]:
    """The photo as it is looked through, how much smaller it is, and how far its edge was continued."""
    scale = max(1.0, max(picture.shape[:2]) / LONGEST)
    if scale > 1:
        size = (round(picture.shape[1] / scale), round(picture.shape[0] / scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    edge = round(max(picture.shape[:2]) * EDGE)
    return cv2.copyMakeBorder(picture, edge, edge, edge, edge, cv2.BORDER_REPLICATE), scale, edge


def _placed(found: list[Face], picture: Pixels, scale: float, edge: int) -> list[Face]:
    """Faces where they are in the photo itself; those whose middle is in the continued edge are none."""
    height, width = picture.shape[:2]
    faces = []
    for face in found:
        eyes = None
        if face.eyes is not None:
            (left_x, left_y), (right_x, right_y) = face.eyes
            eyes = (
                ((left_x - edge) * scale, (left_y - edge) * scale),
                ((right_x - edge) * scale, (right_y - edge) * scale),
            )
        box = ((face.x - edge) * scale, (face.y - edge) * scale, face.width * scale, face.height * scale)
        if 0 <= box[0] + box[2] / 2 <= width and 0 <= box[1] + box[3] / 2 <= height:
            faces.append(Face(*box, face.score, eyes))
    return sorted(faces, key=lambda each: -each.width * each.height)[:MOST]


class Detectors:
    """Fulfils `ports.FaceDetector`: as many detectors of one kind as threads use them, each for one thread at a time.

    Args:
        make: makes one.
    """

    def __init__(self, make: Callable[[], FaceDetector]) -> None:
        self._make = make
        self._resting = [make()]

    def find(self, picture: Pixels) -> list[Face]:
        """The faces of a photo, the largest first."""
        try:
            detector = self._resting.pop()  # from a list that is atomic
        except IndexError:
            detector = self._make()
        try:
            return detector.find(picture)
        finally:
            self._resting.append(detector)


def open_detectors(model: Path | None) -> Detectors:
    """Detectors of YuNet with that model, or Haar cascades if there is none.

    Raises:
        DataSetError: it is no model of YuNet.
    """
    cv2.setNumThreads(1)  # whoever asks has threads of their own; twice as many would take turns
    if model is None:
        return Detectors(HaarDetector)
    return Detectors(partial(YuNetDetector, model))
