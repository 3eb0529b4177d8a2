"""Pools are ranked by what they cost for what they have, and what was first stays so unless another is better."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_price.core.instances import InstanceType
from spot_price.core.offers import Measure, cost, discount, gives_way, rank, settled
from spot_price.core.records import Pool

SMALL = InstanceType("g5.xlarge", 4, 16.0, 1, "A10G", 24.0)
LARGE = InstanceType("g5.12xlarge", 48, 192.0, 4, "A10G", 96.0)
PLAIN = InstanceType("c7i.large", 2, 4.0)


@dataclass(frozen=True)
class Known:
    """A pool with what is known of it."""

    pool: Pool
    price: float | None
    on_demand: float | None = None
    instance: InstanceType | None = None


def known(
    number: int, price: float | None, instance: InstanceType | None = None, on_demand: float | None = None
) -> Known:
    name = instance.name if instance else "x9.large"
    return Known(Pool("us-east-1", f"use1-az{number}", None, name), price, on_demand, instance)


SMALL_ONE, LARGE_ONE = known(1, 0.4, SMALL, 1.0), known(2, 1.2, LARGE, 6.0)
PLAIN_ONE, STRANGE, UNKNOWN = known(3, 0.04, PLAIN, 0.08), known(4, 0.01), known(5, None, SMALL, 1.0)


@pytest.mark.parametrize(
    ("measure", "expected", "first"),
    [
        (Measure.PRICE, [STRANGE, PLAIN_ONE, SMALL_ONE, LARGE_ONE], 0.01),
        (Measure.VCPU, [PLAIN_ONE, LARGE_ONE, SMALL_ONE], 0.02),
        (Measure.GPU, [LARGE_ONE, SMALL_ONE], 0.3),
        (Measure.GPU_MEMORY, [LARGE_ONE, SMALL_ONE], 0.0125),
        (Measure.DISCOUNT, [LARGE_ONE, SMALL_ONE, PLAIN_ONE], 0.2),
    ],
)
def test_each_measure_ranks_those_that_have_it(measure: Measure, expected: list[Known], first: float) -> None:
    found = rank([UNKNOWN, SMALL_ONE, STRANGE, LARGE_ONE, PLAIN_ONE], measure)
    assert found == expected
    assert cost(found[0], measure) == pytest.approx(first)


def test_a_discount_is_a_share_of_the_price_on_demand_and_may_be_a_surcharge() -> None:
    assert discount(SMALL_ONE) == pytest.approx(0.6)
    assert discount(known(1, 1.1, SMALL, 1.0)) == pytest.approx(-0.1)
    assert (discount(STRANGE), discount(UNKNOWN)) == (None, None)


def test_equal_figures_are_ranked_by_price_and_then_by_name() -> None:
    dear, cheap, last = known(1, 1.6, LARGE), known(2, 0.4, SMALL), known(3, 0.4, SMALL)
    assert rank([last, dear, cheap], Measure.GPU) == [cheap, last, dear]


PRICES = st.integers(1, 60).map(lambda cents: cents / 100)
RANKED = st.lists(st.tuples(PRICES, st.sampled_from([SMALL, LARGE, PLAIN])), min_size=1, max_size=8).map(
    lambda rows: [known(number, price, instance, 2.0) for number, (price, instance) in enumerate(rows)]
)


@given(RANKED, st.sampled_from(Measure))
def test_no_figure_is_less_than_the_one_before(pools: list[Known], measure: Measure) -> None:
    found = rank(pools, measure)
    figures = [cost(each, measure) for each in found]
    assert None not in figures
    assert figures == sorted(figures, key=lambda figure: figure or 0)
    assert {each.pool for each in pools} - {each.pool for each in found} == {
        each.pool for each in pools if cost(each, measure) is None
    }


@given(RANKED, st.sampled_from(Measure), st.integers(0, 9), st.sampled_from([0.0, 0.05, 0.1, 0.5]))
def test_what_was_first_stays_so_unless_the_best_is_better_by_the_share(
    pools: list[Known], measure: Measure, number: int, share: float
) -> None:
    ranking = rank(pools, measure)
    held = next((each for each in ranking if each.pool.zone_id == f"use1-az{number}"), None)
    found = settled(ranking, measure, held.pool if held else Pool("us-east-1", "use1-az99", None, "g5.xlarge"), share)
    assert sorted(found, key=ranking.index) == ranking
    rest = [each for each in found if each is not found[0]]
    assert rest == [each for each in ranking if each is not found[0]], "the others keep their order"
    if held is None or not ranking:
        assert found == ranking
        return
    best, its = cost(ranking[0], measure), cost(held, measure)
    assert best is not None
    assert its is not None
    assert found[0] == (ranking[0] if best < its and best <= (1 - share) * its + 1e-9 else held)


def test_a_tenth_less_is_a_tenth_less_though_it_cannot_be_written_in_binary() -> None:
    assert gives_way(0.1, 0.09, 0.1)
    assert not gives_way(0.1, 0.090001, 0.1)
    assert not gives_way(0.1, 0.1, 0.0)
