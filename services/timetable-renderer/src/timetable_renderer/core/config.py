"""How a festival is set up: where its timetable comes from, and what the timetable itself does not say."""

from datetime import date, time
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from timetable_renderer.core.festival import DAY_BOUNDARY, WALKING_MINUTES, Kind, stage_key

FestivalId = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$"), BeforeValidator(lambda value: str(value).lower())]
Name = Annotated[str, Field(min_length=1, max_length=200)]
FORMATS: Final = ("auto", "tif", "greeting", "frab-xml", "frab-json", "ical", "fesfolio", "csv")
Format = Literal["auto", "tif", "greeting", "frab-xml", "frab-json", "ical", "fesfolio", "csv"]


def _strict() -> ConfigDict:
    return ConfigDict(frozen=True, extra="forbid")


class SourceConfig(BaseModel):
    """Where a part of the timetable comes from.

    Exactly one of `url` (http, https) and `file` is set; a relative file is looked up beside the configuration.
    """

    model_config = _strict()

    url: Annotated[str, Field(max_length=2_000, pattern=r"^https?://")] | None = None
    file: str | None = None
    format: Format = "auto"
    kind: Kind | None = None
    """What its slots are, where the source does not say; `live` if nobody does."""
    stage_prefix: str = ""
    """Goes before its stages' names: `GREETING ` makes `GREETING A` of `A`."""

    @model_validator(mode="after")
    def _one_place(self) -> "SourceConfig":
        if (self.url is None) == (self.file is None):
            raise ValueError("a source has either a url or a file")
        return self


class StageConfig(BaseModel):
    """A stage's colour, and other spellings of its name that mean it too."""

    model_config = _strict()

    name: Name
    colour: Colour | None = None
    aliases: tuple[Name, ...] = ()


class WalkConfig(BaseModel):
    """Minutes on foot between two stages, there and back alike."""

    model_config = _strict()

    stages: tuple[Name, Name]
    minutes: Annotated[int, Field(ge=0, le=600)]


class FestivalConfig(BaseModel):
    """Everything that is set about a festival. Stages are in the order in which they are shown."""

    model_config = _strict()

    id: FestivalId
    name: Name
    timezone: str = "Asia/Tokyo"
    days: Annotated[tuple[date, ...], Field(max_length=31)] = ()
    """Its days in order; none: those that the sources name."""
    day_boundary: time = DAY_BOUNDARY
    sources: Annotated[tuple[SourceConfig, ...], Field(max_length=20)] = ()
    refresh_seconds: Annotated[int, Field(ge=10, le=86_400)] = 600
    stages: Annotated[tuple[StageConfig, ...], Field(max_length=200)] = ()
    walking_minutes: Annotated[int, Field(ge=0, le=600)] = WALKING_MINUTES
    walks: Annotated[tuple[WalkConfig, ...], Field(max_length=2_000)] = ()
    shows_over_24h: bool = False
    official_url: Annotated[str, Field(max_length=2_000, pattern=r"^https?://")] | None = None

    @field_validator("timezone")
    @classmethod
    def _exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, ModuleNotFoundError, KeyError):
            raise ValueError(f"there is no time zone “{name[:60]}”; IANA's names look like Asia/Tokyo") from None
        return name

    @field_validator("days")
    @classmethod
    def _in_order(cls, days: tuple[date, ...]) -> tuple[date, ...]:
        if list(days) != sorted(set(days)):
            raise ValueError("days must be in order, each once")
        return days

    @field_validator("day_boundary")
    @classmethod
    def _of_the_clock(cls, boundary: time) -> time:
        if boundary.tzinfo is not None:
            raise ValueError("the day boundary is by the festival's clock: without an offset")
        return boundary

    @model_validator(mode="after")
    def _one_stage_a_spelling(self) -> "FestivalConfig":
        seen: dict[str, str] = {}
        for stage in self.stages:
            for spelling in (stage.name, *stage.aliases):
                other = seen.setdefault(stage_key(spelling), stage.name)
                if other != stage.name:
                    raise ValueError(f"“{spelling}” is said of two stages: {other} and {stage.name}")
        return self

    def to_json(self) -> dict[str, Any]:
        """As it is kept and sent."""
        return self.model_dump(mode="json", exclude_defaults=True)
