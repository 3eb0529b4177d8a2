"""Requests and responses of the face service's REST API that give names to faces."""

from typing import Annotated, Any, Final

from pydantic import Field

from genba_contracts.faces import Guess, Label
from genba_contracts.faces_trainings import DataSetName
from genba_contracts.fields import LINE_PATTERN, Fitting, Wire, WireRequest, examples

CropId = Annotated[
    str,
    Fitting(r"^[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,119}$", "1 to 120 characters, no slash, no dot at first"),
    Field(examples=["encore-1"], description="The face's id, in its set."),
]
_NAME: Final = Fitting(LINE_PATTERN, "one line without control characters, and no white space at either end")
_DOT: Final = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADklEQVR42mNogAIGyhgAgIQgARDoahcAAAAASUVORK5CYII="
_GUESS: Final[dict[str, Any]] = {"id": "aoi", "name": "Aoi", "probability": 0.42}
_CROP: Final[dict[str, Any]] = {"id": "encore-1", "picture": _DOT, "guesses": [_GUESS], "unknown": False}
_LABEL: Final[dict[str, Any]] = {"id": "aoi", "name": "Aoi"}


class CropSet(Wire):
    """Faces without a name."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"name": "summer", "faces": 41})}

    name: DataSetName = Field(description="Of the set, and of the data set that it becomes part of.")
    faces: int = Field(description="How many have no name yet.")


class CropSetList(Wire):
    """Every set of faces without a name."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"items": [{"name": "summer", "faces": 41}]})}

    items: list[CropSet] = Field(description="By name.")


class UnnamedFace(Wire):
    """A face without a name."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_CROP)}

    id: CropId = Field(description="Its own, in its set.")
    picture: str = Field(description="The face, cut out: a PNG file in Base64.")
    guesses: list[Guess] = Field(
        description="Who the model says it may be, the likeliest first; empty without a model."
    )
    unknown: bool = Field(description="Whether the model says that it is nobody whom it knows.")


class UnnamedFaces(Wire):
    """The next faces of a set."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples({"items": [_CROP], "left": 41, "labels": [_LABEL]})
    }

    items: list[UnnamedFace] = Field(description="Those first of which the model is least sure.")
    left: int = Field(description="How many of the set have no name yet.")
    labels: list[Label] = Field(description="Whom the model knows.")


class FaceName(WireRequest):
    """Whose face it is."""

    model_config = WireRequest.model_config | {"json_schema_extra": examples(_LABEL)}

    id: str = Field(min_length=1, max_length=64, description="The label's id; the model's, or a new one.")
    name: Annotated[str, _NAME] | None = Field(
        default=None, max_length=200, description="As people read it; null: as the model has it, or the id."
    )
