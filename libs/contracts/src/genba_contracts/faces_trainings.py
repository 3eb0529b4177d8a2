"""Requests and responses of the face service's REST API that have models trained."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from genba_contracts.fields import LINE_PATTERN, WHOLE, Fitting, Wire, WireRequest, at_most, examples

DataSetName = Annotated[
    str,
    Fitting(r"^[a-z0-9][a-z0-9-]{0,62}$", "1 to 63 of a to z, 0 to 9 and -, the first no -"),
    Field(examples=["drawn"], description="The name of a set of photos."),
]
TrainingId = Annotated[
    str,
    Fitting(r"^[0-9a-f]{16}$", "16 hexadecimal digits"),
    Field(description="The training's name.", examples=["5f1c0a9e71b2d3c4"]),
]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
_NAME: Final = Fitting(LINE_PATTERN, "one line without control characters, and no white space at either end")

_SETTINGS: Final[dict[str, Any]] = {
    "architecture": "resnet",
    "split": "fraction-0.8",
    "faces": "detect",
    "steps": 300,
    "batch": 32,
    "rate": 0.006,
    "weight_decay": 0.3,
    "ema": 0.99,
    "label_smoothing": 0.0,
    "augment": True,
    "adversarial": 0.0,
    "seed": 0,
    "kept_back": [],
}
_PROGRESS: Final[dict[str, Any]] = {
    "step": 120,
    "steps": 300,
    "loss": 0.83,
    "accuracy": 0.81,
    "images_per_second": 590.0,
    "seconds_left": 9.8,
}
_TRAINING: Final[dict[str, Any]] = {
    "id": "5f1c0a9e71b2d3c4",
    "state": "running",
    "data_set": "drawn",
    "name": "drawn",
    "promote": True,
    "settings": _SETTINGS,
    "created_at": "2026-11-28T09:00:00Z",
    "started_at": "2026-11-28T09:00:01Z",
    "progress": _PROGRESS,
}


class TrainingSettings(WireRequest):
    """How a model is trained; with the photos it repeats it."""

    model_config = WireRequest.model_config | {"json_schema_extra": examples(_SETTINGS)}

    architecture: Literal["resnet", "cnn2016"] = Field(default="resnet", description="The network.")
    split: str = Field(
        default="fraction-0.8",
        pattern=r"^(?:(first|last)-[1-9]\d{0,4}|fraction-0?\.\d{1,4}|fold-[1-9]\d?/[1-9]\d?)$",
        description="Photos to learn from: first-N, last-N, fraction-0.N or fold-K/N; the others judge it.",
    )
    faces: Literal["detect", "whole"] = Field(
        default="detect", description="Whether the largest face of each photo is cut out, or each photo is a face."
    )
    steps: Annotated[int, WHOLE] = Field(default=1_500, ge=1, le=1_000_000, description="Batches that are shown.")
    batch: Annotated[int, WHOLE] = Field(default=32, ge=1, le=4_096, description="Pictures in each.")
    rate: float = Field(default=6e-3, ge=1e-9, le=10, description="The learning rate at its highest.")
    weight_decay: float = Field(default=0.3, ge=0, le=10, description="Of AdamW.")
    ema: float = Field(default=0.99, ge=0, le=0.99999, description="Of the weights' moving average; 0 for none.")
    label_smoothing: float = Field(default=0.0, ge=0, le=0.9, description="Of the truth, given to the other labels.")
    augment: bool = Field(default=True, description="Whether pictures are changed a little each time.")
    adversarial: float = Field(
        default=0.0,
        ge=0,
        le=64,
        description="Half of the pictures are changed by up to so many of 255 levels, so that the model sees their "
        "label least: learning from them makes it harder to fool. 0: none.",
    )
    seed: Annotated[int, WHOLE] = Field(default=0, ge=0, le=2**32 - 1, description="Of all that is by chance.")
    kept_back: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], at_most(100)] = Field(
        default=[], max_length=100, description="Labels that are not learnt, and by which it is judged as strangers."
    )


class TrainingRequest(WireRequest):
    """A training that is asked for."""

    model_config = WireRequest.model_config | {
        "json_schema_extra": examples({"data_set": "drawn", "settings": {"steps": 300}})
    }

    data_set: DataSetName = Field(
        description="The photos to learn from. `drawn` is made if it is not there: ten people who do not exist."
    )
    name: Annotated[str, _NAME] = Field(default="faces", max_length=60, description="The model's name.")
    promote: bool = Field(default=False, description="Whether the model is to answer as soon as it is done.")
    settings: TrainingSettings = Field(default=TrainingSettings(), description="How.")


class TrainingProgress(Wire):
    """How far a training is."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_PROGRESS)}

    step: int = Field(description="Batches that were shown.")
    steps: int = Field(description="All there are.")
    loss: float = Field(description="Of the last ones, regularisation included.")
    accuracy: float = Field(description="The share of the last pictures that was recognised.")
    images_per_second: float = Field(description="How fast it goes.")
    seconds_left: float = Field(description="To the end, as fast as it goes.")


class Training(Wire):
    """A training."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_TRAINING)}

    id: TrainingId = Field(description="Names it.")
    state: JobState = Field(description="How far it is.")
    data_set: DataSetName = Field(description="The photos that are learnt from.")
    name: str = Field(description="The model's name.")
    promote: bool = Field(description="Whether the model is to answer as soon as it is done.")
    settings: TrainingSettings = Field(description="How it is trained.")
    created_at: datetime = Field(description="When it was asked for.")
    started_at: datetime | None = Field(default=None, description="When it began; null before that.")
    ended_at: datetime | None = Field(default=None, description="When it ended; null before that.")
    progress: TrainingProgress | None = Field(default=None, description="How far it is; null before the first step.")
    version: int | None = Field(default=None, description="The version of the model that it made; null before that.")
    top1: float | None = Field(default=None, description="Share of photos that it had not seen and told right.")
    reason: str | None = Field(default=None, description="Why it failed.")


class TrainingList(Wire):
    """The last trainings."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"items": [_TRAINING]})}

    items: list[Training] = Field(description="The newest first, a hundred at most.")


class DataSet(Wire):
    """Photos to learn from."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"name": "drawn", "photos": 200})}

    name: DataSetName = Field(description="Names it.")
    photos: int = Field(description="How many there are.")


class DataSetList(Wire):
    """Every data set."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"items": [{"name": "drawn", "photos": 200}]})}

    items: list[DataSet] = Field(description="By name.")
