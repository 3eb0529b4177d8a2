"""Requests and responses of the face service's REST API.

Paths are under `/v1`. Bodies are JSON in UTF-8, or files in a form; errors are `genba_contracts.problem.Problem`.
Places in a picture are in its pixels, from the upper left corner of the picture as it is looked at: turned as its EXIF
orientation says.
"""

from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field

from genba_contracts.fields import WHOLE, Wire, WireRequest, at_most, examples
from genba_contracts.problem import Problem

PICTURES_MAX: Final = 16
"""Pictures in a request."""
TOP_MAX: Final = 100
"""Guesses of one face."""
TOP_DEFAULT: Final = 5
FACES_MAX: Final = 50
"""Faces of one picture, the largest."""
_URL_MAX: Final = 2_000

_DOT: Final = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADklEQVR42mNogAIGyhgAgIQgARDoahcAAAAASUVORK5CYII="
"""A PNG file of 8 × 8 grey pixels."""
_BOX: Final[dict[str, Any]] = {"x": 212.0, "y": 96.5, "width": 148.0, "height": 148.0}
_FACE: Final[dict[str, Any]] = {
    "box": _BOX,
    "score": 1.0,
    "eyes": [{"x": 252.1, "y": 150.4}, {"x": 318.9, "y": 148.7}],
}
_PICTURE: Final[dict[str, Any]] = {
    "name": "encore.jpg",
    "width": 640,
    "height": 480,
    "faces": [_FACE],
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "urn:genba:problem:unreadable-picture",
    "title": "A picture cannot be read",
    "status": 422,
    "detail": "no picture in JPEG, PNG, WebP or PGM",
}
_UNREAD: Final[dict[str, Any]] = {
    "name": "notes.txt",
    "faces": [],
    "problem": _PROBLEM,
}


_GUESS: Final[dict[str, Any]] = {"id": "aoi", "name": "Aoi", "probability": 0.982}
_APPEARANCE: Final[dict[str, Any]] = {
    "festival": "GENBA FES 2026",
    "stage": "HOT STAGE",
    "start": "2026-08-07T10:30:00+09:00",
    "end": "2026-08-07T11:00:00+09:00",
    "title": "Aoi",
    "url": "http://127.0.0.1:8002/f/genba-fes-2026",
}
_KNOWN: Final[dict[str, Any]] = {
    **_FACE,
    "guesses": [_GUESS],
    "distance": 0.11,
    "unknown": False,
    "wiki_url": "http://127.0.0.1:8001/keyword/Aoi",
    "appearances": [_APPEARANCE],
}
_LABEL: Final[dict[str, Any]] = {"id": "aoi", "name": "Aoi", "keyword": "Aoi (singer)"}
_MODEL: Final[dict[str, Any]] = {
    "version": 3,
    "name": "orl",
    "architecture": "resnet",
    "labels": 35,
    "drawn": False,
    "promoted": True,
    "answers": True,
    "top1": 0.983,
    "data_set": "5f1c0a9e3b7d4e2a9b6c8d0f1e2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c",
    "git": "1fba9db",
    "created_at": "2026-04-18T09:30:00Z",
}


class PictureData(WireRequest):
    """A picture in the request itself."""

    data: str = Field(min_length=1, description="The file (JPEG, PNG, WebP, PGM) in Base64 (RFC 4648, section 4).")
    name: str | None = Field(default=None, max_length=200, description="What the answer calls it.")


class PictureUrl(WireRequest):
    """A picture that is fetched; from public addresses, unless the service is set to allow others."""

    url: str = Field(
        min_length=1,
        max_length=_URL_MAX,
        pattern="^https?://",
        description="Where it is.",
        examples=["https://example.org/encore.jpg"],
    )


class PicturesRequest(WireRequest):
    """Pictures to look at."""

    model_config = WireRequest.model_config | {
        "json_schema_extra": examples({"pictures": [{"data": _DOT, "name": "grey.png"}]})
    }

    pictures: Annotated[list[PictureData | PictureUrl], at_most(PICTURES_MAX)] = Field(
        min_length=1, max_length=PICTURES_MAX, description="One or more, in the order of the answer."
    )


class Point(Wire):
    """A place in a picture."""

    x: float = Field(description="Pixels from the left.")
    y: float = Field(description="Pixels from above.")


class Box(Wire):
    """A rectangle in a picture; it may reach a little beyond its edge."""

    x: float = Field(description="Its left side, in pixels.")
    y: float = Field(description="Its upper side, in pixels.")
    width: float = Field(description="In pixels.")
    height: float = Field(description="In pixels.")


class DetectedFace(Wire):
    """A face, and where it is."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_FACE)}

    box: Box
    score: float = Field(ge=0, le=1, description="How sure the detector is; 1 where it does not say.")
    eyes: tuple[Point, Point] | None = Field(
        default=None, description="The left one in the picture, then the right one; null where they were not found."
    )


class DetectedPicture(Wire):
    """What was found in one of the pictures, or why it could not be looked at."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_PICTURE, _UNREAD)}

    name: str | None = Field(default=None, description="Its file name, or its URL; null if it has none.")
    width: int | None = Field(default=None, description="In pixels; null where it could not be read.")
    height: int | None = Field(default=None, description="In pixels; null where it could not be read.")
    faces: list[DetectedFace] = Field(description=f"The largest first, {FACES_MAX} at most.")
    problem: Problem | None = Field(
        default=None, description="What is wrong with it, where others of the request can be read."
    )


class DetectedPictures(Wire):
    """The faces of pictures."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"pictures": [_PICTURE, _UNREAD]})}

    pictures: list[DetectedPicture] = Field(description="In the order of the request.")


class Guess(Wire):
    """Somebody it may be."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_GUESS)}

    id: str = Field(description="The label's id.")
    name: str = Field(description="As people read it.")
    probability: float = Field(ge=0, le=1, description="Calibrated: of such guesses, so large a share is right.")


class Appearance(Wire):
    """Where somebody plays, and when."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_APPEARANCE)}

    festival: str = Field(description="The festival's name.")
    stage: str = Field(description="The stage's name.")
    start: AwareDatetime = Field(description="RFC 3339, by the festival's clock.")
    end: AwareDatetime = Field(description="RFC 3339, by the festival's clock.")
    title: str = Field(description="Of the slot.")
    url: str = Field(description="The festival's page.")


class RecognizedFace(DetectedFace):
    """A face, and whose it is."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_KNOWN)}

    guesses: list[Guess] = Field(description="The likeliest first.")
    distance: float = Field(
        ge=0, le=2, description="Cosine distance of its embedding from the nearest label's mean; smaller is closer."
    )
    unknown: bool = Field(description="It is nobody whom the model knows: too improbable, or too far from everybody.")
    wiki_url: str | None = Field(
        default=None, description="The person's entry in the wiki; null where there is none that is known of by now."
    )
    appearances: list[Appearance] = Field(
        default=[], description="Where the person plays next, as far as that is known by now."
    )


class RecognizedPicture(Wire):
    """Whose faces are in one of the pictures, or why it could not be looked at."""

    model_config = Wire.model_config | {"json_schema_extra": examples({**_PICTURE, "faces": [_KNOWN]}, _UNREAD)}

    name: str | None = Field(default=None, description="Its file name, or its URL; null if it has none.")
    width: int | None = Field(default=None, description="In pixels; null where it could not be read.")
    height: int | None = Field(default=None, description="In pixels; null where it could not be read.")
    faces: list[RecognizedFace] = Field(description=f"The largest first, {FACES_MAX} at most.")
    problem: Problem | None = Field(
        default=None, description="What is wrong with it, where others of the request can be read."
    )


class RecognizedPictures(Wire):
    """Whose faces are in pictures."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples(
            {"version": 3, "drawn": False, "pictures": [{**_PICTURE, "faces": [_KNOWN]}, _UNREAD]}
        )
    }

    version: int = Field(description="The version of the model that answered.")
    drawn: bool = Field(description="It was trained on drawn people, who do not exist.")
    pictures: list[RecognizedPicture] = Field(description="In the order of the request.")


class Label(Wire):
    """A person whom the model knows."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_LABEL)}

    id: str = Field(description="Names it in answers.")
    name: str = Field(description="As people read it.")
    keyword: str | None = Field(default=None, description="The person's entry in the wiki; null if that is not known.")


class LabelList(Wire):
    """Whom the model that answers knows."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples({"version": 3, "drawn": False, "items": [_LABEL]})
    }

    version: int = Field(description="The version of the model that answers.")
    drawn: bool = Field(description="They are drawn people, who do not exist.")
    items: list[Label] = Field(description="In the order of the model's logits.")


class Model(Wire):
    """A version of the model."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_MODEL)}

    version: int = Field(ge=1, description="Its number.")
    name: str = Field(description="As people call it.")
    architecture: str = Field(description="Which network it is.")
    labels: int = Field(ge=1, description="How many people it knows.")
    drawn: bool = Field(description="It was trained on drawn people, who do not exist.")
    promoted: bool = Field(description="It is the one that is to answer.")
    answers: bool = Field(description="It answers in the process that says this: it was loaded and has warmed up.")
    top1: float | None = Field(
        default=None, description="Share of photos that it had not seen and told right; null if it was not judged."
    )
    data_set: str = Field(description="SHA-256 of what it was trained on.")
    git: str | None = Field(default=None, description="The revision of the code that trained it, if that is known.")
    created_at: str = Field(description="When it was trained, RFC 3339.")


class ModelList(Wire):
    """Every version of the model."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"items": [_MODEL]})}

    items: list[Model] = Field(description="The newest first.")


class Promotion(WireRequest):
    """Which version is to answer."""

    model_config = WireRequest.model_config | {"json_schema_extra": examples({"version": 1})}

    version: Annotated[int, WHOLE] = Field(ge=1, le=999_999_999, description="Its number.")
