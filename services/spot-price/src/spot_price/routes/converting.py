"""Core's and use cases' types as the contracts have them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import overload

import numpy as np
from numpy.typing import NDArray

from genba_contracts import spot as contracts
from spot_price.core.offers import Measure, cost, discount
from spot_price.core.records import Pool, Seconds, key_text
from spot_price.core.statistics import Buckets
from spot_price.core.steps import Steps
from spot_price.ports import RegionState
from spot_price.usecases.history import BucketLine, Figures, Line
from spot_price.usecases.market import KnownType, Quote, dollars


@overload
def moment(at: Seconds) -> datetime: ...
@overload
def moment(at: None) -> None: ...


def moment(at: Seconds | None) -> datetime | None:
    """A point in time."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def region(state: RegionState) -> contracts.Region:
    """How asking a region went."""
    return contracts.Region(
        name=state.region,
        observed_until=moment(state.observed_until),
        failing_since=moment(state.failing_since),
        reason=state.reason,
        code=state.code,
    )


def pool_fields(pool: Pool) -> dict[str, str | None]:
    """What every answer says of a pool."""
    return {
        "region": pool.region,
        "zone_id": pool.zone_id,
        "zone_name": pool.zone_name,
        "type": pool.instance_type,
        "product": pool.product,
    }


def price(quote: Quote) -> contracts.CurrentPrice:
    """What a pool costs now."""
    return contracts.CurrentPrice.model_validate(
        {
            **pool_fields(quote.pool),
            "price": dollars(quote.price),
            "since": moment(quote.since),
            "observed_until": moment(quote.observed_until),
            "on_demand": dollars(quote.on_demand),
            "on_demand_dated": quote.on_demand_dated,
        }
    )


def offer(quote: Quote, score: int | None) -> contracts.Offer:
    """What a pool costs now for what it has."""
    has = quote.instance
    return contracts.Offer(
        **dict(price(quote)),
        key=key_text(quote.pool),
        vcpus=has and has.vcpus,
        gpus=has and has.gpus,
        gpu_name=has and has.gpu_name,
        gpu_memory_gib=has and has.gpu_memory_gib,
        per_vcpu=cost(quote, Measure.VCPU),
        per_gpu=cost(quote, Measure.GPU),
        per_gpu_gib=cost(quote, Measure.GPU_MEMORY),
        discount=discount(quote),
        score=score,
    )


def change(quote: Quote, *, source: str, synthetic: bool) -> contracts.PriceChange:
    """What a pool costs from now on."""
    return contracts.PriceChange(**dict(price(quote)), source=source, synthetic=synthetic)


def history(head: contracts.PriceHistory, lines: Sequence[Line]) -> bytes:
    """Prices over time as JSON. 100,000 steps take 0.1 s: six times as long, were each a model."""
    return _whole(head, [_series(line.pool, line.steps.end, steps=_steps(line.steps)) for line in lines])


def bucketed(
    head: contracts.PriceHistory,
    lines: Sequence[BucketLine],
    window: tuple[Seconds, Seconds],
    known: Mapping[str, Seconds | None],
) -> bytes:
    """Prices in buckets as JSON.

    Args:
        head: what is said beside them.
        lines: the prices.
        window: from when until when.
        known: by region, until when its source has told everything.
    """
    start, end = window
    items = []
    for line in lines:
        until = known.get(line.pool.region) or end
        items.append(_series(line.pool, max(start, min(end, until)), buckets=_buckets(line.buckets, start, end)))
    return _whole(head, items)


def _whole(head: contracts.PriceHistory, items: Sequence[str]) -> bytes:
    return head.model_dump_json(exclude={"items"}).encode()[:-1] + f',"items":[{",".join(items)}]}}'.encode()


def _buckets(found: Buckets, start: Seconds, end: Seconds) -> str:
    inside = np.minimum(found.at + found.resolution, end) - np.maximum(found.at, start)
    columns = (found.mean, found.low, found.high, found.last, found.known / inside)
    rows = zip(times(found.at), *map(numbers, columns), strict=True)
    return ",".join(
        f'{{"at":"{at}","mean":{mean},"min":{low},"max":{high},"last":{last},"known":{share}}}'
        for at, mean, low, high, last, share in rows
    )


def figures(found: Figures) -> contracts.PriceFigures:
    """What a pool was like."""
    was = found.summary
    return contracts.PriceFigures.model_validate(
        {
            **pool_fields(found.pool),
            "mean": dollars(was.mean),
            "min": dollars(was.low),
            "max": dollars(was.high),
            "p50": dollars(was.p50),
            "p95": dollars(was.p95),
            "last": dollars(was.last),
            "volatility": dollars(was.volatility),
            "changes": was.changes,
            "known": was.known / was.span if was.span else 0.0,
            "under": dollars(found.under),
        }
    )


def times(at: NDArray[np.int64]) -> list[str]:
    """Points in time as JSON has them, without quotation marks."""
    return [f"{time}Z" for time in np.datetime_as_string(at.astype("datetime64[s]"))]


def numbers(values: NDArray[np.float64]) -> list[str]:
    """Numbers as JSON has them, NaN as null."""
    return ["null" if value != value else repr(value) for value in values.tolist()]  # noqa: PLR0124  (NaN alone is not itself)


def _series(pool: Pool, end: Seconds, *, steps: str = "", buckets: str = "") -> str:
    known = json.dumps(pool_fields(pool), ensure_ascii=False, separators=(",", ":"))[:-1]
    (until,) = times(np.array([end], np.int64))
    return f'{known},"steps":[{steps}],"buckets":[{buckets}],"end":"{until}"}}'


def _steps(steps: Steps) -> str:
    pairs = zip(times(steps.at), numbers(steps.price), strict=True)
    return ",".join(f'{{"at":"{at}","price":{price}}}' for at, price in pairs)


def instance_type(known: KnownType, on_demand: Mapping[str, float | None]) -> contracts.InstanceType:
    """What a type has and costs."""
    has = known.instance
    return contracts.InstanceType(
        name=known.name,
        vcpus=has and has.vcpus,
        memory_gib=has and has.memory_gib,
        gpus=has and has.gpus,
        gpu_name=has and has.gpu_name,
        gpu_memory_gib=has and has.gpu_memory_gib,
        on_demand=[
            contracts.OnDemandPrice(region=region, price=price)
            for region, price in on_demand.items()
            if price is not None and price > 0
        ],
        has_prices=known.has_prices,
    )
