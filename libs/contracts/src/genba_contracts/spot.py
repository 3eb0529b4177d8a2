"""Requests and responses of the price service's REST API.

Paths are under `/v1`. Bodies are JSON in UTF-8, errors are `genba_contracts.problem.Problem`. Prices are in US dollars
an hour; one that is not known is null, never 0.
"""

from genba_contracts.spot_alerts import (
    Alert,
    AlertChange,
    AlertList,
    AlertMade,
    AlertSpec,
    Delivery,
    DeliveryList,
    DeliveryState,
)
from genba_contracts.spot_fields import POINTS_MAX, PRICES_MAX, TYPES_MAX
from genba_contracts.spot_forecasts import (
    ForecastHour,
    ForecastScore,
    PoolForecast,
    PriceForecasts,
    PriceQuantiles,
)
from genba_contracts.spot_offers import OFFERS_MAX, Offer, OfferList, RankBy
from genba_contracts.spot_prices import (
    Bucket,
    CurrentPrice,
    InstancePool,
    PriceChange,
    PriceHistory,
    PricePage,
    PriceSeries,
    Step,
)
from genba_contracts.spot_regions import Region, RegionList
from genba_contracts.spot_statistics import PriceFigures, PriceStatistics
from genba_contracts.spot_types import InstanceType, OnDemandPrice, TypePage

__all__ = [
    "OFFERS_MAX",
    "POINTS_MAX",
    "PRICES_MAX",
    "TYPES_MAX",
    "Alert",
    "AlertChange",
    "AlertList",
    "AlertMade",
    "AlertSpec",
    "Bucket",
    "CurrentPrice",
    "Delivery",
    "DeliveryList",
    "DeliveryState",
    "ForecastHour",
    "ForecastScore",
    "InstancePool",
    "InstanceType",
    "Offer",
    "OfferList",
    "OnDemandPrice",
    "PoolForecast",
    "PriceChange",
    "PriceFigures",
    "PriceForecasts",
    "PriceHistory",
    "PricePage",
    "PriceQuantiles",
    "PriceSeries",
    "PriceStatistics",
    "RankBy",
    "Region",
    "RegionList",
    "Step",
    "TypePage",
]
