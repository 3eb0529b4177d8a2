"""A backtest says what a walk through every moment says, and on a real trace what was to be expected."""

from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genba_servicekit.testing import test_data
from spot_backtest_reference import walked
from spot_price.core.backtest import Policy, Terms, Trace, backtest, kept, trace_of
from spot_price.core.files import read_prices
from spot_price.core.records import Pool, Records
from spot_price.core.steps import Steps

HOUR: Final = 3600
PRICES: Final = st.sampled_from([0.1, 0.11, 0.125, 0.2, 0.5, 0.7, float("nan")])
SPOT: Final = (Policy.CHEAPEST, Policy.CHASE)


def pool(letter: str) -> Pool:
    return Pool("us-east-1", None, f"us-east-1{letter}", "g2.2xlarge")


def trace(*prices: list[tuple[int, float]], end: int = 100 * HOUR) -> Trace:
    """Prices of pools a, b, c…, each as (since which hour, price)."""
    steps = {}
    for letter, rows in zip("abcdef", prices, strict=False):
        at = np.array([hour * HOUR for hour, _ in rows], np.int64)
        steps[pool(letter)] = Steps(at, np.array([price for _, price in rows]), end)
    return Trace(steps)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    steps = {}
    for letter in "abc"[: draw(st.integers(1, 3))]:
        at = sorted(draw(st.sets(st.integers(0, 9000), min_size=1, max_size=25)))
        prices = [draw(PRICES) for _ in at]
        steps[pool(letter)] = Steps(np.array(at, np.int64), np.array(prices), draw(st.integers(at[-1] + 1, 10_000)))
    return Trace(steps)


TERMS = st.builds(
    Terms,
    cap=st.sampled_from([0.15, 0.5, 0.65]),
    on_demand=st.just(0.65),
    boot=st.sampled_from([0, 1, 360]),
    checkpoint=st.sampled_from([1, 60, 600]),
    saving=st.sampled_from([0, 7]),
    block=st.sampled_from([0, 300, 1800]),
    moves_for=st.sampled_from([0.05, 0.2]),
)


@given(traces(), TERMS, st.sampled_from(SPOT))
def test_a_search_for_what_happens_next_says_what_a_walk_through_every_moment_says(
    made: Trace, terms: Terms, policy: Policy
) -> None:
    ours, plain = backtest(made, policy, terms), walked(made, policy, terms)
    assert ours.cost == pytest.approx(plain.cost)
    counts = ("useful", "wall", "unknown", "launches", "interruptions", "moves")
    assert [getattr(ours, name) for name in counts] == [getattr(plain, name) for name in counts]


@given(traces(), TERMS, st.sampled_from(SPOT))
def test_no_more_is_useful_than_there_was_time_and_nothing_costs_more_than_the_cap(
    made: Trace, terms: Terms, policy: Policy
) -> None:
    found = backtest(made, policy, terms)
    assert 0 <= found.useful <= found.wall
    assert found.wall + found.unknown == made.end - made.start
    assert found.cost <= terms.cap * found.wall / HOUR + 1e-9
    assert found.interruptions + found.moves <= found.launches


def test_the_work_since_the_last_checkpoint_is_lost_with_the_instance() -> None:
    terms = Terms(cap=0.65, on_demand=0.65, boot=360, checkpoint=600)
    made = trace([(0, 0.1), (2, 0.9)], end=3 * HOUR)
    found = backtest(made, Policy.FIXED, terms)
    assert found.useful == (2 * HOUR - 360) // 600 * 600
    assert found.cost == pytest.approx(0.2)
    assert (found.interruptions, found.wall) == (1, 3 * HOUR)


def test_a_pool_that_took_an_instance_back_is_left_alone_for_a_while() -> None:
    terms = Terms(cap=0.65, on_demand=0.65, boot=0, block=HOUR)
    made = trace([(0, 0.1), (2, 0.9), (3, 0.1)], [(0, 0.5)], end=3 * HOUR + 60)
    assert backtest(made, Policy.CHEAPEST, terms).cost == pytest.approx(2 * 0.1 + (1 + 1 / 60) * 0.5)


def test_a_move_loses_nothing_but_the_boot() -> None:
    terms = Terms(cap=0.65, on_demand=0.65, boot=360)
    made = trace([(0, 0.1)], [(0, 0.2), (5, 0.07)], end=10 * HOUR)
    found = backtest(made, Policy.CHASE, terms)
    assert (found.moves, found.useful) == (1, 10 * HOUR - 2 * 360)
    assert backtest(made, Policy.CHEAPEST, terms).moves == 0


def test_less_than_a_fifth_moves_nothing() -> None:
    made = trace([(0, 0.1)], [(0, 0.2), (5, 0.081)])
    assert backtest(made, Policy.CHASE, Terms(cap=0.65, on_demand=0.65)).moves == 0


def test_where_nothing_is_known_nothing_is_reckoned() -> None:
    made = trace([(0, 0.1), (10, float("nan")), (60, 0.1)], end=70 * HOUR)
    found = backtest(made, Policy.CHEAPEST, Terms(cap=0.65, on_demand=0.65, boot=360))
    assert (found.unknown, found.wall) == (50 * HOUR, 20 * HOUR)
    assert (found.useful, found.interruptions) == (20 * HOUR - 2 * 360, 0)
    assert found.cost == pytest.approx(2.0)


def test_a_checkpoint_takes_its_own_time() -> None:
    terms = Terms(cap=1, on_demand=1, checkpoint=600, saving=60)
    assert [kept(worked, terms, lost=False) for worked in (-5, 0, 599, 600, 660, 700)] == [0, 0, 599, 600, 600, 640]
    assert [kept(worked, terms, lost=True) for worked in (599, 659, 660, 1400)] == [0, 0, 600, 1200]


def test_a_window_of_records_has_the_price_in_force_at_its_beginning() -> None:
    records = Records.of([(pool("a"), 0, 0.1), (pool("b"), 50, 0.2), (pool("a"), 90, 0.3)])
    made = trace_of([records], start=60)
    assert made.prices.tolist() == [[0.1, 0.3], [0.2, 0.2]]
    assert made.only(pool("b")).prices.tolist() == [[0.2, 0.2]]


@pytest.mark.parametrize(
    "wrong",
    [{"cap": 0}, {"on_demand": -1}, {"boot": -1}, {"checkpoint": 0}, {"block": -1}, {"moves_for": 1}, {"moves_for": 0}],
)
def test_terms_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"above 0|0 or more|less than all"):
        Terms(**({"cap": 1.0, "on_demand": 1.0} | wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize("records", [[], [Records.of([(pool("a"), 100, 0.1)])]])
def test_a_trace_without_prices_is_refused(records: list[Records]) -> None:
    with pytest.raises(ValueError, match="there is no price"):
        trace_of(records, end=50)


def test_on_the_trace_of_2015_the_cheapest_at_launch_comes_near_9_cents_at_97_percent() -> None:
    file = next(test_data("spot-prices").glob("g2.2xlarge*"))
    made = trace_of(read_prices(file.read_bytes()))
    terms = Terms(cap=0.65, on_demand=0.65, boot=360, checkpoint=600)
    found = {policy: backtest(made, policy, terms) for policy in (*SPOT, Policy.ON_DEMAND)}
    cheapest = found[Policy.CHEAPEST]
    assert cheapest.per_useful_hour == pytest.approx(0.0882, abs=0.0001)
    assert cheapest.useful_share == pytest.approx(0.967, abs=0.001)
    assert found[Policy.CHASE].useful_share < cheapest.useful_share
    assert found[Policy.ON_DEMAND].per_useful_hour == pytest.approx(0.65, abs=0.0001)
    fixed = [backtest(made.only(zone), Policy.FIXED, terms) for zone in made.pools]
    assert all(cheapest.useful_share > zone.useful_share for zone in fixed)
