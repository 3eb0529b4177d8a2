"""Names of regions: prefixes, aliases, and what is near an unknown one."""

import pytest

from spot_price.core.regions import REGIONS, UnknownNameError, expand_regions, region_of


@pytest.mark.parametrize(
    ("asked", "some", "not_there"),
    [
        (["us"], "us-west-2", "eu-west-1"),
        (["us-west"], "us-west-1", "us-east-1"),
        (["eu-west-1"], "eu-west-1", "eu-west-2"),
        (["eu-west", "ap-northeast-1"], "ap-northeast-1", "ap-northeast-2"),
        (["ME"], "il-central-1", "us-east-1"),
    ],
)
def test_prefixes_and_aliases_are_many_regions(asked: list[str], some: str, not_there: str) -> None:
    found = expand_regions(asked)
    assert some in found
    assert not_there not in found


def test_nothing_asked_and_all_are_every_region() -> None:
    assert expand_regions([]) == expand_regions(["all"]) == REGIONS


def test_an_unknown_region_names_those_like_it() -> None:
    with pytest.raises(UnknownNameError, match=r"us-esat-1.*us-east-1"):
        expand_regions(["us-west-2", "us-esat-1"])


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("use1-az1", "us-east-1"),
        ("apne3-az2", "ap-northeast-3"),
        ("us-east-1a", "us-east-1"),
        ("us-west-2-lax-1a", "us-west-2"),
        ("mars-1a", None),
        ("us-east-1", None),
    ],
)
def test_a_zone_says_its_region(zone: str, region: str | None) -> None:
    assert region_of(zone) == region
