"""Picks, and what they come to: plans, pictures, shares."""

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from genba_contracts.fields import Wire, WireRequest, examples
from genba_contracts.timetable_festivals import EXAMPLE_LATE_SLOT, EXAMPLE_SLOT, Slot
from genba_contracts.timetable_fields import (
    Day,
    DayNumber,
    FestivalId,
    Height,
    InsetBottom,
    InsetTop,
    Language,
    Layout,
    Minutes,
    Moment,
    Picks,
    PictureFormat,
    Scale,
    SlotId,
    StoredFestivalId,
    Theme,
    VersionNumber,
    Width,
)

_PICKS: Final = ["20260807-1030-2zx5ss", "20260807-0130-ndhvq3"]


class PickRequest(WireRequest):
    """What is picked."""

    picks: Picks

    model_config = ConfigDict(json_schema_extra=examples({"picks": _PICKS}))


class TextRequest(PickRequest):
    """What is picked, and the language of the words around it."""

    language: Annotated[Language, Field(description="`ja` or `en`.", examples=["en"])] = "ja"

    model_config = ConfigDict(json_schema_extra=examples({"picks": _PICKS, "language": "en"}))


class PictureRequest(TextRequest):
    """What is picked, and what the picture of it is to be like."""

    layout: Annotated[
        Layout,
        Field(
            description="`agenda`: all days one below the other; `day`: one day on a phone's screen; `grid`: every "
            "stage a column, with all slots; `story`: 9:16.",
            examples=["agenda"],
        ),
    ] = "agenda"
    theme: Annotated[Theme, Field(description="Dark on light, or light on dark.", examples=["dark"])] = "light"
    format: Annotated[
        PictureFormat | None,
        Field(description="As what it is written; none: what Accept asks for, or PNG.", examples=["png", None]),
    ] = None
    scale: Scale = 1
    width: Annotated[Width | None, Field(description="Pixels across.")] = None
    height: Annotated[Height | None, Field(description="Pixels from top to bottom, of `day` and `story`.")] = None
    day: Annotated[DayNumber | None, Field(description="The number of the day, of `day`, `grid`, `story`.")] = None
    inset_top: InsetTop = 0
    inset_bottom: InsetBottom = 0
    qr: bool = Field(default=False, description="Whether a QR code on it leads to these picks; they are shared then.")

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"picks": _PICKS, "layout": "day", "width": 1170, "height": 2532, "inset_top": 640, "theme": "dark"},
            {"picks": _PICKS[:1]},
        )
    )


class Clash(Wire):
    """Two picks that overlap."""

    first: SlotId
    second: SlotId
    minutes: Minutes

    model_config = ConfigDict(
        json_schema_extra=examples({"first": _PICKS[0], "second": "20260807-1050-ndhvq3", "minutes": 10})
    )


class Gap(Wire):
    """A time between picks in which nothing is picked."""

    start: Moment
    end: Moment
    minutes: Minutes

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"start": "2026-08-07T11:00:00+09:00", "end": "2026-08-07T12:40:00+09:00", "minutes": 100}
        )
    )


class TightWalk(Wire):
    """Two picks in a row on different stages, with less time between them than the way takes."""

    first: SlotId
    second: SlotId
    available: Minutes
    needed: Minutes

    model_config = ConfigDict(
        json_schema_extra=examples({"first": _PICKS[0], "second": _PICKS[1], "available": 5, "needed": 10})
    )


_DAY: Final = {
    "day": "2026-08-07",
    "picks": [EXAMPLE_SLOT, EXAMPLE_LATE_SLOT],
    "clashes": [],
    "gaps": [{"start": "2026-08-07T11:00:00+09:00", "end": "2026-08-08T01:30:00+09:00", "minutes": 870}],
    "walks": [],
}


class PlanDay(Wire):
    """One day's picks."""

    day: Day
    picks: list[Slot] = Field(description="By their start.")
    clashes: list[Clash] = Field(description="All of them; that one ends when the other starts is none.")
    gaps: list[Gap] = Field(description="Between the picks.")
    walks: list[TightWalk] = Field(description="For which there is too little time.")

    model_config = ConfigDict(json_schema_extra=examples(_DAY))


class Plan(Wire):
    """What picks come to; days without picks are left out."""

    festival: StoredFestivalId
    version: VersionNumber
    days: list[PlanDay] = Field(description="In order.")

    model_config = ConfigDict(json_schema_extra=examples({"festival": "genba-fes-2026", "version": 3, "days": [_DAY]}))


class ShareRequest(WireRequest):
    """What is to be shared."""

    festival: FestivalId
    picks: Picks

    model_config = ConfigDict(json_schema_extra=examples({"festival": "genba-fes-2026", "picks": _PICKS}))


class MovedPick(Wire):
    """A pick that is at another time or place now."""

    before: SlotId
    after: Slot

    model_config = ConfigDict(
        json_schema_extra=examples({"before": "20260807-0030-ndhvq3", "after": EXAMPLE_LATE_SLOT})
    )


class GonePick(Wire):
    """A pick that is not in the timetable any more."""

    id: SlotId
    slot: Slot | None = Field(default=None, description="What it was, where that is still known.")

    model_config = ConfigDict(json_schema_extra=examples({"id": EXAMPLE_SLOT["id"], "slot": EXAMPLE_SLOT}))


_SHARE: Final = {
    "key": "mzxw6ytboi",
    "festival": "genba-fes-2026",
    "version": 3,
    "picks": _PICKS,
    "slots": [EXAMPLE_SLOT, EXAMPLE_LATE_SLOT],
    "moved": [],
    "gone": [],
    "url": "http://127.0.0.1:8002/t/mzxw6ytboi",
    "picture_url": "http://127.0.0.1:8002/t/mzxw6ytboi.png",
    "calendar_url": "http://127.0.0.1:8002/t/mzxw6ytboi.ics",
    "text_url": "http://127.0.0.1:8002/t/mzxw6ytboi.txt",
}


class Share(Wire):
    """Shared picks, in the timetable as it is now."""

    key: Annotated[str, Field(description="The same picks have the same key.", examples=["mzxw6ytboi"])]
    festival: StoredFestivalId
    version: VersionNumber
    picks: list[SlotId] = Field(description="As they were shared.")
    slots: list[Slot] = Field(description="Those that are in the timetable now, and those that moved, where they are.")
    moved: list[MovedPick] = Field(description="Picks that are at another time or place now.")
    gone: list[GonePick] = Field(description="Picks that are not in the timetable any more.")
    url: Annotated[str, Field(description="The page of it.", examples=[_SHARE["url"]])]
    picture_url: Annotated[str, Field(description="The picture of it.", examples=[_SHARE["picture_url"]])]
    calendar_url: Annotated[str, Field(description="The calendar of it.", examples=[_SHARE["calendar_url"]])]
    text_url: Annotated[str, Field(description="The text of it.", examples=[_SHARE["text_url"]])]

    model_config = ConfigDict(json_schema_extra=examples(_SHARE))
