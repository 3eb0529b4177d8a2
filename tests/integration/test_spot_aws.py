"""The service and the monitor on what they take for an AWS account: real processes, answers over a socket."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.spot.spot_world import spot_server
from spot_ec2 import Ec2Prices, Price, Region, ec2_prices, product, settings_of

COMMAND = Path(sys.executable).with_name("spot-price")
TYPE = "g5.xlarge"


def record(zone: str, zone_id: str, ago: int, price: float) -> Price:
    return Price(int(time.time()) - ago, zone, zone_id, TYPE, price=price)


@pytest.fixture
async def server() -> AsyncIterator[Ec2Prices]:
    regions = {
        "us-east-1": Region(
            [record("us-east-1a", "use1-az4", 7_200, 0.51), record("us-east-1a", "use1-az4", 600, 0.4)]
        ),
        "eu-west-1": Region([record("eu-west-1b", "euw1-az1", 500_000, 0.6)], latency=0.1),
        "ap-east-1": Region(error="AuthFailure"),
        "sa-east-1": Region(enabled=False),
    }
    async with ec2_prices(regions) as made:
        yield made


async def until(url: str, path: str, good: Any) -> Any:
    """What a route says, as soon as it is good."""
    async with httpx.AsyncClient(base_url=url) as client:
        async with asyncio.timeout(30):
            while True:
                said = (await client.get(path)).json()
                if good(said):
                    return said
                await asyncio.sleep(0.1)


async def test_a_person_with_an_account_sees_its_prices_and_which_region_fails(
    server: Ec2Prices, tmp_path: Path
) -> None:
    settings = {"SPOT_REGIONS": '["all"]', "SPOT_WATCH_TYPES": json.dumps([TYPE]), "SPOT_POLL_INTERVAL": "5"}
    with spot_server(tmp_path, **settings, **settings_of(server)) as url:
        prices = await until(url, f"/v1/prices?type={TYPE}", lambda said: len(said.get("items", [])) == 2)
        assert (prices["source"], prices["synthetic"]) == ("aws", False)
        assert [(item["zone_id"], item["price"]) for item in prices["items"]] == [("use1-az4", 0.4), ("euw1-az1", 0.6)]
        regions = await until(url, "/v1/regions", lambda said: any(item["failing_since"] for item in said["items"]))
        rows = {item["name"]: item for item in regions["items"]}
        assert rows["ap-east-1"]["code"] == "credentials"
        assert "AuthFailure" in rows["ap-east-1"]["reason"]
        assert rows["us-east-1"]["reason"] is None
        assert "sa-east-1" not in server.actions("DescribeSpotPriceHistory")
        server.regions["us-east-1"].prices.append(record("us-east-1a", "use1-az4", 1, 0.3))
        moved = await until(url, f"/v1/prices?type={TYPE}&region=us", lambda said: said["items"][0]["price"] == 0.3)
        assert len(moved["items"]) == 1
        server.scores = {"use1-az4": ("us-east-1", 8), "use2-az1": ("us-east-2", 9)}
        offers = await until(url, f"/v1/offers?type={TYPE}&scores=true", lambda said: said["items"])
        assert [(item["zone_id"], item["score"]) for item in offers["items"]] == [("use1-az4", 8), ("euw1-az1", None)]
        assert (offers["scored"], offers["score_fault"]) == ([TYPE], None)


async def test_prices_on_demand_are_the_accounts_and_a_restart_has_them_though_nobody_tells_them(
    server: Ec2Prices, tmp_path: Path
) -> None:
    server.types = [{"name": TYPE, "vcpus": 4, "mib": 16_384, "gpus": [(1, "A10G", 24_576)]}]
    server.products = [product("us-east-1", TYPE, "Linux", "1.1"), product("eu-west-1", TYPE, "Linux", "1.3")]
    settings = {"SPOT_REGIONS": '["all"]', "SPOT_WATCH_TYPES": json.dumps([TYPE]), **settings_of(server)}
    path, before = f"/v1/prices?type={TYPE}", datetime.now(UTC).date().isoformat()

    def learnt(said: Any) -> bool:
        return [item["on_demand"] for item in said.get("items", [])] == [1.1, 1.3]

    with spot_server(tmp_path, **settings) as url:
        said = await until(url, path, learnt)
        dated = said["items"][0]["on_demand_dated"]
        assert before <= dated <= datetime.now(UTC).date().isoformat()
        types = await until(url, f"/v1/types?type={TYPE}&region=us", lambda said: said["items"])
        assert (types["dated"], types["items"][0]["on_demand"]) == (dated, [{"region": "us-east-1", "price": 1.1}])
        async with httpx.AsyncClient(base_url=url) as client:
            assert f"On-demand prices as of {dated}" in (await client.get(f"/?type={TYPE}&lang=en")).text
    server.troubles = {("GetProducts", 0): "AccessDeniedException", ("DescribeInstanceTypes", 0): "AuthFailure"}
    kept = tmp_path / "spot-catalogue.json"
    kept.write_text(kept.read_text().replace(f'"dated": "{dated}"', '"dated": "2026-02-01"'))
    with spot_server(tmp_path, **settings) as url:
        said = await until(url, path, learnt)
        assert {item["on_demand_dated"] for item in said["items"]} == {"2026-02-01"}


async def test_the_monitor_asks_the_account_itself(server: Ec2Prices, tmp_path: Path) -> None:
    command = [
        str(COMMAND),
        "watch",
        "--once",
        "--format",
        "json",
        "--type",
        TYPE,
        "--regions",
        "us",
        "--regions",
        "eu",
    ]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **settings_of(server)}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    said = json.loads(out)
    assert said["source"] == "aws"
    assert TYPE in out.decode()
