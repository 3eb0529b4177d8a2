"""Regions, as they travel."""

from typing import Any, Final

from pydantic import Field

from genba_contracts.fields import Timestamp, Wire, examples
from genba_contracts.spot_fields import RegionName, SourceName, Synthetic

_REGION: Final[dict[str, Any]] = {
    "name": "us-east-1",
    "observed_until": "2026-04-18T09:30:00Z",
    "failing_since": "2026-04-18T09:31:00Z",
    "reason": "no answer within 10 s",
    "code": "no-answer",
}


class Region(Wire):
    """A region, and how asking it for prices went."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_REGION)}

    name: RegionName
    observed_until: Timestamp | None = Field(description="The source has told everything until then")
    failing_since: Timestamp | None = Field(description="Of the first failure since; null if the last poll went well")
    reason: str | None = Field(description="Why the last poll failed, for people")
    code: str | None = Field(description="Why, for programs", examples=["throttled", "opt-in-required"])


class RegionList(Wire):
    """Every region that there are prices of."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples({"source": "synthetic (seed 7)", "synthetic": True, "items": [_REGION]})
    }

    source: SourceName
    synthetic: Synthetic
    items: list[Region]
