"""Prices over a window, as the use case tells them."""

import math

import pytest

from spot_price.adapters.catalogue import packaged
from spot_price.adapters.memory import MemoryStore
from spot_price.core.records import Pool, Records
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.usecases.history import History, ResolutionOutOfRange, ReversedWindow, TooManyPoints, TooManyRecords
from spot_price.usecases.market import Market

HOUR = 3600
A = Pool("us-east-1", "use1-az1", "us-east-1a", "g5.xlarge")
B = Pool("us-east-1", "use1-az2", "us-east-1b", "g5.xlarge")
ROWS = [(A, 0, 0.4), (A, HOUR, 0.6), (A, 3 * HOUR, 0.5), (B, 2 * HOUR, 0.3)]


class StoppedClock:
    """It is always the same time."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


async def market(now: int = 4 * HOUR) -> Market:
    store = MemoryStore()
    await store.ingest(Records.of(ROWS))
    made = Market(store, packaged(), StoppedClock(now), source="a test", synthetic=True)
    await made.load()
    return made


async def test_steps_are_told_pool_by_pool() -> None:
    lines = await History(await market()).steps(Selection(), HOUR // 2, 4 * HOUR)
    assert [line.pool for line in lines] == [A, B]
    assert lines[0].steps.at.tolist() == [HOUR // 2, HOUR, 3 * HOUR]
    assert lines[1].steps.price.tolist() == [0.3]


async def test_what_is_to_come_is_not_known() -> None:
    lines = await History(await market()).steps(Selection(zones=("use1-az1",)), 0, 100 * HOUR)
    assert lines[0].steps.end == 4 * HOUR
    (ahead,) = await History(await market()).figures(Selection(zones=("use1-az1",)), 50 * HOUR, 60 * HOUR)
    assert (ahead.summary.known, math.isnan(ahead.under)) == (0, True)


@pytest.mark.parametrize("at_once", [1, 3, 1000])
async def test_buckets_and_figures_do_not_depend_on_how_many_pools_are_read_together(at_once: int) -> None:
    history = History(await market(), at_once=at_once)
    lines = await history.buckets(Selection(), 0, 4 * HOUR, 2 * HOUR)
    assert [line.buckets.mean.tolist() for line in lines] == [
        pytest.approx([0.5, 0.55]),
        pytest.approx([math.nan, 0.3], nan_ok=True),
    ]
    figures = await history.figures(Selection(), 0, 4 * HOUR, under=0.5)
    assert [(line.pool, line.under) for line in figures] == [(B, 1.0), (A, 0.5)]
    assert figures[1].summary.mean == pytest.approx((0.4 + 2 * 0.6 + 0.5) / 4)


async def test_more_points_than_may_be_asked_for_are_refused_with_what_fits() -> None:
    history = History(await market(), most_points=100)
    with pytest.raises(TooManyPoints, match=r"480 points.*buckets of 300 s or longer") as refused:
        await history.buckets(Selection(), 0, 4 * HOUR, 60)
    assert refused.value.extra == {"points": 480, "most": 100}
    assert len(await history.buckets(Selection(), 0, 4 * HOUR, 300)) == 2
    with pytest.raises(TooManyPoints, match="a resolution"):
        await History(await market(), most_points=5).steps(Selection(), 0, 4 * HOUR)


async def test_more_records_than_may_be_read_are_refused() -> None:
    with pytest.raises(TooManyRecords, match="4 prices; 3 is the most"):
        await History(await market(), most_records=3).figures(Selection(), 0, 4 * HOUR)


async def test_figures_of_unknown_prices_are_last_and_more_pools_than_may_be_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = await History(await market()).figures(Selection(), 0, HOUR)
    assert [(line.pool, line.summary.known) for line in figures] == [(A, HOUR), (B, 0)]
    monkeypatch.setattr("spot_price.usecases.history.MOST_POOLS", 1)
    with pytest.raises(TooManyPoints, match="2 pools; 1 is the most"):
        await History(await market()).figures(Selection(), 0, HOUR)


async def test_windows_and_names_that_make_no_sense_are_refused() -> None:
    history = History(await market())
    with pytest.raises(ReversedWindow):
        await history.steps(Selection(), HOUR, HOUR)
    with pytest.raises(ResolutionOutOfRange, match="not 59 s"):
        await history.buckets(Selection(), 0, HOUR, 59)
    with pytest.raises(UnknownNameError, match="g5"):
        await history.figures(Selection(types=("g55.xlarge",)), 0, HOUR)
