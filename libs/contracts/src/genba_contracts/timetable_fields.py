"""The words that the timetable's requests and responses share: their bounds and their patterns."""

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from genba_contracts.fields import PLAIN, WHOLE, at_most

PICKS_MAX: Final = 500
QUERY_MAX: Final = 200
NAME_MAX: Final = 200
SOURCES_MAX: Final = 20
STAGES_MAX: Final = 200
ALIASES_MAX: Final = 50
WALKS_MAX: Final = 2_000
DAYS_MAX: Final = 31
URL_MAX: Final = 2_000
SHARE_KEY_PATTERN: Final = r"^[a-z2-7]{10,26}$"
FESTIVAL_ID_PATTERN: Final = r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"
CLOCK_PATTERN: Final = r"^[0-2][0-9]:[0-5][0-9]$"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Kind = Literal["live", "greeting", "talk", "other"]
SourceFormat = Literal["auto", "tif", "greeting", "frab-xml", "frab-json", "ical", "fesfolio", "csv"]
Layout = Literal["agenda", "day", "grid", "story"]
Theme = Literal["light", "dark"]
PictureFormat = Literal["png", "webp", "pdf", "svg"]
Language = Literal["ja", "en"]


def _day(value: object) -> object:
    """A date is written `2026-08-07`: nothing else that looks like a point in time is one."""
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("date", "It must be a date such as 2026-08-07")


FestivalId = Annotated[
    str,
    Field(
        pattern=FESTIVAL_ID_PATTERN,
        description="The festival's id: lower-case ASCII letters, digits and hyphens.",
        examples=["genba-fes-2026"],
    ),
]
StoredFestivalId = Annotated[str, Field(description="The festival's id.", examples=["genba-fes-2026"])]
FestivalName = Annotated[str, Field(description="The festival's name.", examples=["げんばフェス 2026", "Genba Fes"])]
SlotId = Annotated[
    str,
    Field(
        description="The slot's id, the same in every version while day, stage and start are.",
        examples=["20260807-1030-2zx5ss"],
    ),
]
PickId = Annotated[
    str,
    Field(min_length=1, max_length=64, description="A slot's id.", examples=["20260807-1030-2zx5ss"]),
]
Picks = Annotated[
    tuple[PickId, ...],
    at_most(PICKS_MAX),
    Field(
        strict=False,  # JSON's arrays are lists
        min_length=1,
        max_length=PICKS_MAX,
        description="Ids of the slots that are picked, in any order; one that is said twice counts once.",
        examples=[["20260807-1030-2zx5ss", "20260807-1050-ndhvq3"]],
    ),
]
StageId = Annotated[
    str, Field(description="The stage's id: its name without differences of case and width.", examples=["hot-stage"])
]
StageName = Annotated[str, Field(description="The stage's name.", examples=["HOT STAGE"])]
Colour = Annotated[str, Field(description="`#rrggbb`, lower case.", examples=["#d83a2e"])]
Day = Annotated[
    date,
    Field(description="A day of the festival: what starts before the day boundary belongs to the day before."),
    Field(examples=["2026-08-07"]),
]
GivenDay = Annotated[
    date,
    BeforeValidator(_day),
    Field(description="A day of the festival.", examples=["2026-08-07"]),
]
Clock = Annotated[
    str,
    Field(
        pattern=CLOCK_PATTERN,
        description="A time of day by the festival's clock; `25:30` is half past one in the night.",
        examples=["18:00", "25:30"],
    ),
]
Moment = Annotated[
    AwareDatetime,
    Field(description="A point in time by the festival's clock, RFC 3339.", examples=["2026-08-07T10:30:00+09:00"]),
]
Minutes = Annotated[int, Field(ge=0, description="Minutes.", examples=[20])]
VersionNumber = Annotated[
    int, Field(ge=1, description="The timetable's version: 1 for the first that was accepted.", examples=[3])
]
ShareKey = Annotated[
    str,
    Field(pattern=SHARE_KEY_PATTERN, description="The key of shared picks.", examples=["mzxw6ytboi"]),
]
Whole = Annotated[
    int,
    WHOLE,
]
Words = Annotated[
    str,
    Field(
        max_length=QUERY_MAX,
        description="Is in a title or a performer's name: in any case, width and kana, without spaces.",
        examples=["かふぇ"],
    ),
    PLAIN,
]


Scale = Annotated[
    int, Field(ge=1, le=3, description="Pixels for one of 1080 across, where no width is given.", examples=[2]), WHOLE
]
Width = Annotated[
    int,
    Field(ge=320, le=4_320, description="Pixels across.", examples=[1170]),
    WHOLE,
]
Height = Annotated[
    int, Field(ge=320, le=7_680, description="Pixels from top to bottom, of `day` and `story`.", examples=[2532]), WHOLE
]
DayNumber = Annotated[
    int,
    Field(ge=1, le=DAYS_MAX, description="The number of the day, of `day`, `grid` and `story`.", examples=[1]),
    WHOLE,
]
InsetTop = Annotated[
    int, Field(ge=0, le=2_000, description="Pixels that a lock screen's clock covers, of `day`.", examples=[640]), WHOLE
]
InsetBottom = Annotated[
    int,
    Field(ge=0, le=2_000, description="Pixels that a lock screen's buttons cover, of `day`.", examples=[220]),
    WHOLE,
]
