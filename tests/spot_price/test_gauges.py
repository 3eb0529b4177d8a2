"""Prometheus hears of watched types, and never of more series than is good for it."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from contract.spot.spot_world import StandingClock, filled_market
from spot_price.gauges import PriceGauges

pytestmark = pytest.mark.anyio


async def lines(*types: str, most: int = 100) -> list[str]:
    registry = CollectorRegistry()
    registry.register(PriceGauges(await filled_market(StandingClock()), types, most=most))
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


async def test_watched_types_are_told_by_region_zone_type_and_product() -> None:
    found = await lines("g5.*")
    assert (
        'spot_price_dollars{product="Linux/UNIX",region="us-east-1",type="g5.2xlarge",zone="use1-az1"} 0.4361' in found
    )
    assert sum(line.startswith("spot_price_dollars") for line in found) == 4
    assert not any("g4dn" in line for line in found)


async def test_a_price_that_is_not_known_is_not_told() -> None:
    assert [line for line in await lines("g4dn.xlarge") if "usw2-az1" in line] == []


async def test_series_are_bounded() -> None:
    found = await lines("*", most=2)
    assert sum(line.startswith("spot_price_dollars") for line in found) == 2
    assert "spot_prices_left_out 4.0" in found
    assert not any(line.startswith("spot_price_dollars") for line in await lines("p9.*"))


async def test_regions_say_how_they_answer() -> None:
    found = await lines()
    assert 'spot_region_failing{region="us-west-2"} 1.0' in found
    assert 'spot_region_failing{region="us-east-1"} 0.0' in found
    assert 'spot_region_observed_timestamp_seconds{region="us-east-1"} 1.7765046e+09' in found
