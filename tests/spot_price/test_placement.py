"""Placement scores come from EC2, a set of types at a time, and are kept for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aioboto3
import pytest

from spot_ec2 import Ec2Prices, Region, ec2_prices, use
from spot_price.adapters.placement import BAD, DAY, GOOD, AwsPlacement, open_placement
from spot_price.ports import PlacementError

TYPES, REGIONS = ["g5.2xlarge", "g4dn.xlarge"], ["us-east-1", "eu-west-1"]


class HandClock:
    """It goes when it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def ec2(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ec2Prices]:
    async with ec2_prices({}, page=2) as server:
        server.scores = {"use1-az1": ("us-east-1", 9), "use1-az4": ("us-east-1", 3), "euw1-az2": ("eu-west-1", 7)}
        use(monkeypatch, server)
        yield server


async def test_every_page_is_read_and_an_answer_is_kept_for_a_while(ec2: Ec2Prices) -> None:
    clock = HandClock()
    async with AsyncExitStack() as stack:
        placement = AwsPlacement(aioboto3.Session(), stack, clock=clock)
        expected = {"use1-az1": 9, "use1-az4": 3, "euw1-az2": 7}
        assert await placement.scores(TYPES, REGIONS) == expected
        assert await placement.scores(TYPES[::-1], REGIONS[::-1]) == expected
        assert len(ec2.asked) == 2
        first, second = (form for _, _, form in ec2.asked)
        assert [first[f"InstanceType.{n}"] for n in (1, 2)] == ["g4dn.xlarge", "g5.2xlarge"]
        assert [first[f"RegionName.{n}"] for n in (1, 2)] == ["eu-west-1", "us-east-1"]
        assert (first["TargetCapacity"], first["SingleAvailabilityZone"]) == ("1", "true")
        assert second["NextToken"] == "2"
        clock.now += GOOD + 1
        await placement.scores(TYPES, REGIONS)
        assert len(ec2.asked) == 4


async def test_what_ec2_refuses_is_told_and_not_tried_again_at_once(ec2: Ec2Prices) -> None:
    clock = HandClock()
    ec2.regions["us-east-1"] = Region(error="MaxConfigLimitExceeded")
    async with AsyncExitStack() as stack:
        placement = AwsPlacement(aioboto3.Session(), stack, clock=clock)
        for _ in range(3):
            with pytest.raises(PlacementError, match="limit of configurations"):
                await placement.scores(TYPES, REGIONS)
        assert len(ec2.asked) == 1
        ec2.regions["us-east-1"].error = ""
        clock.now += BAD + 1
        assert len(await placement.scores(TYPES, REGIONS)) == 3


async def test_who_asks_for_the_same_at_once_is_answered_by_one_call(ec2: Ec2Prices) -> None:
    async with open_placement() as placement:
        given_up = asyncio.ensure_future(placement.scores(TYPES, REGIONS))
        others = [asyncio.ensure_future(placement.scores(TYPES, REGIONS)) for _ in range(5)]
        await asyncio.sleep(0)
        given_up.cancel()
        assert [len(found) for found in await asyncio.gather(*others)] == [3] * 5
    assert len(ec2.asked) == 2, "two pages"


async def test_ec2_is_asked_so_often_a_day_and_no_more(ec2: Ec2Prices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spot_price.adapters.placement.MOST_ASKED", 2)
    clock = HandClock()
    async with AsyncExitStack() as stack:
        placement = AwsPlacement(aioboto3.Session(), stack, clock=clock)
        await placement.scores(["g5.xlarge"], REGIONS)
        await placement.scores(["g6.xlarge"], REGIONS)
        with pytest.raises(PlacementError, match="within a day"):
            await placement.scores(["p5.48xlarge"], REGIONS)
        assert len(await placement.scores(["g5.xlarge"], REGIONS)) == 3, "what is known is told"
        clock.now += DAY
        await placement.scores(["p5.48xlarge"], REGIONS)
    assert len(ec2.asked) == 6


async def test_without_credentials_there_are_no_scores(ec2: Ec2Prices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    async with open_placement() as placement:
        with pytest.raises(PlacementError, match=r"(?i)credentials"):
            await placement.scores(TYPES, REGIONS)
    assert ec2.asked == []
