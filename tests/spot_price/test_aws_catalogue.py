"""Types and their prices on demand from an account, over a real socket; and what is said while it is not known."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from spot_ec2 import Ec2Prices, Region, ec2_prices, product, use
from spot_price.adapters.aws import AwsSource
from spot_price.adapters.aws_catalogue import LONGEST, AwsCatalogue, Wanted, _groups
from spot_price.adapters.catalogue import DATED, packaged
from spot_price.core.instances import InstanceType

GPU = {"name": "g5.xlarge", "vcpus": 4, "mib": 16_384, "gpus": [(1, "A10G", 24_576)]}
EIGHT = {"name": "p9.48xlarge", "vcpus": 192, "mib": 2_097_152, "gpus": [(8, "B900", 294_912)]}
PLAIN = {"name": "m9.large", "vcpus": 2, "mib": 8_192}
FAR = {"name": "g5.far", "vcpus": 8, "mib": 1_024, "regions": ["eu-west-3"]}
LINUX = "Linux/UNIX"
TABLE_PRICE = 1.006
G5 = Wanted(("g5.xlarge",))


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ec2Prices]:
    regions = {name: Region(latency=0.01) for name in ("us-east-1", "eu-west-3", "ap-east-1")}
    async with ec2_prices(regions, page=2) as made:
        made.types = [GPU, EIGHT, PLAIN, FAR]
        made.products = [
            product("us-east-1", "g5.xlarge", "Linux", "1.1000000000"),
            product("eu-west-3", "g5.xlarge", "Linux", "1.3"),
            product("us-east-1", "g5.xlarge", "Windows", "1.284", licenseModel="No License required"),
            product("us-east-1", "g5.xlarge", "Windows", "1.1", licenseModel="Bring your own license"),
            product("us-east-1", "g5.xlarge", "Ubuntu Pro", "1.2"),
            product("us-east-1", "g5.xlarge", "SUSE", "0.0"),
            product("us-east-1", "p9.48xlarge", "Linux", "99"),
            product("eu-west-3", "g5.far", "Linux", "3"),
            product("us-east-1", "g5.xlarge", "Linux", "7", tenancy="Dedicated"),
        ]
        use(monkeypatch, made)
        yield made


@pytest.fixture
async def source(server: Ec2Prices) -> AsyncIterator[AwsSource]:
    assert server.url
    made = AwsSource()
    yield made
    await made.close()


@pytest.fixture
def catalogue(tmp_path: Path) -> AwsCatalogue:
    return AwsCatalogue(packaged(), tmp_path / "kept" / "c.json")


def today() -> str:
    return datetime.now(UTC).date().isoformat()


async def test_types_and_prices_of_watched_ones_are_learnt_to_the_last_page(
    server: Ec2Prices, source: AwsSource, catalogue: AwsCatalogue
) -> None:
    assert catalogue.dated("g5.xlarge") == DATED
    await catalogue.learn(source, Wanted(("g5.xlarge",), products=()))
    assert catalogue.types()["g5.xlarge"] == InstanceType("g5.xlarge", 4, 16.0, 1, "A10G", 24.0)
    assert catalogue.types()["p9.48xlarge"] == InstanceType("p9.48xlarge", 192, 2048.0, 8, "B900", 2304.0)
    assert catalogue.types()["m9.large"] == InstanceType("m9.large", 2, 8.0)
    assert "p3.2xlarge" in catalogue.types(), "what the table has stays"
    assert catalogue.on_demand("us-east-1", "g5.xlarge", LINUX) == 1.1
    assert catalogue.on_demand("eu-west-3", "g5.xlarge", LINUX) == 1.3
    assert catalogue.on_demand("us-east-1", "g5.xlarge", "Windows") == 1.284
    assert catalogue.on_demand("us-east-1", "g5.xlarge", "SUSE Linux") is None
    assert catalogue.on_demand("us-east-1", "p9.48xlarge", LINUX) is None, "it is not watched"
    assert server.actions("DescribeInstanceTypes") == ["us-east-1"] * 2, "three types, two a page"
    assert len(server.actions("GetProducts")) == 3, "five products that may be meant, two a page"


async def test_each_price_has_the_date_of_where_it_is_from(source: AwsSource, catalogue: AwsCatalogue) -> None:
    await catalogue.learn(source, G5)
    assert catalogue.dated("g5.xlarge") == today()
    assert catalogue.on_demand("us-east-1", "g5.2xlarge", LINUX) == packaged().on_demand(
        "us-east-1", "g5.2xlarge", LINUX
    )
    assert catalogue.dated("g5.2xlarge") == DATED, "its price is the table's"
    region = "us-west-2"
    assert packaged().on_demand(region, "g5.xlarge", LINUX)
    assert catalogue.on_demand(region, "g5.xlarge", LINUX) is None, "the table's would have another date"


async def test_watched_types_that_the_first_region_does_not_have_are_asked_of_the_others(
    server: Ec2Prices, source: AwsSource, catalogue: AwsCatalogue
) -> None:
    server.regions["ap-east-1"].error = "OptInRequired"
    await catalogue.learn(source, Wanted(("g5.*",)))
    assert catalogue.types()["g5.far"] == InstanceType("g5.far", 8, 1.0)
    assert catalogue.on_demand("eu-west-3", "g5.far", LINUX) == 3
    assert sorted(server.actions("DescribeInstanceTypes")) == ["ap-east-1", "eu-west-3", "us-east-1", "us-east-1"]
    await catalogue.learn(source, Wanted(("g5.*",)))
    assert len(server.actions("DescribeInstanceTypes")) == 8, "one region did not tell: it is asked again"


async def test_only_regions_that_the_service_asks_are_asked(
    server: Ec2Prices, source: AwsSource, catalogue: AwsCatalogue
) -> None:
    await catalogue.learn(source, Wanted(("g5.*",), regions=("ap",)))
    assert set(server.actions("DescribeInstanceTypes")) == {"us-east-1", "ap-east-1"}
    assert "g5.far" not in catalogue.types()


async def test_a_restart_begins_with_what_was_learnt_and_asks_once_a_day(
    server: Ec2Prices, source: AwsSource, catalogue: AwsCatalogue, tmp_path: Path
) -> None:
    await catalogue.learn(source, G5)
    asked = len(server.asked)
    file = tmp_path / "kept" / "c.json"
    again = AwsCatalogue(packaged(), file)
    assert (again.dated("g5.xlarge"), again.types()) == (today(), catalogue.types())
    assert again.on_demand("eu-west-3", "g5.xlarge", LINUX) == 1.3
    await again.learn(source, G5)
    assert len(server.asked) == asked, "it was learnt today"
    await again.learn(source, Wanted(("p9.48xlarge",)))
    assert len(server.asked) > asked, "but not this"
    assert again.on_demand("us-east-1", "p9.48xlarge", LINUX) == 99
    file.write_text(file.read_text().replace(today(), "2026-02-01"))
    old = AwsCatalogue(packaged(), file)
    assert old.dated("p9.48xlarge") == "2026-02-01"
    server.products[6] = product("us-east-1", "p9.48xlarge", "Linux", "88")
    await old.learn(source, Wanted(("p9.48xlarge",)))
    assert (old.dated("p9.48xlarge"), old.on_demand("us-east-1", "p9.48xlarge", LINUX)) == (today(), 88)
    assert [each.name for each in file.parent.iterdir()] == ["c.json"], "nothing half-written is left"


@pytest.mark.parametrize(
    "case",
    [
        (0, "AccessDeniedException", "not allowed (AccessDeniedException): the policy has to allow GetProducts"),
        (1, "AccessDeniedException", "not allowed (AccessDeniedException): the policy has to allow GetProducts"),
        (1, "cut", ""),
    ],
)
async def test_prices_that_are_not_told_to_the_end_stay_as_they_were(
    server: Ec2Prices, source: AwsSource, tmp_path: Path, case: tuple[int, str, str]
) -> None:
    page, trouble, reason = case
    catalogue = AwsCatalogue(packaged(), tmp_path / "c.json")
    server.troubles["GetProducts", page] = trouble
    wanted = Wanted(("g5.xlarge",), products=())
    with capture_logs() as logs:
        await catalogue.learn(source, wanted)
    (said,) = [each for each in logs if each["event"] == "what types cost on demand was not learnt"]
    assert reason in said["reason"]
    assert catalogue.on_demand("us-east-1", "g5.xlarge", LINUX) == TABLE_PRICE, "half an answer is none"
    assert catalogue.dated("g5.xlarge") == DATED
    assert "m9.large" in catalogue.types(), "what the types have was told"
    server.troubles.clear()
    await catalogue.learn(source, wanted)
    assert catalogue.on_demand("us-east-1", "g5.xlarge", LINUX) == 1.1, "it is asked again the same day"
    server.troubles["GetProducts", page] = trouble
    await catalogue.learn(source, Wanted(("g5.xlarge",)))
    assert catalogue.dated("g5.xlarge") == today(), "what was learnt before stays too"


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize("trouble", ["UnauthorizedOperation", "cut"])
async def test_types_that_are_not_told_to_the_end_stay_as_they_were_and_prices_are_learnt(
    server: Ec2Prices, source: AwsSource, catalogue: AwsCatalogue, trouble: str, page: int
) -> None:
    server.troubles["DescribeInstanceTypes", page] = trouble
    await catalogue.learn(source, G5)
    assert catalogue.types() == packaged().types()
    assert catalogue.on_demand("us-east-1", "g5.xlarge", LINUX) == 1.1
    server.troubles.clear()
    await catalogue.learn(source, G5)
    assert "m9.large" in catalogue.types()


@pytest.mark.parametrize("price", ["dear", None, [], {}])
async def test_a_price_that_cannot_be_read_is_no_reason_to_fail(
    server: Ec2Prices, source: AwsSource, catalogue: AwsCatalogue, price: object
) -> None:
    terms = server.products[0]["terms"]["OnDemand"]["X.Y"]["priceDimensions"]["X.Y.Z"]
    terms["pricePerUnit"]["USD"] = price
    await catalogue.learn(source, G5)
    assert catalogue.dated("g5.xlarge") == DATED


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"dated": 1, "types": [[]], "prices": []}', '{"types": 3}', "\x00"])
async def test_a_file_that_cannot_be_read_is_learnt_anew(source: AwsSource, tmp_path: Path, kept: str) -> None:
    (tmp_path / "c.json").write_text(kept)
    catalogue = AwsCatalogue(packaged(), tmp_path / "c.json")
    assert catalogue.dated("g5.xlarge") == DATED
    assert catalogue.types() == packaged().types()
    await catalogue.learn(source, G5)
    assert json.loads((tmp_path / "c.json").read_text())["dated"] == today()


async def test_a_file_that_cannot_be_written_does_not_hinder(source: AwsSource, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    catalogue = AwsCatalogue(packaged(), tmp_path / "file" / "c.json")
    await catalogue.learn(source, G5)
    assert catalogue.on_demand("us-east-1", "g5.xlarge", LINUX) == 1.1


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[a-z0-9-]{1,12}\.[a-z0-9-]{1,12}", fullmatch=True)))
def test_every_name_is_asked_for_once_and_no_filter_is_too_long(names: list[str]) -> None:
    groups = list(_groups(names))
    assert [name for group in groups for name in group.split(",")] == names
    assert all(0 < len(group) <= LONGEST for group in groups)
