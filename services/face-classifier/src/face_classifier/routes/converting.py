"""Core types as REST says them."""

from collections.abc import Sequence
from typing import Final

from face_classifier.core.crops import Face
from face_classifier.routes.problems import UnreadablePicture, problem_document
from face_classifier.usecases.looking import Given, Seen, Unseen
from genba_contracts import faces as contracts
from genba_contracts.problem import ProblemItem

_PLACES: Final = 1
"""Digits of a pixel: no detector is as exact as that."""
_SCORE_PLACES: Final = 3


def need_one(given: Sequence[Given], found: Sequence[Seen | Unseen]) -> None:
    """Refuse a request of which no picture could be read.

    Raises:
        UnreadablePicture: all are unreadable.
    """
    reasons = [each.reason for each in found if isinstance(each, Unseen)]
    if len(reasons) == len(given):
        items = [ProblemItem(pointer=f"body/pictures/{at}", detail=reason) for at, reason in enumerate(reasons)]
        raise UnreadablePicture("; ".join(dict.fromkeys(reasons[:3])), errors=items)


def detected_pictures(given: Sequence[Given], found: Sequence[Seen | Unseen]) -> contracts.DetectedPictures:
    """Where faces are."""
    return contracts.DetectedPictures(
        pictures=[_detected(each.name, seen) for each, seen in zip(given, found, strict=True)]
    )


def _detected(name: str | None, seen: Seen | Unseen) -> contracts.DetectedPicture:
    if isinstance(seen, Unseen):
        problem = problem_document(UnreadablePicture(seen.reason))
        return contracts.DetectedPicture(name=name, width=None, height=None, faces=[], problem=problem)
    return contracts.DetectedPicture(
        name=name, width=seen.width, height=seen.height, faces=[_face(face) for face in seen.faces], problem=None
    )


def _face(face: Face) -> contracts.DetectedFace:
    return contracts.DetectedFace(box=box_of(face), score=round(face.score, _SCORE_PLACES), eyes=eyes_of(face))


def box_of(face: Face) -> contracts.Box:
    """Where a face is."""
    return contracts.Box(
        x=round(face.x, _PLACES),
        y=round(face.y, _PLACES),
        width=round(face.width, _PLACES),
        height=round(face.height, _PLACES),
    )


def eyes_of(face: Face) -> tuple[contracts.Point, contracts.Point] | None:
    """Where its eyes are."""
    if face.eyes is None:
        return None
    left, right = (contracts.Point(x=round(x, _PLACES), y=round(y, _PLACES)) for x, y in face.eyes)
    return left, right
