"""A market that is made up: the same from whichever end one looks at it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spot_price.core.generator import TYPES, Synthetic
from spot_price.core.records import LINUX, Pool, Records
from spot_price.core.regions import REGIONS, region_of

NOW = 1_764_176_400
DAY = 86_400
MARKET = Synthetic(7)

moments = st.integers(NOW - 400 * DAY, NOW + 400 * DAY)


def rows(records: Records, *, after: int, until: int) -> set[tuple[Pool, int, float]]:
    return {row for row in records.rows() if after < row[1] < until}


@given(start=moments, first=st.integers(0, 3 * DAY), more=st.integers(0, 3 * DAY))
@settings(max_examples=30)
def test_two_windows_one_after_the_other_say_what_one_says(start: int, first: int, more: int) -> None:
    middle, end = start + first, start + first + more
    whole = MARKET.records("eu-west-1", start, end)
    parts = [MARKET.records("eu-west-1", start, middle), MARKET.records("eu-west-1", middle, end)]
    assert rows(whole, after=start, until=end) == {row for part in parts for row in part.rows() if start < row[1] < end}


@given(start=moments)
@settings(max_examples=20)
def test_every_pool_begins_with_the_record_in_force(start: int) -> None:
    records = MARKET.records("us-east-1", start, start + 1)
    assert sorted(records.which.tolist()) == list(range(len(records.pools)))
    assert (records.at <= start).all()
    assert (records.micros > 0).all()


def test_another_process_tells_of_the_same_past_and_another_seed_of_another() -> None:
    again, other = Synthetic(7), Synthetic(8)
    window = (NOW - DAY, NOW)
    first = list(MARKET.records("ap-south-1", *window).rows())
    assert list(again.records("ap-south-1", *window).rows()) == first
    assert list(other.records("ap-south-1", *window).rows()) != first


def test_something_changes_somewhere_every_few_seconds() -> None:
    at = np.sort(np.concatenate([MARKET.records(region, NOW - DAY, NOW).at for region in MARKET.regions]))
    assert 1 < np.diff(at[at >= NOW - DAY]).mean() < 8


def test_every_region_has_zones_with_ids_of_its_own_and_the_cheap_types() -> None:
    for region in REGIONS:
        pools = MARKET.pools(region)
        assert len({pool.zone_id for pool in pools}) == len({pool.zone_name for pool in pools}) > 1
        assert {region_of(pool.zone) for pool in pools} == {region}
        assert {pool.instance_type for pool in pools} >= {"t3.medium", "m5.large"}
    assert {pool.instance_type for pool in MARKET.pools("us-east-1")} == set(TYPES)


def test_prices_stay_between_a_tenth_and_the_whole_of_on_demand_and_the_cheapest_zone_changes() -> None:
    records = MARKET.records("us-east-1", NOW - 30 * DAY, NOW, types=["g5.2xlarge"], products=[LINUX])
    assert 0.1212 < records.micros.min() / 1e6 <= records.micros.max() / 1e6 <= 1.2121
    now: dict[int, int] = {}
    cheapest = []
    for row in np.argsort(records.at, kind="stable").tolist():
        now[int(records.which[row])] = int(records.micros[row])
        cheapest.append(min(now, key=lambda pool: now[pool]))
    assert len(set(cheapest)) > 1


def test_types_and_products_are_chosen_by_pattern() -> None:
    records = MARKET.records("us-east-1", NOW, NOW + 1, types=["g5.*"], products=["Windows"])
    assert {pool.instance_type for pool in records.pools} == {"g5.xlarge", "g5.2xlarge"}
    assert not len(MARKET.records("us-east-1", NOW, NOW + 1, types=["x1.*"]))
