"""Figures are weighted with time, and know nothing of where nothing is known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genba_servicekit.testing import test_data
from spot_price.core.files import read_prices
from spot_price.core.statistics import Buckets, buckets, mean, points, quantiles, share_under, summary
from spot_price.core.steps import Steps, steps_of

PRICES = st.one_of(st.just(math.nan), st.sampled_from([0.1, 0.25, 0.3, 1.5]), st.floats(0.001, 50))
END = 240


@st.composite
def drawn(draw: st.DrawFn) -> Steps:
    at = draw(st.lists(st.integers(0, END - 1), max_size=12, unique=True).map(sorted))
    price = draw(st.lists(PRICES, min_size=len(at), max_size=len(at)))
    end = draw(st.integers(at[-1] + 1, END)) if at else END
    return Steps(np.array(at, np.int64), np.array(price, np.float64), end)


def seconds(steps: Steps, start: int, end: int) -> list[float]:
    """The price in each second, known ones only."""
    every = [steps.value(moment) for moment in range(start, end)]
    return [price for price in every if not math.isnan(price)]


@given(drawn(), st.integers(0, END), st.integers(1, END))
def test_figures_are_those_of_every_second(steps: Steps, start: int, length: int) -> None:
    end = start + length
    found = summary(steps, start, end)
    every = seconds(steps, start, end)
    known = sorted(every)
    assert (found.span, found.known) == (length, len(known))
    if not known:
        assert math.isnan(found.mean)
        assert math.isnan(found.p50)
        return
    assert found.mean == pytest.approx(sum(known) / len(known))
    assert (found.low, found.high) == (known[0], known[-1])
    assert found.p50 == known[math.ceil(0.5 * len(known)) - 1]
    assert found.p95 == known[math.ceil(0.95 * len(known) - 1e-9) - 1]
    assert found.last == every[-1]


@given(drawn(), st.sampled_from([0.1, 0.25, 1.0, 60.0]))
def test_a_share_under_a_cap_is_of_the_known_time(steps: Steps, cap: float) -> None:
    known = seconds(steps, 0, END)
    wanted = sum(price <= cap for price in known) / len(known) if known else math.nan
    assert share_under(steps, cap) == pytest.approx(wanted, nan_ok=True)
    assert mean(steps) == pytest.approx(sum(known) / len(known) if known else math.nan, nan_ok=True)


@given(drawn(), st.integers(0, END), st.integers(0, END + 60), st.sampled_from([1, 7, 15, 60, 500]))
def test_buckets_are_those_of_every_second(steps: Steps, start: int, length: int, resolution: int) -> None:
    end = start + length
    found = buckets(steps, start, end, resolution)
    begins = sorted({moment // resolution * resolution for moment in range(start, end)})
    assert found.at.tolist() == begins
    assert len(found) == points(start, end, resolution)
    for index, begin in enumerate(begins):
        known = seconds(steps, max(begin, start), min(begin + resolution, end))
        assert found.known[index] == len(known)
        got = [column[index] for column in (found.mean, found.low, found.high, found.last)]
        wanted = [sum(known) / len(known), min(known), max(known), known[-1]] if known else [math.nan] * 4
        assert got == pytest.approx(wanted, nan_ok=True)
        assert not known or got[1] <= got[0] <= got[2]


@given(drawn(), st.sampled_from([7, 60]))
def test_the_means_of_buckets_make_the_mean_of_all(steps: Steps, resolution: int) -> None:
    found = buckets(steps, 0, END, resolution)
    some = found.known > 0
    total = float(found.mean[some] @ found.known[some])
    assert total == pytest.approx(0.0 if math.isnan(mean(steps)) else mean(steps) * found.known.sum())


def made(*rows: tuple[int, float], end: int) -> Steps:
    return Steps(np.array([at for at, _ in rows], np.int64), np.array([price for _, price in rows]), end)


def test_a_price_that_stays_counts_as_long_as_it_stays() -> None:
    steps = made((0, 0.1), (90, 1.0), end=100)
    assert mean(steps) == pytest.approx(0.19)
    assert quantiles(steps, (0.5, 0.9, 0.95)) == (0.1, 0.1, 1.0)


def test_a_change_across_a_gap_is_no_change() -> None:
    steps = made((0, 0.1), (10, math.nan), (20, 0.8), (30, 0.8), end=40)
    found = summary(steps, 0, 40)
    assert (found.changes, found.volatility, found.known) == (0, 0.0, 30)


def test_volatility_is_of_a_day_and_does_not_depend_on_the_level() -> None:
    rows = [(hour * 3600, 0.1 * 1.1 ** (hour % 2)) for hour in range(48)]
    found = summary(made(*rows, end=48 * 3600), 0, 48 * 3600)
    assert found.volatility == pytest.approx(math.log(1.1) * math.sqrt(47 / 2))
    dearer = summary(made(*((at, 40 * price) for at, price in rows), end=48 * 3600), 0, 48 * 3600)
    assert dearer.volatility == pytest.approx(found.volatility)


def test_the_last_price_is_the_last_that_was_known() -> None:
    """A source has told everything until its last answer, which is always some seconds ago."""
    assert summary(made((0, 0.1), (20, 0.2), end=50), 0, 60).last == 0.2
    assert summary(made((0, 0.1), (20, math.nan), end=50), 0, 60).last == 0.1


def test_buckets_of_nothing_are_there_and_empty() -> None:
    found: Buckets = buckets(made(end=0), 100, 200, 60)
    assert found.at.tolist() == [60, 120, 180]
    assert np.isnan(found.mean).all()
    assert not found.known.any()


def test_a_mean_over_records_misleads_on_real_prices() -> None:
    """One zone of the recording of 2015: the records' mean is a quarter of what an hour cost."""
    (records,) = read_prices(next(test_data("spot-prices").glob("g2.2xlarge*")).read_bytes())
    (zone,) = (index for index, pool in enumerate(records.pools) if pool.zone == "us-east-1b")
    at, first = np.unique(records.at[records.which == zone], return_index=True)
    micros = records.micros[records.which == zone][first]
    end = int(at[-1]) + 1
    steps = steps_of(at, micros, np.full(len(at), records.holds, np.int64), until=end)
    found = summary(steps, int(at[0]), end)
    assert micros.mean() / 1e6 == pytest.approx(0.16, abs=0.005)
    assert found.mean == pytest.approx(0.59, abs=0.005)
    assert found.p50 == pytest.approx(0.08)
    assert found.span - found.known == pytest.approx(68 * 3600, rel=0.01)
    days = buckets(steps, int(at[0]), end, 86_400)
    some = days.known > 0
    assert float(days.mean[some] @ days.known[some]) == pytest.approx(found.mean * found.known)
