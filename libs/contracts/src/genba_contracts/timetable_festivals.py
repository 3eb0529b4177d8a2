"""Festivals, their slots and their versions, as they travel."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from genba_contracts.fields import NextCursor, Timestamp, Wire, examples
from genba_contracts.timetable_fields import (
    Clock,
    Colour,
    Day,
    FestivalName,
    Kind,
    Minutes,
    Moment,
    SlotId,
    StageId,
    StageName,
    StoredFestivalId,
    VersionNumber,
)

EXAMPLE_SLOT: Final = {
    "id": "20260807-1030-2zx5ss",
    "day": "2026-08-07",
    "stage": "hot-stage",
    "stage_name": "HOT STAGE",
    "lane": 0,
    "start": "2026-08-07T10:30:00+09:00",
    "end": "2026-08-07T11:00:00+09:00",
    "minutes": 30,
    "title": "朝焼けカフェ",
    "performers": ["朝焼けカフェ"],
    "detail": "",
    "kind": "live",
}
EXAMPLE_LATE_SLOT: Final = {
    "id": "20260807-0130-ndhvq3",
    "day": "2026-08-07",
    "stage": "sky-stage",
    "stage_name": "SKY STAGE",
    "lane": 0,
    "start": "2026-08-08T01:30:00+09:00",
    "end": "2026-08-08T02:15:00+09:00",
    "minutes": 45,
    "title": "DJ Night Owl",
    "performers": ["DJ Night Owl", "VJ Lantern"],
    "detail": "Vinyl only",
    "kind": "live",
}
_SUMMARY: Final = {
    "id": "genba-fes-2026",
    "name": "げんばフェス 2026",
    "timezone": "Asia/Tokyo",
    "days": ["2026-08-07", "2026-08-08", "2026-08-09"],
    "stages": 8,
    "slots": 160,
    "version": 3,
    "fetched_at": "2026-08-06T03:00:00Z",
    "failing": False,
}
Count = Annotated[int, Field(ge=0, description="How many there are.", examples=[8])]
FetchedAt = Annotated[
    Timestamp | None,
    Field(description="When its sources were last seen to say this.", examples=["2026-08-06T03:00:00Z", None]),
]
TimeZone = Annotated[str, Field(description="IANA's name of its time zone.", examples=["Asia/Tokyo"])]
Href = Annotated[str, Field(description="An address.", examples=["/keyword/DJ%20Night%20Owl"])]
PerformerName = Annotated[str, Field(description="As it is shown.", examples=["DJ Night Owl", "朝焼けカフェ"])]
OfficialUrl = Annotated[
    str | None, Field(description="The festival's own site.", examples=["https://fes.example.org", None])
]


class FestivalSummary(Wire):
    """A festival in a list."""

    id: StoredFestivalId
    name: FestivalName
    timezone: TimeZone
    days: list[Day] = Field(description="Its days, in order; none before its first timetable, unless they are set.")
    stages: Count
    slots: Count
    version: Annotated[int, Field(ge=0, description="Of its timetable; 0 before the first.", examples=[3])]
    fetched_at: FetchedAt = None
    failing: bool = Field(description="Whether the last refresh failed: what is shown may be old.")

    model_config = ConfigDict(json_schema_extra=examples(_SUMMARY))


class FestivalList(Wire):
    """Every festival, by id."""

    items: list[FestivalSummary] = Field(description="The festivals.")

    model_config = ConfigDict(json_schema_extra=examples({"items": [_SUMMARY]}))


class Stage(Wire):
    """A place where something goes on."""

    id: StageId
    name: StageName
    colour: Colour
    slots: Count

    model_config = ConfigDict(
        json_schema_extra=examples({"id": "hot-stage", "name": "HOT STAGE", "colour": "#d83a2e", "slots": 24})
    )


class Walk(Wire):
    """How long it takes from one stage to another, where it is not the usual time."""

    start: StageId
    goal: StageId
    minutes: Minutes

    model_config = ConfigDict(json_schema_extra=examples({"start": "hot-stage", "goal": "sky-stage", "minutes": 15}))


class Festival(Wire):
    """A festival with all that its timetable says, but for the slots."""

    id: StoredFestivalId
    name: FestivalName
    timezone: TimeZone
    day_boundary: Clock
    days: list[Day] = Field(description="Its days, in order.")
    stages: list[Stage] = Field(description="In the order in which they are shown.")
    slots: Count
    shows_over_24h: bool = Field(description="Whether it writes 25:30 for half past one in the night after a day.")
    walking_minutes: Minutes
    walks: list[Walk] = Field(description="Where the way takes longer or shorter than that.")
    official_url: OfficialUrl = None
    version: VersionNumber
    fetched_at: FetchedAt = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "id": "genba-fes-2026",
                "name": "げんばフェス 2026",
                "timezone": "Asia/Tokyo",
                "day_boundary": "05:00",
                "days": ["2026-08-07", "2026-08-08", "2026-08-09"],
                "stages": [{"id": "hot-stage", "name": "HOT STAGE", "colour": "#d83a2e", "slots": 24}],
                "slots": 160,
                "shows_over_24h": True,
                "walking_minutes": 10,
                "walks": [{"start": "hot-stage", "goal": "sky-stage", "minutes": 15}],
                "official_url": "https://fes.example.org",
                "version": 3,
                "fetched_at": "2026-08-06T03:00:00Z",
            }
        )
    )


class Slot(Wire):
    """Something that goes on somewhere for some time."""

    id: SlotId
    day: Day
    stage: StageId
    stage_name: StageName
    lane: Annotated[int, Field(ge=0, description="0, or more where several of a stage start at once.", examples=[0])]
    start: Moment
    end: Moment
    minutes: Minutes
    title: Annotated[str, Field(description="Who plays, or what it is.", examples=["朝焼けカフェ"])]
    performers: list[PerformerName] = Field(description="Who takes part, one by one, where the source says.")
    detail: Annotated[str, Field(description="More about it, in lines of plain text.", examples=["Vinyl only", ""])]
    kind: Annotated[Kind, Field(description="What it is.", examples=["live"])]

    model_config = ConfigDict(json_schema_extra=examples(EXAMPLE_SLOT, EXAMPLE_LATE_SLOT))


class PerformerLink(Wire):
    """Where there is more about a performer."""

    name: PerformerName
    url: Href

    model_config = ConfigDict(
        json_schema_extra=examples({"name": "DJ Night Owl", "url": "http://127.0.0.1:8001/keyword/DJ%20Night%20Owl"})
    )


class SlotDetail(Slot):
    """A slot, and where there is more about who takes part."""

    links: list[PerformerLink] = Field(description="Of those who have an entry in the wiki, as far as it is known now.")

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                **EXAMPLE_LATE_SLOT,
                "links": [{"name": "DJ Night Owl", "url": "http://127.0.0.1:8001/keyword/DJ%20Night%20Owl"}],
            }
        )
    )


class SlotPage(Wire):
    """A page of the slots that were asked for. All pages of a list are of one version, the one of the first."""

    items: list[Slot] = Field(description="The page's slots, by their start.")
    total: Annotated[int, Field(ge=0, description="How many there are on all pages.", examples=[160])]
    version: VersionNumber
    next_cursor: NextCursor = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"items": [EXAMPLE_SLOT, EXAMPLE_LATE_SLOT], "total": 160, "version": 3, "next_cursor": "bzozLjI"}
        )
    )


class Timetable(Festival):
    """One version of a timetable, whole."""

    items: list[Slot] = Field(description="Every slot, by its start.")

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "id": "genba-fes-2026",
                "name": "げんばフェス 2026",
                "timezone": "Asia/Tokyo",
                "day_boundary": "05:00",
                "days": ["2026-08-07"],
                "stages": [{"id": "hot-stage", "name": "HOT STAGE", "colour": "#d83a2e", "slots": 1}],
                "slots": 1,
                "shows_over_24h": True,
                "walking_minutes": 10,
                "walks": [],
                "official_url": None,
                "version": 1,
                "fetched_at": "2026-08-01T03:00:00Z",
                "items": [EXAMPLE_SLOT],
            }
        )
    )


class Performer(Wire):
    """Somebody who takes part."""

    name: PerformerName
    slots: list[SlotId] = Field(description="Ids of the slots with it, in order.")
    url: Annotated[
        str | None,
        Field(
            description="The entry in the wiki, if there is one and it is known now.",
            examples=["http://127.0.0.1:8001/keyword/DJ%20Night%20Owl", None],
        ),
    ] = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "name": "DJ Night Owl",
                "slots": ["20260807-0130-ndhvq3"],
                "url": "http://127.0.0.1:8001/keyword/DJ%20Night%20Owl",
            }
        )
    )


class PerformerPage(Wire):
    """A page of the performers that were asked for."""

    items: list[Performer] = Field(description="The page's performers, by name.")
    total: Annotated[int, Field(ge=0, description="How many there are on all pages.", examples=[93])]
    version: VersionNumber
    next_cursor: NextCursor = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "items": [{"name": "DJ Night Owl", "slots": ["20260807-0130-ndhvq3"], "url": None}],
                "total": 93,
                "version": 3,
                "next_cursor": "cDozLjE",
            }
        )
    )
