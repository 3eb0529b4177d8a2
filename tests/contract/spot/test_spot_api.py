"""The price service's API: prices now and before, types, regions."""

import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.spot.spot_world import StandingClock, World, at, spot_world
from genba_servicekit.testing import test_data
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.memory import MemoryStore
from spot_price.core.files import read_prices
from spot_price.core.records import MICROS, Records
from spot_price.usecases.history import History
from spot_price.usecases.market import Market

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as made:
        yield made


async def get(world: World, path: str, **params: Any) -> Any:
    answer = await world.http.get(f"/v1{path}", params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["source"], body["synthetic"]) == ("synthetic (seed 7)", True)
    return body


async def zones(world: World, **params: Any) -> list[str]:
    return [one["zone_id"] or one["zone_name"] for one in (await get(world, "/prices", **params))["items"]]


async def test_prices_are_listed_with_the_cheapest_first_and_the_unknown_last(world: World) -> None:
    body = await get(world, "/prices")
    assert [one["price"] for one in body["items"]] == [0.1578, 0.3977, 0.4361, 0.52, None]
    assert (body["total"], body["next_cursor"]) == (5, None)
    assert body["items"][2] == {
        "region": "us-east-1",
        "zone_id": "use1-az1",
        "zone_name": "us-east-1a",
        "type": "g5.2xlarge",
        "product": "Linux/UNIX",
        "price": 0.4361,
        "since": "2026-04-18T08:12:41Z",
        "observed_until": "2026-04-18T09:30:00Z",
        "on_demand": 1.212,
        "on_demand_dated": "2026-04-01",
    }


async def test_pools_are_chosen_by_region_zone_type_and_product(world: World) -> None:
    assert await zones(world, region="us") == ["us-west-2b", "use1-az1", "use1-az2", "usw2-az1"]
    assert await zones(world, region=["eu", "us-west"]) == ["us-west-2b", "euw1-az3", "usw2-az1"]
    assert await zones(world, type="G5.*", region="us-east-1") == ["use1-az1", "use1-az2"]
    assert await zones(world, zone=["us-east-1b", "euw1-az3"]) == ["euw1-az3", "use1-az2"]
    assert await zones(world, product="windows (amazon vpc)") == ["use1-az1"]
    assert len(await zones(world, product="all")) == 6
    assert await zones(world, type="g5.12xlarge") == []


async def test_a_list_of_prices_goes_on_where_it_was_though_prices_move(world: World) -> None:
    first = await get(world, "/prices", limit=2)
    assert [one["price"] for one in first["items"]] == [0.1578, 0.3977]
    second = await get(world, "/prices", limit=2, cursor=first["next_cursor"])
    third = await get(world, "/prices", limit=2, cursor=second["next_cursor"])
    assert [one["price"] for one in second["items"] + third["items"]] == [0.4361, 0.52, None]
    assert third["next_cursor"] is None


async def test_history_is_in_steps_with_the_one_in_force_first_and_gaps(world: World) -> None:
    body = await get(
        world, "/prices/history", region="us-east-1", start="2026-04-18T06:30:00Z", end="2026-04-18T18:15:00+09:00"
    )
    assert (body["start"], body["end"], body["resolution"]) == (
        "2026-04-18T06:30:00Z",
        "2026-04-18T09:15:00Z",
        "raw",
    )
    first, second = body["items"]
    assert first["steps"] == [
        {"at": "2026-04-18T06:30:00Z", "price": 0.4412},
        {"at": "2026-04-18T08:12:41Z", "price": 0.4361},
    ]
    assert [step["price"] for step in second["steps"]] == [0.51, None, 0.52]
    assert (first["end"], first["buckets"]) == ("2026-04-18T09:15:00Z", [])


async def test_history_is_in_buckets_weighted_by_time(world: World) -> None:
    window = {"start": "2026-04-18T06:30:00Z", "end": "2026-04-18T09:00:00Z"}
    body = await get(world, "/prices/history", zone="use1-az2", resolution="1h", **window)
    (series,) = body["items"]
    assert (series["steps"], series["end"], body["resolution"]) == ([], "2026-04-18T09:00:00Z", "1h")
    first, second, third = series["buckets"]
    assert first == {
        "at": "2026-04-18T06:00:00Z",
        "mean": 0.51,
        "min": 0.51,
        "max": 0.51,
        "last": 0.51,
        "known": 1.0,
    }
    assert (second["mean"], second["known"]) == (0.52, 0.5)
    assert (third["mean"], third["known"]) == (0.52, 1.0)
    day = (await get(world, "/prices/history", zone="use1-az1", resolution="1d", **window))["items"][0]["buckets"]
    changed = (at("08:12:41") - at("06:30:00")) / 9000
    assert [one["mean"] for one in day] == [pytest.approx(0.4412 * changed + 0.4361 * (1 - changed))]
    empty = await get(world, "/prices/history", zone="use1-az2", resolution="15m", end="2026-04-18T05:00:00Z")
    assert {(one["mean"], one["known"]) for one in empty["items"][0]["buckets"]} == {(None, 0.0)}


async def test_nothing_is_said_of_prices_after_the_source_last_answered(world: World) -> None:
    body = await get(world, "/prices/history", region="us-west-2", type="g4dn.xlarge")
    assert {one["end"] for one in body["items"]} == {"2026-04-18T09:00:00Z"}
    assert body["end"] == "2026-04-18T09:30:00Z"


async def test_figures_are_weighted_by_time_with_the_cheapest_on_the_mean_first(world: World) -> None:
    window = {"start": "2026-04-18T06:30:00Z", "end": "2026-04-18T18:30:00+09:00"}
    body = await get(world, "/statistics", region="us-east-1", threshold=0.44, **window)
    assert (body["start"], body["end"], body["threshold"]) == ("2026-04-18T06:30:00Z", "2026-04-18T09:30:00Z", 0.44)
    first, second = body["items"]
    dear = (at("08:12:41") - at("06:30:00")) / 10_800
    assert first == {
        "region": "us-east-1",
        "zone_id": "use1-az1",
        "zone_name": "us-east-1a",
        "type": "g5.2xlarge",
        "product": "Linux/UNIX",
        "mean": pytest.approx(0.4412 * dear + 0.4361 * (1 - dear)),
        "min": 0.4361,
        "max": 0.4412,
        "p50": 0.4412,
        "p95": 0.4412,
        "last": 0.4361,
        "volatility": pytest.approx(math.log(0.4412 / 0.4361) * math.sqrt(8)),
        "changes": 1,
        "known": 1.0,
        "under": pytest.approx(1 - dear),
    }
    assert (second["known"], second["under"], second["changes"]) == (pytest.approx(5 / 6), 0.0, 0)


async def test_the_mean_of_a_real_price_is_what_an_hour_cost_not_that_of_its_records(tmp_path: Path) -> None:
    """us-east-1b in 2015: its records' mean is a quarter of the price, since it is restated while it swings."""
    (records,) = read_prices(next(test_data("spot-prices").glob("g2.2xlarge*")).read_bytes())
    (zone,) = (index for index, pool in enumerate(records.pools) if pool.zone == "us-east-1b")
    chosen = records.which == zone
    first, last = int(records.at[chosen].min()), int(records.at[chosen].max())
    rows = Records([records.pools[zone]], records.which[chosen] * 0, records.at[chosen], records.micros[chosen], 90_000)
    async with spot_world(tmp_path) as world:
        store = MemoryStore()
        await store.ingest(rows)
        market = Market(store, packaged(), StandingClock(last + 1), source="a recording", synthetic=False)
        await market.load()
        world.app.state.spot = replace(world.spot, market=market, history=History(market))
        found = await world.client.statistics(["g2.2xlarge"], start=datetime.fromtimestamp(first, UTC), threshold=0.65)
    (figures,) = found.items
    assert float(records.micros[chosen].mean()) / MICROS == pytest.approx(0.16, abs=0.005)
    assert figures.mean == pytest.approx(0.59, abs=0.01)
    assert figures.p50 == pytest.approx(0.08, abs=0.005)
    assert figures.under == pytest.approx(0.8, abs=0.05)


async def test_figures_of_what_is_not_known_are_null(world: World) -> None:
    body = await get(world, "/statistics", zone="usw2-az1")
    (figures,) = body["items"]
    unknown = {name: value for name, value in figures.items() if value is None}
    assert unknown.keys() == {"mean", "min", "max", "p50", "p95", "last", "volatility", "under"}
    assert (figures["known"], figures["changes"], body["threshold"]) == (0.0, 0, None)
    (steady,) = (await get(world, "/statistics", zone="us-west-2b"))["items"]
    assert (steady["mean"], steady["volatility"], steady["under"]) == (0.1578, None, None)


async def test_types_are_listed_with_what_they_have_and_cost(world: World) -> None:
    body = await get(world, "/types", gpus=1, region="us")
    assert (body["dated"], body["product"]) == ("2026-04-01", "Linux/UNIX")
    assert [one["name"] for one in body["items"]] == ["g4dn.xlarge", "g5.12xlarge", "g5.2xlarge"]
    assert body["items"][2] == {
        "name": "g5.2xlarge",
        "vcpus": 8,
        "memory_gib": 32.0,
        "gpus": 1,
        "gpu_name": "A10G",
        "gpu_memory_gib": 24.0,
        "on_demand": [{"region": "us-east-1", "price": 1.212}],
        "has_prices": True,
    }
    assert not body["items"][1]["has_prices"]
    page = await get(world, "/types", limit=3)
    assert [one["name"] for one in (await get(world, "/types", cursor=page["next_cursor"]))["items"]] == ["g5.2xlarge"]
    windows = await get(world, "/types", type="g5.2xlarge", product="windows")
    assert windows["items"][0]["on_demand"] == [{"region": "us-east-1", "price": 1.58}]


async def test_a_region_that_fails_says_why_on_its_own_row(world: World) -> None:
    body = await get(world, "/regions")
    assert [(one["name"], one["code"]) for one in body["items"]] == [
        ("eu-west-1", None),
        ("us-east-1", None),
        ("us-west-2", "no-answer"),
    ]


@pytest.mark.parametrize("path", ["/v1/prices", "/v1/prices/history", "/v1/statistics", "/v1/types", "/v1/regions"])
async def test_what_is_read_has_a_tag_that_saves_the_body(world: World, path: str) -> None:
    first = await world.http.get(path)
    assert first.headers["cache-control"] == "no-cache"
    again = await world.http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_figures_have_the_prices_of_watched_types(world: World) -> None:
    figures = (await world.http.get("/metrics")).text
    assert 'spot_price_dollars{product="Linux/UNIX",region="us-east-1",type="g5.xlarge"' in figures
