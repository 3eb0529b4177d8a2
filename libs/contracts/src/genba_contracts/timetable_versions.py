"""Versions of timetables, what they changed, and how they come in, as they travel."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from genba_contracts.fields import NextCursor, Timestamp, Wire, examples
from genba_contracts.timetable_festivals import EXAMPLE_LATE_SLOT, EXAMPLE_SLOT, Count, FetchedAt, Slot
from genba_contracts.timetable_fields import StoredFestivalId, VersionNumber


class Version(Wire):
    """An accepted version of a timetable."""

    version: VersionNumber
    accepted_at: Timestamp
    slots: Count

    model_config = ConfigDict(
        json_schema_extra=examples({"version": 3, "accepted_at": "2026-08-06T03:00:00Z", "slots": 160})
    )


class VersionPage(Wire):
    """A page of the versions, newest first."""

    items: list[Version] = Field(description="The page's versions.")
    next_cursor: NextCursor = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "items": [{"version": 3, "accepted_at": "2026-08-06T03:00:00Z", "slots": 160}],
                "next_cursor": "djoz",
            }
        )
    )


class SlotMove(Wire):
    """A slot that is at another time or place now; its id changed with it."""

    before: Slot
    after: Slot

    model_config = ConfigDict(json_schema_extra=examples({"before": EXAMPLE_SLOT, "after": EXAMPLE_LATE_SLOT}))


class SlotChange(Wire):
    """A slot that kept its id but says something else."""

    before: Slot
    after: Slot
    renamed: bool = Field(description="Whether its title is another one.")

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"before": EXAMPLE_SLOT, "after": {**EXAMPLE_SLOT, "title": "朝焼けカフェ!"}, "renamed": True}
        )
    )


class VersionDiff(Wire):
    """What a version changed, each in the order of the slots."""

    version: VersionNumber
    against: Annotated[int, Field(ge=0, description="The version that it is compared with; 0: none.", examples=[2])]
    added: list[Slot] = Field(description="Slots that are new.")
    removed: list[Slot] = Field(description="Slots that are gone.")
    moved: list[SlotMove] = Field(description="Slots at another time or place.")
    changed: list[SlotChange] = Field(description="Slots that say something else.")

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "version": 3,
                "against": 2,
                "added": [EXAMPLE_SLOT],
                "removed": [],
                "moved": [{"before": EXAMPLE_SLOT, "after": EXAMPLE_LATE_SLOT}],
                "changed": [],
            }
        )
    )


class Fault(Wire):
    """Something in a source that was passed over, or for which it was refused."""

    where: Annotated[str, Field(description="Its place in the source.", examples=["day1 / HOT STAGE / 3", ""])]
    reason: Annotated[str, Field(description="What is wrong.", examples=["“25:7” is no time of day"])]

    model_config = ConfigDict(
        json_schema_extra=examples({"where": "day1 / HOT STAGE / 3", "reason": "“25:7” is no time of day"})
    )


_STATE: Final = {
    "tried_at": "2026-08-06T03:10:00Z",
    "fetched_at": "2026-08-06T03:00:00Z",
    "failing_since": "2026-08-06T03:10:00Z",
    "faults": [{"where": "https://fes.example.org/time.json", "reason": "it answers with 502"}],
    "passed_over": [],
}


class RefreshState(Wire):
    """How a festival's last refresh went."""

    tried_at: Annotated[
        Timestamp | None, Field(description="When it was.", examples=["2026-08-06T03:10:00Z", None])
    ] = None
    fetched_at: FetchedAt = None
    failing_since: Annotated[
        Timestamp | None,
        Field(description="Since when it fails; null if the last did not.", examples=["2026-08-06T03:10:00Z", None]),
    ] = None
    faults: list[Fault] = Field(description="What was wrong: what is shown is older than it could be.")
    passed_over: list[Fault] = Field(description="What in the sources is no slot: the first hundred.")

    model_config = ConfigDict(json_schema_extra=examples(_STATE))


class Refreshed(Wire):
    """What a refresh did."""

    result: Annotated[
        Literal["updated", "unchanged", "refused", "busy"],
        Field(
            description="`updated`: there is a new version; `refused`: what was fetched cannot be read, and what was "
            "there stays; `busy`: somebody else is at it.",
            examples=["updated"],
        ),
    ]
    version: Annotated[int, Field(ge=0, description="Of what is served now; 0: nothing yet.", examples=[3])]
    faults: list[Fault] = Field(description="What was wrong.")
    passed_over: list[Fault] = Field(description="What in the sources is no slot: the first hundred.")

    model_config = ConfigDict(
        json_schema_extra=examples({"result": "updated", "version": 3, "faults": [], "passed_over": []})
    )


class FestivalUpdate(Wire):
    """The data of an event of a festival's stream: it has a new version, or is gone."""

    festival: StoredFestivalId
    version: Annotated[int, Field(ge=0, description="Of its timetable now; 0: it is gone.", examples=[4])]
    fetched_at: FetchedAt = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"festival": "genba-fes-2026", "version": 4, "fetched_at": "2026-08-06T03:20:00Z"},
        )
    )
