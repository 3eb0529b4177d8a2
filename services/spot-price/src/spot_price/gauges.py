"""Prices of watched types, and how regions answer, as Prometheus asks for them."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from spot_price.core.selection import Selection
from spot_price.usecases.market import Market

SERIES_MAX: Final = 2_000
"""Series of prices at most: seven types in a hundred zones are 700; every type there is would be 60,000."""


class PriceGauges(Collector):
    """Asks the market when Prometheus asks.

    Args:
        market: what is told of.
        types: names or patterns of the types that are watched.
        most: series of prices at most; which are left out depends on their names alone, not on their prices.
    """

    def __init__(self, market: Market, types: Sequence[str], *, most: int = SERIES_MAX) -> None:
        self._market = market
        self._types = tuple(pattern.lower() for pattern in types)
        self._most = most

    def collect(self) -> Iterator[Metric]:
        """The families, as the registry asks for them."""
        watched = tuple(
            name for name in self._market.types if any(fnmatchcase(name, pattern) for pattern in self._types)
        )
        quotes = self._market.current(Selection(types=watched, products=())) if watched else []
        quotes.sort(key=lambda quote: quote.pool.key)
        prices = GaugeMetricFamily(
            "spot_price_dollars",
            "US dollars an hour, where it is known.",
            labels=["region", "zone", "type", "product"],
        )
        for quote in quotes[: self._most]:
            if quote.price is not None:
                pool = quote.pool
                prices.add_metric([pool.region, pool.zone, pool.instance_type, pool.product], quote.price)
        left_out = GaugeMetricFamily("spot_prices_left_out", "Watched pools beyond the most that are told of.")
        left_out.add_metric([], max(0, len(quotes) - self._most))
        failing = GaugeMetricFamily("spot_region_failing", "1 if the last poll of a region failed.", labels=["region"])
        observed = GaugeMetricFamily(
            "spot_region_observed_timestamp_seconds",
            "Until when a region's source has told everything.",
            labels=["region"],
        )
        for region, state in sorted(self._market.states.items()):
            failing.add_metric([region], float(state.failing_since is not None))
            if state.observed_until is not None:
                observed.add_metric([region], state.observed_until)
        yield from (prices, left_out, failing, observed)
