"""Prices now and before, as they travel."""

from datetime import date
from typing import Any, Final

from pydantic import Field

from genba_contracts.fields import NextCursor, Timestamp, Wire, examples
from genba_contracts.spot_fields import (
    MaybePrice,
    OnDemand,
    Product,
    RegionName,
    Resolution,
    SourceName,
    Synthetic,
    TypeName,
    ZoneId,
    ZoneName,
)

SOURCE: Final[dict[str, Any]] = {"source": "synthetic (seed 7)", "synthetic": True}
POOL: Final[dict[str, Any]] = {
    "region": "us-east-1",
    "zone_id": "use1-az1",
    "zone_name": "us-east-1a",
    "type": "g5.2xlarge",
    "product": "Linux/UNIX",
}
PRICE: Final[dict[str, Any]] = {
    **POOL,
    "price": 0.4361,
    "since": "2026-04-18T08:12:41Z",
    "observed_until": "2026-04-18T09:30:00Z",
    "on_demand": 1.212,
    "on_demand_dated": "2026-04-18",
}
_SERIES: Final[dict[str, Any]] = {
    **POOL,
    "steps": [
        {"at": "2026-04-18T06:30:00Z", "price": 0.4412},
        {"at": "2026-04-18T08:12:41Z", "price": 0.4361},
    ],
    "buckets": [],
    "end": "2026-04-18T09:30:00Z",
}
CHANGE: Final[dict[str, Any]] = {**PRICE, **SOURCE, "price": 0.4412, "since": "2026-04-18T09:29:12Z"}


class InstancePool(Wire):
    """An instance type with a product description in one zone: what Spot capacity is sold by."""

    model_config = Wire.model_config | {"json_schema_extra": examples(POOL)}

    region: RegionName
    zone_id: ZoneId
    zone_name: ZoneName
    type: TypeName
    product: Product

    @property
    def zone(self) -> str:
        """The zone's id if it is known, else its name."""
        return self.zone_id or self.zone_name or self.region


class CurrentPrice(InstancePool):
    """What a pool costs now."""

    model_config = Wire.model_config | {"json_schema_extra": examples(PRICE)}

    price: MaybePrice
    since: Timestamp = Field(description="Since when it costs that.")
    observed_until: Timestamp | None = Field(
        description="The source has told everything of the region until then; null if it never answered."
    )
    on_demand: OnDemand
    on_demand_dated: date | None = Field(
        default=None, description="Of what date the price on demand is; null where it is not known."
    )


class PricePage(Wire):
    """What pools cost now, the cheapest first, those of unknown price last."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples({**SOURCE, "items": [PRICE], "total": 31, "next_cursor": "cTo0MzYxMDA"})
    }

    source: SourceName
    synthetic: Synthetic
    items: list[CurrentPrice]
    total: int = Field(ge=0, description="How many there are on all pages.", examples=[31])
    next_cursor: NextCursor


class PriceChange(CurrentPrice):
    """A pool costs something else, as the stream of changes tells it."""

    model_config = Wire.model_config | {"json_schema_extra": examples(CHANGE)}

    source: SourceName
    synthetic: Synthetic


class Step(Wire):
    """A price from a moment on, until the next step, or the end of its series."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"at": "2026-04-18T08:12:41Z", "price": 0.4361})}

    at: Timestamp
    price: MaybePrice


class Bucket(Wire):
    """A price over a stretch of time, whose length is the resolution; all null where nothing of it is known."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples(
            {
                "at": "2026-04-18T08:00:00Z",
                "mean": 0.4369,
                "min": 0.4361,
                "max": 0.4412,
                "last": 0.4361,
                "known": 1.0,
            }
        )
    }

    at: Timestamp = Field(description="Where it begins: a whole multiple of the resolution since 1970.")
    mean: MaybePrice = Field(description="Weighted by time, of what is known.")
    min: MaybePrice
    max: MaybePrice
    last: MaybePrice = Field(description="The price at its end, or the last that was known.")
    known: float = Field(
        ge=0, le=1, description="The share of what is in the window in which the price is known.", examples=[1.0]
    )


class PriceSeries(InstancePool):
    """What a pool cost over time."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_SERIES)}

    steps: list[Step] = Field(description="Empty where buckets were asked for; a step of null is a gap.")
    buckets: list[Bucket] = Field(description="Empty where steps were asked for.")
    end: Timestamp = Field(description="Until when it is known: the last step goes on until then.")


class PriceHistory(Wire):
    """What pools cost over time."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples(
            {
                **SOURCE,
                "start": "2026-04-18T06:30:00Z",
                "end": "2026-04-18T09:30:00Z",
                "resolution": "raw",
                "items": [_SERIES],
            }
        )
    }

    source: SourceName
    synthetic: Synthetic
    start: Timestamp
    end: Timestamp
    resolution: Resolution
    items: list[PriceSeries]
