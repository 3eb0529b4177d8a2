"""What the packaged table says of instance types."""

import pytest

from spot_price.adapters.catalogue import packaged
from spot_price.core.instances import InstanceType
from spot_price.core.records import LINUX
from spot_price.core.regions import REGIONS

TABLE = packaged()


def test_a_type_with_gpus_says_what_it_has() -> None:
    assert TABLE.types()["g5.2xlarge"] == InstanceType("g5.2xlarge", 8, 32.0, 1, "A10G", 24.0)
    assert TABLE.types()["p5.48xlarge"].gpu_memory_gib == 640


@pytest.mark.parametrize(
    ("name", "vcpus", "memory"),
    [
        ("m5.large", 2, 8),
        ("c6g.medium", 1, 2),
        ("r6i.32xlarge", 128, 1024),
        ("c5.metal", 96, 192),
        ("d2.8xlarge", 36, 244),
    ],
)
def test_sizes_of_a_family_are_in_proportion(name: str, vcpus: int, memory: float) -> None:
    found = TABLE.types()[name]
    assert (found.vcpus, found.memory_gib, found.gpus) == (vcpus, memory, 0)


@pytest.mark.parametrize(
    ("region", "name", "price"),
    [
        ("us-east-1", "g2.2xlarge", 0.65),
        ("us-east-1", "m7i.4xlarge", 0.8064),
        ("eu-west-1", "g5.xlarge", 1.123),
        ("eu-central-1", "g4dn.2xlarge", 0.94),
        ("ap-northeast-1", "p3.16xlarge", 33.552),
    ],
)
def test_on_demand_prices_are_known_to_within_a_per_cent(region: str, name: str, price: float) -> None:
    assert TABLE.on_demand(region, name, LINUX) == pytest.approx(price, rel=0.01)


def test_what_the_table_does_not_say_is_not_known() -> None:
    assert TABLE.on_demand("us-east-1", "g5.xlarge", "Windows") is None
    assert TABLE.on_demand("af-south-1", "g5.xlarge", LINUX) is None
    assert TABLE.on_demand("us-east-1", "p5e.48xlarge", LINUX) is None


def test_the_table_holds_together() -> None:
    """A slip of a finger shows as a type without memory, or GPUs without a name."""
    for name, found in TABLE.types().items():
        assert found.name == name
        assert found.vcpus > 0
        assert 0.25 <= found.memory_gib / found.vcpus <= 32
        assert (found.gpus > 0) == (found.gpu_name is not None) == (found.gpu_memory_gib > 0)
        for region in REGIONS:
            price = TABLE.on_demand(region, name, LINUX)
            assert price is None or 0.004 / 2 < price / found.vcpus < 2
