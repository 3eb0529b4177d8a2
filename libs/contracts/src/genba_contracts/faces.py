"""Requests and responses of the face service's REST API.

Paths are under `/v1`. Bodies are JSON in UTF-8, or files in a form; errors are `genba_contracts.problem.Problem`.
Places in a picture are in its pixels, from the upper left corner of the picture as it is looked at: turned as its EXIF
orientation says.
"""

from typing import Annotated, Any, Final

from pydantic import Field

from genba_contracts.fields import Wire, WireRequest, at_most, examples
from genba_contracts.problem import Problem

PICTURES_MAX: Final = 16
"""Pictures in a request."""
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
