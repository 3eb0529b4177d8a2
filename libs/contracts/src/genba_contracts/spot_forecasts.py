"""What prices may be in the next hours, as it travels."""

from typing import Any, Final, Literal

from pydantic import Field

from genba_contracts.fields import Timestamp, Wire, examples
from genba_contracts.spot_fields import MaybePrice, Price, SourceName, Synthetic
from genba_contracts.spot_prices import POOL, SOURCE, InstancePool

FORECASTS_MAX: Final = 100
"""Pools in an answer."""
HOURS_MAX: Final = 24

_QUANTILES: Final = {
    "p5": 0.4102,
    "p10": 0.4187,
    "p25": 0.4288,
    "p50": 0.4361,
    "p75": 0.4412,
    "p90": 0.4503,
    "p95": 0.4688,
}
_SCORE: Final = {"tried": 48, "loss": 0.0069, "staying": 0.0109, "usual": 0.0113, "in_band": 0.77}
_FORECAST: Final[dict[str, Any]] = {
    **POOL,
    "price": 0.4361,
    "offered": True,
    "hours": [{"at": "2026-04-18T10:30:00Z", "price": _QUANTILES, "under": 0.71}],
    "score": _SCORE,
}


class PriceQuantiles(Wire):
    """The price, US dollars an hour, that is not passed with a chance of 5, 10, 25, 50, 75, 90 and 95 %."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_QUANTILES)}

    p5: Price
    p10: Price
    p25: Price
    p50: Price
    p75: Price
    p90: Price
    p95: Price


class ForecastHour(Wire):
    """What may be at the end of an hour."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_FORECAST["hours"][0])}

    at: Timestamp
    price: PriceQuantiles
    under: float | None = Field(
        default=None, ge=0, le=1, description="The chance that the price is never over the cap until then."
    )


class ForecastScore(Wire):
    """How such forecasts of this pool fared in the last two weeks, over as many hours: walked forward, hour by hour."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_SCORE)}

    tried: int = Field(description="Forecasts that were made again, and compared with what came.", examples=[48])
    loss: float = Field(
        description="Pinball loss of the logarithm of the price: 0.01 is about a hundredth of it.", examples=[0.0069]
    )
    staying: float = Field(description="The same of “it stays as it is”.", examples=[0.0109])
    usual: float = Field(
        description="The same of “as it mostly was”: the quantiles of a month, weighted with time.", examples=[0.0113]
    )
    in_band: float = Field(
        ge=0, le=1, description="How often the price was between the 10 % and the 90 % quantile.", examples=[0.77]
    )


class PoolForecast(InstancePool):
    """What a pool's price may be; offered only where such forecasts were better than both that are free."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_FORECAST)}

    price: MaybePrice = Field(description="Of now.")
    offered: bool
    reason: Literal["no-price", "too-little-known", "not-better"] | None = Field(
        default=None, description="Why there is none."
    )
    hours: list[ForecastHour] = Field(description="From the next on; empty where none is offered.")
    score: ForecastScore | None = Field(default=None, description="Null where too few could be tried.")


class PriceForecasts(Wire):
    """What pools' prices may be from now on, those that are cheapest now first."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples({**SOURCE, "now": "2026-04-18T09:30:00Z", "cap": 0.45, "items": [_FORECAST]})
    }

    source: SourceName
    synthetic: Synthetic
    now: Timestamp
    cap: MaybePrice = Field(default=None, description="As it was asked for; US dollars an hour.")
    items: list[PoolForecast]
