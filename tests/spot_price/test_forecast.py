"""A forecast knows what was, nothing of what comes, and is compared with two that are free."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spot_price.core.forecast import AHEAD, HOUR, LEAST, SHARES, Past, forecast, past_of, staying, usual
from spot_price.core.forecast_scoring import HOURS, LEAST_ORIGINS, ORIGINS, score
from spot_price.core.generator import Synthetic
from spot_price.core.steps import Steps

NOW = 1_776_500_000
CHANCES = st.integers(0, 2**32 - 1)


def wandering(seed: int, hours: int, *, end: int = NOW) -> Steps:
    """A price that comes back to a dollar, and changes at odd moments."""
    chance = np.random.default_rng(seed)
    at = np.unique(end - chance.integers(1, hours * HOUR, hours * 2))
    level = np.zeros(len(at))
    for number, moved in enumerate(chance.normal(0, 0.03, len(at) - 1), 1):
        level[number] = 0.9 * level[number - 1] + moved
    return Steps(at.astype(np.int64), np.exp(level), end)


@pytest.fixture(scope="module")
def past() -> Past:
    return past_of(wandering(1, HOURS + 48), NOW, HOURS)


@given(CHANCES, st.integers(LEAST + 60, 400))
@settings(max_examples=15)
def test_what_comes_changes_nothing(seed: int, hours: int) -> None:
    before = wandering(seed, hours)
    after = np.random.default_rng(seed + 1)
    at = np.append(before.at, NOW + 1 + np.arange(30) * 1800)
    price = np.append(before.price, after.uniform(0.1, 9, 30))
    known = past_of(before, NOW, hours - 10)
    more = past_of(Steps(at, price, NOW + 60 * HOUR), NOW + 36 * HOUR, hours + 26)
    one, other = forecast(known, cap=1.05), forecast(more, at=len(more.level) - 37, cap=1.05)
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.quantiles, other.quantiles)
    np.testing.assert_array_equal(one.under, other.under)


def test_levels_and_peaks_are_those_of_the_steps(past: Past) -> None:
    steps = wandering(1, HOURS + 48)
    for back in (25, 100, 500):
        moment = NOW - back * HOUR
        assert math.exp(past.level[-1 - back]) == pytest.approx(steps.value(moment))
        for ahead in (1, 7, AHEAD):
            window = steps.window(moment, moment + ahead * HOUR + 1)
            assert math.exp(past.later[ahead - 1, -1 - back]) == pytest.approx(steps.value(moment + ahead * HOUR))
            assert math.exp(past.peak[ahead - 1, -1 - back]) == pytest.approx(window.price.max())


def test_a_gap_is_not_bridged() -> None:
    whole = wandering(2, HOURS)
    hole = Steps(
        np.sort(np.append(whole.at, [NOW - 200 * HOUR + 1])),
        np.insert(whole.price, np.searchsorted(whole.at, NOW - 200 * HOUR + 1), np.nan),
        NOW,
    )
    found = past_of(hole, NOW, HOURS)
    first = int(np.searchsorted(whole.at, NOW - 200 * HOUR + 1))
    assert hole.at[first] == NOW - 200 * HOUR + 1
    across = slice(-1 - 210, -1 - 200)
    for ahead in range(11, AHEAD + 1):
        assert np.isnan(found.later[ahead - 1, across]).all()
        assert np.isnan(found.peak[ahead - 1, across]).all()


def test_quantiles_rise_and_chances_fall(past: Past) -> None:
    made = forecast(past, cap=1.1)
    assert made is not None
    assert made.quantiles.shape == (AHEAD, len(SHARES))
    assert (np.diff(made.quantiles, axis=1) >= 0).all()
    assert made.under is not None
    assert ((made.under >= 0) & (made.under <= 1)).all()
    assert forecast(past).under is None  # type: ignore[union-attr]
    dear = forecast(past, cap=1000.0)
    assert dear is not None
    assert dear.under is not None
    np.testing.assert_allclose(dear.under, 1.0)
    none = forecast(past, cap=float(np.exp(past.level[-1])) * 0.99)
    assert none is not None
    np.testing.assert_array_equal(none.under, 0.0)


def test_the_free_ones_are_what_they_are_called(past: Past) -> None:
    now = float(np.exp(past.level[-1]))
    stays = staying(past, cap=now)
    np.testing.assert_allclose(stays.quantiles, now)
    np.testing.assert_array_equal(stays.under, 1.0)
    mostly = usual(past)
    assert mostly is not None
    window = np.exp(past.level[-720:])
    assert (window <= mostly.quantiles[0, 3]).mean() == pytest.approx(0.5, abs=0.01)


def test_of_too_little_there_is_no_forecast() -> None:
    assert forecast(past_of(Steps.nothing(NOW), NOW, HOURS)) is None
    assert forecast(past_of(wandering(3, LEAST - 5), NOW, HOURS)) is None
    assert score(past_of(wandering(3, LEAST - 5), NOW, HOURS)) is None
    assert score(past_of(wandering(3, LEAST + 5), NOW, 20)) is None


def test_a_price_that_comes_back_is_forecast_better_than_for_free(past: Past) -> None:
    found = score(past, cap=1.1)
    assert found is not None
    assert LEAST_ORIGINS <= found.origins <= ORIGINS
    assert found.over(AHEAD).beats_both
    assert 0.6 < found.coverage.mean() < 0.95
    assert found.ours.brier is not None
    assert found.staying.brier is not None
    assert found.ours.brier.mean() < found.staying.brier.mean()


def test_a_price_that_never_changes_is_not_forecast_better() -> None:
    found = score(past_of(Steps(np.array([0], np.int64), np.array([0.5]), NOW), NOW, HOURS))
    assert found is not None
    np.testing.assert_allclose(found.ours.pinball, 0, atol=1e-8)
    assert not found.over(AHEAD).beats_both
    np.testing.assert_array_equal(found.coverage, 1.0)


def test_made_up_prices_are_forecast_better_than_for_free() -> None:
    records = Synthetic(7).records("eu-west-1", NOW - HOURS * HOUR, NOW, types=["g5.2xlarge"])
    better = []
    for number in range(len(records.pools)):
        mine = records.which == number
        found = score(past_of(Steps(records.at[mine], records.micros[mine] / 1e6, NOW), NOW, HOURS))
        assert found is not None
        better.append(found.over(AHEAD).beats_both)
    assert np.mean(better) > 0.7
