"""Prices from EC2, over a real socket: what it says, page by page, and what is wrong in words."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from botocore.config import Config

from spot_ec2 import MESSAGES, Ec2Prices, Region, ec2_prices, hourly, use
from spot_price.adapters import aws
from spot_price.adapters.aws import AwsSource
from spot_price.adapters.credentials import has_credentials
from spot_price.core.records import Pool
from spot_price.ports import Query, SourceError


def at(hour: float) -> int:
    return int(datetime(2026, 5, 1, tzinfo=UTC).timestamp() + hour * 3600)


Rows = list[tuple[Pool, int, float]]
A = Pool("us-east-1", "use1-az4", "us-east-1a", "g5.xlarge")
WEST = Region([*hourly("us-west-2a", "usw2-az2", range(24))])


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ec2Prices]:
    east = Region(
        [
            *hourly("us-east-1a", "use1-az4", (1, 4, 9)),
            *hourly("us-east-1b", "use1-az6", (2, 8), kind="g5.2xlarge"),
            *hourly("us-east-1a", "use1-az4", (3,), kind="p5.48xlarge", product="Windows"),
            *hourly("us-east-1a", "use1-az4", (5,), kind="m7i.large", product="Linux/UNIX (Amazon VPC)"),
        ]
    )
    async with ec2_prices({"us-east-1": east, "us-west-2": WEST, "ap-east-1": Region(enabled=False)}) as made:
        use(monkeypatch, made)
        yield made


@pytest.fixture
async def source(server: Ec2Prices) -> AsyncIterator[AwsSource]:
    made = AwsSource()
    yield made
    await made.close()


async def rows(
    source: AwsSource,
    region: str = "us-east-1",
    *,
    types: tuple[str, ...] = (),
    products: tuple[str, ...] = (),
    start: float = 6,
    end: float = 24,
) -> Rows:
    found: Rows = []
    async with aclosing(source.prices(region, Query(types, products, at(start), at(end)))) as pages:
        async for records in pages:
            found += records.rows()
    return sorted(found, key=lambda row: (row[0].key, row[1]))


async def test_regions_are_those_that_are_enabled(source: AwsSource) -> None:
    assert await source.regions() == ["us-east-1", "us-west-2"]


async def test_the_record_in_force_at_the_start_comes_with_the_window(source: AwsSource) -> None:
    assert await rows(source, types=("g5.xlarge",)) == [(A, at(4), 0.44), (A, at(9), 0.49)]


async def test_types_are_names_or_patterns_and_products_have_two_spellings(source: AwsSource) -> None:
    assert {row[0].instance_type for row in await rows(source, types=("g5.*",))} == {"g5.xlarge", "g5.2xlarge"}
    assert await rows(source, types=("nothing.large",)) == []
    linux = {row[0].instance_type: row[0].product for row in await rows(source, products=("Linux/UNIX",))}
    assert linux == {"g5.xlarge": "Linux/UNIX", "g5.2xlarge": "Linux/UNIX", "m7i.large": "Linux/UNIX"}
    assert {row[0].instance_type for row in await rows(source, products=("Windows",))} == {"p5.48xlarge"}


@pytest.mark.parametrize("page", [1, 5, 24, 1_000])
async def test_every_page_is_asked_for_until_the_token_is_empty(
    source: AwsSource, server: Ec2Prices, page: int
) -> None:
    server.page = page
    found = await rows(source, "us-west-2", start=-1)
    assert [row[1] for row in found] == [at(hour) for hour in range(24)]
    assert len(server.actions("DescribeSpotPriceHistory")) == -(-24 // page)


async def test_zones_have_ids_whether_or_not_the_records_say_them(source: AwsSource, server: Ec2Prices) -> None:
    without = await rows(source)
    server.regions["us-east-1"].says_ids = True
    assert await rows(source) == without
    assert len(server.actions("DescribeAvailabilityZones")) == 1


async def test_so_many_types_that_a_filter_cannot_hold_them_are_all(source: AwsSource, server: Ec2Prices) -> None:
    assert len(await rows(source, types=tuple(f"x{number}.large" for number in range(201)))) > 2
    assert not any("Filter" in name for name in server.asked[-1][2])


async def test_one_client_a_region_is_kept(source: AwsSource, server: Ec2Prices) -> None:
    for _ in range(3):
        await rows(source)
        await rows(source, "us-west-2")
    assert len(source._clients) == 2
    assert len(server.actions("DescribeAvailabilityZones")) == 2


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        ("RequestLimitExceeded", "throttled", "takes no more requests just now"),
        ("OptInRequired", "opt-in-required", "enable the region"),
        ("RequestExpired", "credentials", "is this machine's clock right?"),
        ("AuthFailure", "credentials", "aws sso login"),
        ("UnauthorizedOperation", "credentials", "the policy has to allow Describe"),
        ("InvalidParameterValue", "refused", "Invalid value"),
        ("InternalError", "no-answer", "EC2 is not well"),
    ],
)
async def test_what_is_wrong_is_said_in_one_line(
    source: AwsSource, server: Ec2Prices, error: str, code: str, said: str
) -> None:
    assert error in MESSAGES
    server.regions["us-east-1"].error = error
    with pytest.raises(SourceError) as caught:
        await rows(source)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert await rows(source, "us-west-2"), "another region answers"


async def test_a_region_that_throttles_for_a_moment_is_asked_again(source: AwsSource, server: Ec2Prices) -> None:
    server.regions["us-east-1"].bucket = 1.0
    assert len(await rows(source, types=("g5.xlarge",))) == 2


async def test_no_answer_is_said_after_the_time_that_is_set(server: Ec2Prices, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = aws.CONFIG.merge(Config(read_timeout=0.1, retries={"total_max_attempts": 1}))
    monkeypatch.setattr(aws, "CONFIG", quick)
    source = AwsSource()
    server.regions["us-east-1"].silent = True
    try:
        with pytest.raises(SourceError, match="no answer") as caught:
            await rows(source)
        assert caught.value.code == "no-answer"
    finally:
        await source.close()


async def test_what_is_no_xml_is_refused_in_words(
    source: AwsSource, server: Ec2Prices, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rows(source)
    monkeypatch.setattr(Ec2Prices, "_prices", lambda *_: "<spotPriceHistorySet><item/></spotPriceHistorySet>")
    with pytest.raises(SourceError, match="cannot be read"):
        await rows(source)


async def test_without_credentials_it_is_said_how_to_log_in(server: Ec2Prices, monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_credentials()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert not has_credentials()
    source = AwsSource()
    try:
        with pytest.raises(SourceError, match="log in") as caught:
            await source.regions()
        assert caught.value.code == "credentials"
    finally:
        await source.close()
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    assert has_credentials(), "who names a profile wants it, and is told that it is not there"
