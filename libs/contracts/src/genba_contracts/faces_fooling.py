"""Requests and responses of the face service's REST API that fool the model that answers."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from genba_contracts.faces_trainings import JobState
from genba_contracts.fields import WHOLE, Fitting, Wire, WireRequest, at_most, examples

TARGETS_MAX: Final = 256
PHOTO_MAX: Final = 6_000_000
"""Characters of a photo in Base64: 4.5 MB of it."""
Method = Literal["l2-momentum", "adam2016", "pgd", "cw", "fgsm", "deepfool"]
JobId = Annotated[
    str,
    Fitting(r"^[0-9a-f]{16}$", "16 hexadecimal digits"),
    Field(description="The optimal inputs' name.", examples=["6a0d4c1be29f3785"]),
]

_ASKED: Final[dict[str, Any]] = {"targets": ["all"], "method": "l2-momentum"}
_PROGRESS: Final[dict[str, Any]] = {"step": 20, "steps": 200, "reached": 0}
_FOOLED: Final[dict[str, Any]] = {
    "id": "aoi",
    "name": "Aoi",
    "probability": 0.9991,
    "reached": True,
    "steps": 31,
    "l2": 3.1,
    "linf": 0.12,
    "psnr": 34.5,
    "ssim": 0.98,
    "files": ["aoi.png", "aoi-compared.png"],
}
_INPUTS: Final[dict[str, Any]] = {
    "id": "6a0d4c1be29f3785",
    "state": "running",
    "targets": ["aoi"],
    "method": "l2-momentum",
    "version": 3,
    "created_at": "2026-11-28T09:00:00Z",
    "started_at": "2026-11-28T09:00:01Z",
    "progress": _PROGRESS,
    "results": [],
    "files": [],
}


class OptimalInputsRequest(WireRequest):
    """Pictures that are to be made."""

    model_config = WireRequest.model_config | {"json_schema_extra": examples(_ASKED)}

    targets: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], at_most(TARGETS_MAX)] = Field(
        min_length=1, max_length=TARGETS_MAX, description="Whom the model is to see: ids of its labels, or `all`."
    )
    method: Method = Field(default="l2-momentum", description="How.")
    photo: str | None = Field(
        default=None,
        max_length=PHOTO_MAX,
        description="Where it begins: a photo (JPEG, PNG, WebP, PGM) in Base64; null: noise.",
    )
    faces: Literal["detect", "whole"] = Field(
        default="detect", description="Whether the photo's largest face is cut out, or the photo is a face."
    )
    steps: Annotated[int, WHOLE] | None = Field(
        default=None, ge=1, le=10_000, description="At most; null: as the method needs."
    )
    probability: float = Field(default=0.999, gt=0, lt=1, description="Of the target, at which a picture is done.")
    epsilon: float = Field(default=16.0, gt=0, le=255, description="Most change of a number, of 255: `pgd`, `fgsm`.")
    seed: Annotated[int, WHOLE] = Field(default=0, ge=0, le=2**32 - 1, description="Of the noise.")


class OptimalInputsProgress(Wire):
    """How far it is."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_PROGRESS)}

    step: int = Field(description="Steps that were done.")
    steps: int = Field(description="As many as are done at most.")
    reached: int = Field(description="Pictures that are there.")
    picture: str | None = Field(
        default=None, description="The first of them as it is now: a PNG file of 96 × 96 pixels in Base64."
    )


class OptimalInput(Wire):
    """A picture that was made."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_FOOLED)}

    id: str = Field(description="Whom the model is to see.")
    name: str = Field(description="As people read it.")
    probability: float = Field(description="That the model gives to that, of the picture in 8 bits.")
    reached: bool = Field(description="Whether that is as much as was asked for.")
    steps: int = Field(description="That it took.")
    l2: float = Field(description="How far it is from where it began, over 96 × 96 × 3 numbers from 0 to 1.")
    linf: float = Field(description="The most that one of these numbers has changed.")
    psnr: float | None = Field(description="Peak signal-to-noise ratio, in decibels; null where nothing has changed.")
    ssim: float = Field(description="Structural similarity (Wang et al. 2004).")
    files: list[str] = Field(description="The picture, and it beside where it began.")


class OptimalInputs(Wire):
    """Pictures that are made."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_INPUTS)}

    id: JobId = Field(description="Names it.")
    state: JobState = Field(description="How far it is.")
    targets: list[str] = Field(description="Whom the model is to see.")
    method: Method = Field(description="How.")
    version: int = Field(description="The version of the model that is fooled.")
    created_at: datetime = Field(description="When it was asked for.")
    started_at: datetime | None = Field(default=None, description="When it began; null before that.")
    ended_at: datetime | None = Field(default=None, description="When it ended; null before that.")
    progress: OptimalInputsProgress | None = Field(default=None, description="Null before the first step.")
    results: list[OptimalInput] = Field(description="What came of it; empty before that.")
    files: list[str] = Field(description="All files: `GET …/files/NAME`.")
    reason: str | None = Field(default=None, description="Why it failed.")


class OptimalInputsList(Wire):
    """The last that were made."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"items": [_INPUTS]})}

    items: list[OptimalInputs] = Field(description="The newest first, a hundred at most.")
