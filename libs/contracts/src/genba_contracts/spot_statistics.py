"""What prices were like over a window, in figures, as they travel."""

from typing import Any, Final

from pydantic import Field

from genba_contracts.fields import Timestamp, Wire, examples
from genba_contracts.spot_fields import MaybePrice, SourceName, Synthetic
from genba_contracts.spot_prices import POOL, SOURCE, InstancePool

_FIGURES: Final[dict[str, Any]] = {
    **POOL,
    "mean": 0.439,
    "min": 0.4361,
    "max": 0.4412,
    "p50": 0.4412,
    "p95": 0.4412,
    "last": 0.4361,
    "volatility": 0.0329,
    "changes": 1,
    "known": 1.0,
    "under": 0.4295,
}


class PriceFigures(InstancePool):
    """What a pool was like over a window. Each figure is weighted by time, and null where no price is known."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_FIGURES)}

    mean: MaybePrice = Field(description="What an hour cost.")
    min: MaybePrice
    max: MaybePrice
    p50: MaybePrice = Field(description="At or under this price for half of the time.")
    p95: MaybePrice = Field(description="At or under this price for 95 % of the time.")
    last: MaybePrice = Field(description="The price at the end of the window, or the last that was known.")
    volatility: float | None = Field(
        ge=0,
        description="How much the price moves in a day, as a share of it: the root of the sum of its squared log "
        "changes, per root of a day. Null where less than two prices are known.",
        examples=[0.0329],
    )
    changes: int = Field(ge=0, description="How often the price changed.", examples=[1])
    known: float = Field(ge=0, le=1, description="The share of the window in which the price is known.", examples=[1.0])
    under: float | None = Field(
        ge=0,
        le=1,
        description="The share of the known time at or under the threshold; null without a threshold.",
        examples=[0.4295],
    )


class PriceStatistics(Wire):
    """What pools were like over a window; the cheapest on the mean first, those of unknown price last."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples(
            {
                **SOURCE,
                "start": "2026-04-18T06:30:00Z",
                "end": "2026-04-18T09:30:00Z",
                "threshold": 0.44,
                "items": [_FIGURES],
            }
        )
    }

    source: SourceName
    synthetic: Synthetic
    start: Timestamp
    end: Timestamp
    threshold: MaybePrice = Field(description="As it was asked for; US dollars an hour.")
    items: list[PriceFigures]
