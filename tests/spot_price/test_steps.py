"""Records are a step function; where nobody recorded, nothing is known."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spot_price.core.records import MICROS, RECORDING_HOLDS
from spot_price.core.steps import Steps, steps_of

HOUR = 3600
ROWS = st.lists(
    st.tuples(st.integers(0, 400 * HOUR), st.integers(0, 5 * MICROS)), max_size=30, unique_by=lambda row: row[0]
).map(sorted)


def made(rows: list[tuple[int, int]], *, until: int, holds: int = 0) -> Steps:
    at, micros = (np.array([row[column] for row in rows], np.int64) for column in (0, 1))
    return steps_of(at, micros, np.full(len(rows), holds, np.int64), until=until)


def by_hand(rows: list[tuple[int, int]], moment: int, *, until: int, holds: int = 0) -> float:
    """The price at a moment, by walking through the records."""
    before = [row for row in rows if row[0] <= moment]
    if not before or moment >= until:
        return math.nan
    at, micros = before[-1]
    following = min((row[0] for row in rows if row[0] > moment and row[0] < until), default=None)
    if holds and following is not None and following - at > holds and moment > at:
        return math.nan
    if holds and following is None and moment >= at + holds:
        return math.nan
    return micros / MICROS if micros else math.nan


@given(ROWS, st.sampled_from([0, 10 * HOUR, RECORDING_HOLDS]), st.integers(1, 401 * HOUR), st.data())
def test_a_price_is_that_of_the_record_before_unless_nobody_recorded(
    rows: list[tuple[int, int]], holds: int, until: int, data: st.DataObject
) -> None:
    steps = made(rows, until=until, holds=holds)
    edges = [moment + near for at, _ in rows for moment in (at, at + holds) for near in (-1, 0, 1)]
    moment = data.draw(st.sampled_from([*edges, 0, until - 1, until]) if edges else st.integers(0, until))
    np.testing.assert_equal(steps.value(moment), by_hand(rows, moment, until=until, holds=holds))


@given(ROWS, st.integers(0, 400 * HOUR), st.integers(0, 400 * HOUR), st.integers(0, 400 * HOUR))
def test_a_window_says_the_same_as_the_whole(rows: list[tuple[int, int]], start: int, length: int, moment: int) -> None:
    steps = made(rows, until=300 * HOUR)
    window = steps.window(start, start + length)
    inside = start <= moment < start + length
    np.testing.assert_equal(window.value(moment), steps.value(moment) if inside else math.nan)
    assert not len(window) or window.at[0] >= start
    assert (window.lengths() > 0).all()


def test_a_hole_begins_with_the_last_record_before_it() -> None:
    rows = [(0, 650_000), (20 * HOUR, 700_000), (77 * HOUR, 500_000)]
    steps = made(rows, until=78 * HOUR, holds=RECORDING_HOLDS)
    assert steps.value(20 * HOUR) == 0.7
    assert math.isnan(steps.value(21 * HOUR))
    assert math.isnan(steps.value(77 * HOUR - 1))
    assert steps.value(77 * HOUR) == 0.5


def test_the_last_record_is_good_for_as_long_as_it_holds() -> None:
    steps = made([(0, 650_000)], until=100 * HOUR, holds=RECORDING_HOLDS)
    assert steps.value(RECORDING_HOLDS - 1) == 0.65
    assert math.isnan(steps.value(RECORDING_HOLDS))


def test_a_price_of_nothing_is_not_known() -> None:
    assert math.isnan(made([(0, 0)], until=10).value(5))
