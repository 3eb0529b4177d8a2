"""The band of prices that charts begin with."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spot_price.core.band import NOTHING, first_band
from spot_price.core.steps import Steps

HOUR = 3600


def line(*prices: float) -> Steps:
    """An hour at each of these prices."""
    return Steps(np.arange(len(prices)) * HOUR, np.array(prices, float), len(prices) * HOUR)


def test_a_spike_does_not_press_the_cheapest_lines_onto_the_floor() -> None:
    low, high = first_band([line(0.10, 0.11, 0.10, 0.12, 6.5), line(0.12, 0.13, 0.12, 0.13, 0.12)])
    assert low < 0.10
    assert 0.12 < high < 0.15


def test_the_lowest_price_is_inside_with_room_below_it() -> None:
    low, high = first_band([line(0.40, 0.39, 0.41, 0.40), line(0.9, 0.9, 0.9, 0.9)])
    assert low < 0.39
    assert (0.39 - low) / (high - low) > 0.02


def test_lines_far_above_the_cheapest_are_left_out() -> None:
    _, high = first_band([line(0.1, 0.12), line(0.9, 0.9), line(5.0, 5.0)])
    assert high < 0.2


def test_no_more_lines_than_the_eye_holds_decide_where_the_band_ends() -> None:
    _, high = first_band([line(0.1 + 0.01 * number) for number in range(20)])
    assert 0.15 <= high < 0.16


def test_zones_of_the_same_price_count_as_one_line() -> None:
    _, high = first_band([line(0.1)] * 9 + [line(0.15), line(0.2)])
    assert high > 0.2


def test_the_cheapest_line_is_inside_even_where_it_was_far_lower_once() -> None:
    _, high = first_band([line(0.01, 0.5, 0.5, 0.5, 0.5)])
    assert high > 0.5


def test_equal_prices_make_a_band_around_them() -> None:
    low, high = first_band([line(0.5, 0.5)])
    assert 0.4 < low < 0.5 < high < 0.6


def test_where_nothing_is_known_there_is_still_a_band() -> None:
    assert first_band([]) == NOTHING
    assert first_band([line(math.nan, math.nan), line()]) == NOTHING


prices = st.one_of(st.floats(0.0001, 100), st.just(math.nan))


@settings(max_examples=60)
@given(st.lists(st.lists(prices, max_size=6).map(lambda each: line(*each)), max_size=10))
def test_the_band_is_a_range_that_holds_the_lowest_price(series: list[Steps]) -> None:
    low, high = first_band(series)
    assert 0 <= low < high < math.inf
    known = [price for steps in series for price in steps.price.tolist() if not math.isnan(price)]
    if known:
        assert low <= min(known) <= high
