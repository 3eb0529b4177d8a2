"""The monitor's prices from a running service, over its REST API."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import numpy as np

from genba_client import ApiConnectionError, ApiStatusError, GenbaError, SpotClient, UnprocessableError
from genba_contracts import spot as contracts
from spot_price.core.forecast import Forecast
from spot_price.core.forecast_scoring import Fared
from spot_price.core.instances import InstanceType
from spot_price.core.records import Pool, Seconds
from spot_price.core.regions import UnknownNameError, expand_regions
from spot_price.core.selection import Selection
from spot_price.core.steps import Steps
from spot_price.ports import RegionState
from spot_price.usecases.forecasting import Outlook, Silence
from spot_price.usecases.market import Quote
from spot_price.watch.feed import FeedError, Foresight, Snapshot
from spot_price.watch.view import DAY, View

BUCKETS: Final = ((7 * DAY, "10m"), (30 * DAY, "1h"), (90 * DAY, "3h"))
"""How long a bucket is in windows of up to so long, where all steps would be more than the service gives."""
SLACK: Final = 120
"""Seconds that more is asked for at the left, since the service's clock is known only when it has answered."""


class ServerFeed:
    """A `Feed` of a price service."""

    def __init__(self, client: SpotClient) -> None:
        self._client = client
        self._instances: dict[str, InstanceType] = {}
        self._asked_types: tuple[str, ...] | None = None

    async def look(self, selection: Selection, view: View | None = None, *, fresh: bool = True) -> Snapshot:  # noqa: ARG002  (its answers are new each time)
        """What is selected costs, and did in the view's window."""
        with _told():
            return await self._look(selection, view)

    async def outlooks(self, selection: Selection, *, hours: int, cap: float | None = None) -> Foresight:
        """What the prices of pools may be in the next hours."""
        with _told():
            regions, found = await asyncio.gather(
                self._client.regions(),
                self._client.forecasts(
                    selection.types, regions=selection.regions, products=selection.products, hours=hours, cap=cap
                ),
            )
        now = _seconds(found.now)
        items = [_outlook(one, now) for one in found.items]
        return Foresight(found.source, found.synthetic, now, items, _failing(regions, selection))

    async def types(self) -> Sequence[str]:
        """Instance types that can be looked at, as far as they are known."""
        try:
            return [item.name async for item in self._client.types() if item.has_prices]
        except GenbaError:
            return []

    async def close(self) -> None:
        """Let go of what is open."""
        await self._client.aclose()

    async def _look(self, selection: Selection, view: View | None) -> Snapshot:
        regions, prices = await asyncio.gather(self._client.regions(), self._prices(selection))
        await self._learn(selection.types)
        failing = _failing(regions, selection)
        quotes = [self._quote(price) for price in prices]
        observed = [quote.observed_until for quote in quotes if quote.observed_until]
        now = max(observed, default=int(datetime.now(UTC).timestamp()))
        start, end, steps = now, now, {}
        if view:
            history = await self._history(selection, view, now)
            steps = {_pool(series): _steps(series) for series in history.items}
            if view.end is None:
                now = _seconds(history.end)
            start, end = view.stretch(now)
        return Snapshot(regions.source, regions.synthetic, now, start, end, quotes, steps, failing)

    async def _prices(self, selection: Selection) -> list[contracts.CurrentPrice]:
        pages = self._client.prices(
            selection.types, regions=selection.regions, products=selection.products, limit=contracts.PRICES_MAX
        )
        return [price async for price in pages]

    async def _history(self, selection: Selection, view: View, now: Seconds) -> contracts.PriceHistory:
        start, end = view.stretch(now)
        raw = None
        for resolution in (raw, next(length for most, length in BUCKETS if view.window <= most)):
            try:
                return await self._client.history(
                    selection.types,
                    regions=selection.regions,
                    products=selection.products,
                    start=_moment(start - SLACK),
                    end=None if view.end is None else _moment(end),
                    resolution=resolution,
                )
            except UnprocessableError as error:
                if resolution is not raw or "points" not in _members(error):
                    raise
        raise AssertionError  # the last one is returned or raised

    async def _learn(self, types: tuple[str, ...]) -> None:
        """Know what the types have, once for each choice of types."""
        if types != self._asked_types:
            self._instances = {
                item.name: InstanceType(
                    item.name,
                    item.vcpus,
                    item.memory_gib or 0.0,
                    item.gpus or 0,
                    item.gpu_name,
                    item.gpu_memory_gib or 0.0,
                )
                async for item in self._client.types(types)
                if item.vcpus is not None
            }
            self._asked_types = types

    def _quote(self, price: contracts.CurrentPrice) -> Quote:
        return Quote(
            pool=_pool(price),
            price=price.price,
            since=_seconds(price.since),
            observed_until=None if price.observed_until is None else _seconds(price.observed_until),
            on_demand=price.on_demand,
            instance=self._instances.get(price.type),
            on_demand_dated=None if price.on_demand_dated is None else price.on_demand_dated.isoformat(),
        )


def _pool(wire: contracts.InstancePool) -> Pool:
    return Pool(wire.region, wire.zone_id, wire.zone_name, wire.type, wire.product)


def _steps(series: contracts.PriceSeries) -> Steps:
    """Steps as they came; of buckets the mean of each."""
    points = [(step.at, step.price) for step in series.steps] or [(step.at, step.mean) for step in series.buckets]
    return Steps(
        np.array([_seconds(at) for at, _ in points], np.int64),
        np.array([np.nan if price is None else price for _, price in points], np.float64),
        _seconds(series.end),
    )


def _outlook(one: contracts.PoolForecast, now: Seconds) -> Outlook:
    made = None
    if one.hours:
        under = [hour.under for hour in one.hours if hour.under is not None]
        quantiles = np.array([list(hour.price.model_dump().values()) for hour in one.hours], np.float64)
        made = Forecast(quantiles, np.array(under, np.float64) if under else None)
    silence = None if one.reason is None else Silence(one.reason)
    score, fared = one.score, None
    if score is not None:
        fared = Fared(score.tried, score.loss, score.staying, score.usual, score.in_band)
    return Outlook(_pool(one), now, one.price, made, silence, fared)


def _failing(regions: contracts.RegionList, selection: Selection) -> list[RegionState]:
    asked = set(expand_regions(selection.regions, [region.name for region in regions.items]))
    return [_state(region) for region in regions.items if region.failing_since and region.name in asked]


def _state(region: contracts.Region) -> RegionState:
    observed = None if region.observed_until is None else _seconds(region.observed_until)
    since = None if region.failing_since is None else _seconds(region.failing_since)
    return RegionState(region.name, observed, None, since, region.reason, region.code)


@contextmanager
def _told() -> Iterator[None]:
    """What the client raises, as a feed says it."""
    try:
        yield
    except UnprocessableError as error:
        raise _unknown(error) or FeedError(_line(error)) from None
    except GenbaError as error:
        raise FeedError(_line(error)) from None


def _seconds(at: datetime) -> Seconds:
    return int(at.timestamp())


def _moment(at: Seconds) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _members(error: UnprocessableError) -> Mapping[str, object]:
    return (error.problem.model_extra or {}) if error.problem else {}


def _unknown(error: UnprocessableError) -> UnknownNameError | None:
    said = _members(error)
    kind, name, near = said.get("kind"), said.get("name"), said.get("near")
    if isinstance(kind, str) and isinstance(name, str) and isinstance(near, list):
        return UnknownNameError(kind, name, [str(each) for each in near])
    return None


def _line(error: GenbaError) -> str:
    """One line that is short enough for the last line of a terminal."""
    url = error.request.url
    where = f"{url.scheme}://{url.netloc.decode('ascii')}"
    if isinstance(error, ApiConnectionError):
        return f"{where} does not answer"
    if isinstance(error, ApiStatusError):
        title = error.problem.title if error.problem else error.response.reason_phrase
        return f"{where} answers {error.status} {title}"
    return f"{where} does not answer as a price service does"
