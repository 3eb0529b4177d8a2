"""Recordings are played again and again, and now is always inside of one."""

from pathlib import Path

import pytest

from spot_price.adapters.replay import SEAM, ReplayClock, ReplaySource, SyntheticSource, read_recordings
from spot_price.core.files import PriceFileError
from spot_price.core.records import RECORDING_HOLDS, Pool, Records
from spot_price.ports import Query, SourceError

A = Pool("us-east-1", "use1-az1", None, "g5.xlarge")
B = Pool("us-east-1", "use1-az2", None, "g5.2xlarge")
FAR = Pool("eu-west-1", "euw1-az1", None, "g5.xlarge")
RECORDED = Records.of([(A, 1_000, 0.5), (B, 1_100, 0.7), (A, 1_400, 0.6), (FAR, 1_500, 0.9)], holds=RECORDING_HOLDS)
LENGTH = 500 + SEAM


class Stopped:
    def __init__(self, moment: int) -> None:
        self.moment = moment

    def now(self) -> int:
        return self.moment


async def told(source: ReplaySource | SyntheticSource, region: str, query: Query) -> list[tuple[Pool, int, float]]:
    return sorted(
        [row async for page in source.prices(region, query) for row in page.rows()],
        key=lambda row: (row[1], row[0].key),
    )


async def test_a_recording_goes_on_from_its_beginning() -> None:
    source = ReplaySource([RECORDED], Stopped(10**9))
    lap = 1_000 + 1_000 * LENGTH
    found = await told(source, "us-east-1", Query((), (), lap + 200, lap + LENGTH + 50))
    assert found == [
        (A, lap, 0.5),
        (B, lap + 100, 0.7),
        (A, lap + 400, 0.6),
        (A, lap + LENGTH, 0.5),
    ]


async def test_a_window_begins_with_the_record_in_force_even_of_the_lap_before() -> None:
    source = ReplaySource([RECORDED], Stopped(10**9))
    lap = 1_000 + 1_000 * LENGTH
    assert await told(source, "us-east-1", Query((), (), lap + 50, lap + 60)) == [
        (B, lap + 100 - LENGTH, 0.7),
        (A, lap, 0.5),
    ]


async def test_windows_one_after_the_other_say_what_one_says() -> None:
    source = ReplaySource([RECORDED], Stopped(10**9))
    start, end = 5_000_000, 5_003_003
    whole = await told(source, "us-east-1", Query((), (), start, end))
    parts = {row for at in range(start, end, 7) for row in await told(source, "us-east-1", Query((), (), at, at + 7))}
    assert set(whole) == parts


async def test_nothing_is_told_of_what_is_to_come() -> None:
    source = ReplaySource([RECORDED], Stopped(1_000_000))
    found = await told(source, "us-east-1", Query((), (), 999_000, 2_000_000))
    assert found
    assert max(at for _, at, _ in found) <= 1_000_000
    assert await told(source, "us-east-1", Query((), (), 1_500_000, 2_000_000)) == []


async def test_types_are_chosen_and_regions_are_those_of_the_recording() -> None:
    source = ReplaySource([RECORDED], Stopped(10**9))
    assert await source.regions() == ["eu-west-1", "us-east-1"]
    found = await told(source, "us-east-1", Query(("*.2xlarge",), (), 5_000, 6_000))
    assert {pool for pool, _, _ in found} == {B}
    with pytest.raises(SourceError, match="nothing of sa-east-1"):
        await told(source, "sa-east-1", Query((), (), 5_000, 6_000))


async def test_a_made_up_source_says_that_it_is() -> None:
    source = SyntheticSource(3, Stopped(2_000_000))
    assert (source.name, source.synthetic) == ("synthetic (seed 3)", True)
    found = await told(source, "us-east-1", Query((), (), 1_900_000, 3_000_000))
    assert max(at for _, at, _ in found) <= 2_000_000


def test_a_fast_clock_begins_where_it_is_told_to() -> None:
    clock = ReplayClock(1000.0, wall=0.0, shown=500.0)
    assert clock.now() > 10**12


def test_a_recording_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("Timestamp,InstanceType,ProductDescription,SpotPrice\nnever,g5.xlarge,Linux/UNIX,1\n")
    with pytest.raises(PriceFileError, match=r"bad\.csv: line 2"):
        read_recordings([bad])
    with pytest.raises(PriceFileError, match=r"none\.csv: No such file"):
        read_recordings([tmp_path / "none.csv"])
