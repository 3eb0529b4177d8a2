"""Types and their prices on demand from an account, over a real socket; and what is said while it is not known."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from spot_ec2 import Ec2Prices, Region, ec2_prices, use
from spot_price.adapters.aws_catalogue import AwsCatalogue
from spot_price.adapters.catalogue import DATED, packaged
from spot_price.core.instances import InstanceType

GPU = {"name": "g5.xlarge", "vcpus": 4, "mib": 16_384, "gpus": [(1, "A10G", 24_576)]}
EIGHT = {"name": "p9.48xlarge", "vcpus": 192, "mib": 2_097_152, "gpus": [(8, "B900", 294_912)]}
PLAIN = {"name": "m9.large", "vcpus": 2, "mib": 8_192}


def product(region: str, name: str, system: str, price: str, **more: str) -> dict[str, Any]:
    attributes = {"instanceType": name, "regionCode": region, "operatingSystem": system, **more}
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": price}}
    return {
        "product": {"attributes": attributes},
        "terms": {"OnDemand": {"X.Y": {"priceDimensions": {"X.Y.Z": dimension}}}},
    }


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ec2Prices]:
    async with ec2_prices({"us-east-1": Region()}) as made:
        made.types = [GPU, EIGHT, PLAIN]
        made.products = [
            product("us-east-1", "g5.xlarge", "Linux", "1.1000000000"),
            product("eu-west-3", "g5.xlarge", "Linux", "1.3"),
            product("us-east-1", "g5.xlarge", "Windows", "1.284", licenseModel="No License required"),
            product("us-east-1", "g5.xlarge", "Windows", "1.1", licenseModel="Bring your own license"),
            product("us-east-1", "g5.xlarge", "Ubuntu Pro", "1.2"),
            product("us-east-1", "g5.xlarge", "SUSE", "0.0"),
            product("us-east-1", "p9.48xlarge", "Linux", "99"),
            product("us-east-1", "g5.xlarge", "Linux", "7", tenancy="Dedicated"),
        ]
        use(monkeypatch, made)
        yield made


async def test_types_and_prices_of_watched_ones_are_learnt_to_the_last_page(server: Ec2Prices, tmp_path: Path) -> None:
    catalogue = AwsCatalogue(packaged(), tmp_path / "c.json")
    assert catalogue.dated == DATED
    await catalogue.learn(["g5.*", "nothing.*"])
    assert catalogue.types()["g5.xlarge"] == InstanceType("g5.xlarge", 4, 16.0, 1, "A10G", 24.0)
    assert catalogue.types()["p9.48xlarge"] == InstanceType("p9.48xlarge", 192, 2048.0, 8, "B900", 2304.0)
    assert catalogue.types()["m9.large"] == InstanceType("m9.large", 2, 8.0)
    assert "p3.2xlarge" in catalogue.types(), "what the table has stays"
    assert catalogue.on_demand("us-east-1", "g5.xlarge", "Linux/UNIX") == 1.1
    assert catalogue.on_demand("eu-west-3", "g5.xlarge", "Linux/UNIX") == 1.3
    assert catalogue.on_demand("us-east-1", "g5.xlarge", "Windows") == 1.284
    assert catalogue.on_demand("us-east-1", "g5.xlarge", "SUSE Linux") is None
    assert catalogue.on_demand("us-east-1", "p9.48xlarge", "Linux/UNIX") is None, "it is not watched"
    assert catalogue.dated > DATED
    assert len(server.actions("DescribeInstanceTypes")) == 2
    assert len(server.actions("GetProducts")) == 3, "one type, six products, two a page"


async def test_a_restart_begins_with_what_was_learnt(server: Ec2Prices, tmp_path: Path) -> None:
    first = AwsCatalogue(packaged(), tmp_path / "c.json")
    await first.learn(["g5.xlarge"])
    asked = len(server.asked)
    again = AwsCatalogue(packaged(), tmp_path / "c.json")
    assert (again.dated, again.types()) == (first.dated, first.types())
    assert again.on_demand("eu-west-3", "g5.xlarge", "Linux/UNIX") == 1.3
    assert len(server.asked) == asked


async def test_where_it_fails_what_is_known_stays(server: Ec2Prices, tmp_path: Path) -> None:
    catalogue = AwsCatalogue(packaged(), tmp_path / "c.json")
    server.regions["us-east-1"].error = "UnauthorizedOperation"
    await catalogue.learn(["g5.*"])
    assert catalogue.dated == DATED
    assert catalogue.on_demand("us-east-1", "g5.xlarge", "Linux/UNIX") == 1.006
    assert not (tmp_path / "c.json").exists()
    server.regions["us-east-1"].error = ""
    server.products[0]["terms"]["OnDemand"]["X.Y"]["priceDimensions"]["X.Y.Z"]["pricePerUnit"]["USD"] = "dear"
    await catalogue.learn(["g5.*"])
    assert catalogue.dated == DATED, "half an answer is none"


@pytest.mark.parametrize("said", ["", "{", "[]", '{"dated": 1, "types": [[]], "prices": []}', '{"types": 3}'])
def test_a_file_that_cannot_be_read_is_learnt_anew(tmp_path: Path, said: str) -> None:
    (tmp_path / "c.json").write_text(said)
    catalogue = AwsCatalogue(packaged(), tmp_path / "c.json")
    assert catalogue.dated == DATED
    assert catalogue.types() == packaged().types()
