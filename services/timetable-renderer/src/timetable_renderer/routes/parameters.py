"""What paths and queries of several routes have in common."""

from typing import Annotated

from fastapi import Path, Query

from genba_contracts.fields import PAGE_LIMIT_MAX
from genba_contracts.timetable_fields import FESTIVAL_ID_PATTERN, PICKS_MAX, SHARE_KEY_PATTERN, PickId

FestivalId = Annotated[
    str,
    Path(
        pattern=FESTIVAL_ID_PATTERN,
        description="The festival's id: lower-case ASCII letters, digits and hyphens.",
        examples=["genba-fes-2026"],
    ),
]
SlotIdPath = Annotated[str, Path(max_length=64, description="The slot's id.", examples=["20260807-1030-2zx5ss"])]
VersionPath = Annotated[int, Path(ge=1, le=2**31 - 1, description="The timetable's version.", examples=[1])]
ShareKeyPath = Annotated[
    str, Path(pattern=SHARE_KEY_PATTERN, description="The key of shared picks.", examples=["mzxw6ytboi"])
]
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT_MAX, description="At most so many items.")]
Cursor = Annotated[
    str | None, Query(max_length=4096, description="`next_cursor` of the page before; none for the first page.")
]
PickQuery = Annotated[
    list[PickId],
    Query(
        alias="pick",
        min_length=1,
        max_length=PICKS_MAX,
        description="A slot that is picked, by its id; as often as there are picks.",
        examples=[["20260807-1030-2zx5ss"]],
    ),
]
