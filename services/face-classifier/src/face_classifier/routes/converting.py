"""Core types as REST says them."""

from collections.abc import Sequence
from typing import Final

from face_classifier.core.crops import Face
from face_classifier.core.links import NOTHING, Links
from face_classifier.core.recognition import Recognition
from face_classifier.routes.problems import UnreadablePicture, problem_document
from face_classifier.usecases.looking import Given, Seen, Unseen
from face_classifier.usecases.recognizing import Known
from face_classifier.usecases.registry import Version
from face_classifier.usecases.serving import ServedModel
from genba_contracts import faces as contracts
from genba_contracts.problem import ProblemItem

_PLACES: Final = 1
"""Digits of a pixel: no detector is as exact as that."""
_SCORE_PLACES: Final = 3


def need_one(given: Sequence[Given], found: Sequence[Seen | Known | Unseen]) -> None:
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
        return contracts.DetectedPicture(name=name, faces=[], problem=problem)
    return contracts.DetectedPicture(
        name=name, width=seen.width, height=seen.height, faces=[_face(face) for face in seen.faces]
    )


def recognized_pictures(
    model: ServedModel, given: Sequence[Given], found: Sequence[Known | Unseen]
) -> contracts.RecognizedPictures:
    """Whose faces they are."""
    return contracts.RecognizedPictures(
        version=int(model.version),
        drawn=model.manifest.drawn,
        pictures=[_recognized(each.name, known) for each, known in zip(given, found, strict=True)],
    )


def _recognized(name: str | None, known: Known | Unseen) -> contracts.RecognizedPicture:
    if isinstance(known, Unseen):
        problem = problem_document(UnreadablePicture(known.reason))
        return contracts.RecognizedPicture(name=name, faces=[], problem=problem)
    faces = zip(known.seen.faces, known.recognitions, strict=True)
    return contracts.RecognizedPicture(
        name=name,
        width=known.seen.width,
        height=known.seen.height,
        faces=[_recognized_face(face, recognition, links_of(known, recognition)) for face, recognition in faces],
    )


def links_of(known: Known, recognition: Recognition) -> Links:
    """What is known elsewhere of whose face it is."""
    return NOTHING if recognition.unknown else known.links.get(recognition.guesses[0].label.id, NOTHING)


def _recognized_face(face: Face, recognition: Recognition, links: Links) -> contracts.RecognizedFace:
    return contracts.RecognizedFace(
        box=box_of(face),
        score=round(face.score, _SCORE_PLACES),
        eyes=eyes_of(face),
        guesses=[
            contracts.Guess(id=guess.label.id, name=guess.label.name, probability=guess.probability)
            for guess in recognition.guesses
        ],
        distance=min(2.0, max(0.0, recognition.distance)),
        unknown=recognition.unknown,
        wiki_url=links.wiki,
        appearances=[
            contracts.Appearance(
                festival=each.festival,
                stage=each.stage,
                start=each.start,
                end=each.end,
                title=each.title,
                url=each.url,
            )
            for each in links.appearances
        ],
    )


def labels(model: ServedModel) -> contracts.LabelList:
    """Whom a model knows."""
    return contracts.LabelList(
        version=int(model.version),
        drawn=model.manifest.drawn,
        items=[contracts.Label(id=label.id, name=label.name, keyword=label.keyword) for label in model.manifest.labels],
    )


def models(versions: Sequence[Version], answering: int | None) -> contracts.ModelList:
    """Versions, and which of them answers here."""
    return contracts.ModelList(items=[model(each, answers=each.number == answering) for each in versions])


def model(version: Version, *, answers: bool) -> contracts.Model:
    """A version."""
    about = version.manifest
    top1 = about.metrics.get("top1")
    return contracts.Model(
        version=version.number,
        name=about.name,
        architecture=about.architecture,
        labels=len(about.labels),
        drawn=about.drawn,
        promoted=version.promoted,
        answers=answers,
        top1=float(top1) if isinstance(top1, int | float) else None,
        data_set=about.data_set,
        git=about.git,
        created_at=about.created_at,
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
