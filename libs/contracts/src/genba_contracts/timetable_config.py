"""How a festival is set up, as it is sent and given back."""

from typing import Annotated

from pydantic import ConfigDict, Field

from genba_contracts.fields import ONE_LINE, PLAIN, WHOLE, WireRequest, at_most, examples
from genba_contracts.timetable_fields import (
    ALIASES_MAX,
    DAYS_MAX,
    NAME_MAX,
    SOURCES_MAX,
    STAGES_MAX,
    URL_MAX,
    WALKS_MAX,
    GivenDay,
    Kind,
    SourceFormat,
)

Name = Annotated[
    str,
    Field(min_length=1, max_length=NAME_MAX, description="A name, in one line.", examples=["HOT STAGE"]),
    ONE_LINE,
]
Url = Annotated[
    str,
    Field(
        max_length=URL_MAX,
        pattern=r"^https?://[!-~]+$",
        description="An http or https address.",
        examples=["https://fes.example.org/time.json"],
    ),
]
WalkMinutes = Annotated[
    int,
    Field(ge=0, le=600, description="Minutes on foot.", examples=[15]),
    WHOLE,
]


class SourceSpec(WireRequest):
    """Where a part of the timetable comes from."""

    url: Url
    format: Annotated[SourceFormat, Field(description="What it is; `auto`: by what is in it.", examples=["tif"])] = (
        "auto"
    )
    kind: Annotated[
        Kind | None, Field(description="What its slots are, where it does not say.", examples=["greeting", None])
    ] = None
    stage_prefix: Annotated[
        str,
        Field(max_length=NAME_MAX, description="Goes before its stages' names.", examples=["GREETING ", ""]),
        PLAIN,
    ] = ""

    model_config = ConfigDict(json_schema_extra=examples({"url": "https://fes.example.org/time.json", "format": "tif"}))


class StageSpec(WireRequest):
    """A stage's colour, and other spellings of its name that mean it too."""

    name: Name
    colour: Annotated[
        str | None,
        Field(pattern=r"^#[0-9a-fA-F]{6}$", description="`#rrggbb`; none: one is chosen.", examples=["#d83a2e", None]),
    ] = None
    aliases: Annotated[
        tuple[Name, ...],
        at_most(ALIASES_MAX),
        Field(strict=False, max_length=ALIASES_MAX, description="Other spellings.", examples=[["HOTSTAGE"], []]),
    ] = ()

    model_config = ConfigDict(
        json_schema_extra=examples({"name": "HOT STAGE", "colour": "#d83a2e", "aliases": ["HOTSTAGE"]})
    )


class WalkSpec(WireRequest):
    """Minutes on foot between two stages, there and back alike."""

    stages: Annotated[
        tuple[Name, Name],
        Field(strict=False, description="The names of both.", examples=[["HOT STAGE", "SKY STAGE"]]),
    ]
    minutes: WalkMinutes

    model_config = ConfigDict(json_schema_extra=examples({"stages": ["HOT STAGE", "SKY STAGE"], "minutes": 15}))


class FestivalSpec(WireRequest):
    """Everything that is set about a festival, for PUT: what is left out is as if it had never been set."""

    name: Annotated[Name, Field(description="As it is shown.", examples=["げんばフェス 2026"])]
    timezone: Annotated[
        str,
        Field(max_length=64, description="IANA's name of its time zone.", examples=["Asia/Tokyo"]),
    ] = "Asia/Tokyo"
    days: Annotated[
        tuple[GivenDay, ...],
        at_most(DAYS_MAX),
        Field(
            strict=False,
            max_length=DAYS_MAX,
            description="Its days in order; none: those that the sources name.",
            examples=[["2026-08-07", "2026-08-08"], []],
        ),
    ] = ()
    day_boundary: Annotated[
        str,
        Field(
            pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
            description="When one of its days ends and the next begins, by the clock.",
            examples=["05:00"],
        ),
    ] = "05:00"
    sources: Annotated[
        tuple[SourceSpec, ...],
        at_most(SOURCES_MAX),
        Field(strict=False, min_length=1, max_length=SOURCES_MAX, description="Where its timetable comes from."),
    ]
    refresh_seconds: Annotated[
        int,
        Field(ge=10, le=86_400, description="Seconds after which its sources are asked again.", examples=[600]),
        WHOLE,
    ] = 600
    stages: Annotated[
        tuple[StageSpec, ...],
        at_most(STAGES_MAX),
        Field(strict=False, max_length=STAGES_MAX, description="Its stages, in the order in which they are shown."),
    ] = ()
    walking_minutes: WalkMinutes = 10
    walks: Annotated[
        tuple[WalkSpec, ...],
        at_most(WALKS_MAX),
        Field(strict=False, max_length=WALKS_MAX, description="Where the way takes longer or shorter than that."),
    ] = ()
    shows_over_24h: bool = Field(
        default=False, description="Whether to write 25:30 for half past one in the night after a day."
    )
    official_url: Annotated[
        Url | None, Field(description="The festival's own site.", examples=["https://fes.example.org", None])
    ] = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "name": "げんばフェス 2026",
                "timezone": "Asia/Tokyo",
                "days": ["2026-08-07", "2026-08-08"],
                "sources": [{"url": "https://fes.example.org/time.json", "format": "tif"}],
                "stages": [{"name": "HOT STAGE", "colour": "#d83a2e"}, {"name": "SKY STAGE"}],
                "walks": [{"stages": ["HOT STAGE", "SKY STAGE"], "minutes": 15}],
                "shows_over_24h": True,
            },
            {"name": "Genba Fes", "sources": [{"url": "https://fes.example.org/schedule.xml"}]},
        )
    )
