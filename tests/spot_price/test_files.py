"""Files of prices: what they say is read exactly, and what is wrong with them is named."""

import json
import os
from pathlib import Path
from typing import Final

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from spot_price.core.file_writing import Format, write_prices
from spot_price.core.files import PriceFileError, read_prices
from spot_price.core.records import RECORDING_HOLDS, Pool, Records

DATA: Final = Path(os.environ.get("GENBA_TEST_DATA", "../shared/data")) / "spot-prices"
BY_ID: Final = Pool("eu-west-3", "euw3-az2", None, "g4dn.4xlarge")
BY_NAME: Final = Pool("us-east-1", None, "us-east-1b", "g2.2xlarge")
BOTH: Final = Pool("us-west-2", "usw2-lax1-az1", "us-west-2-lax-1a", "g5.xlarge", "Windows")
HEADER: Final = "Timestamp,AvailabilityZone,InstanceType,ProductDescription,SpotPrice\n"
LINE: Final = "2015-03-11T16:22:26+00:00,us-east-1b,g2.2xlarge,Linux/UNIX,0.064400\n"
Row = tuple[Pool, int, float]


def rows_of(parts: list[Records]) -> list[tuple[int | None, Row]]:
    return sorted(((part.holds, row) for part in parts for row in part.rows()), key=str)


def test_csv_with_the_names_of_the_api_is_read() -> None:
    assert rows_of(read_prices((HEADER + LINE).encode())) == [(RECORDING_HOLDS, (BY_NAME, 1426090946, 0.0644))]


@pytest.mark.parametrize("compressed", [False, True])
def test_tsv_without_a_header_is_read(*, compressed: bool) -> None:
    data = b"euw3-az2\tg4dn.4xlarge\tLinux/UNIX\t0.466400\t2022-05-31T18:20:41+00:00\n"
    found = read_prices(zstandard.compress(data) if compressed else data)
    assert rows_of(found) == [(RECORDING_HOLDS, (BY_ID, 1654021241, 0.4664))]


def test_what_the_aws_command_prints_is_read() -> None:
    record = {
        "AvailabilityZone": "us-east-1b",
        "InstanceType": "g2.2xlarge",
        "ProductDescription": "Linux/UNIX (Amazon VPC)",
        "SpotPrice": "0.064400",
        "Timestamp": "2015-03-11T16:22:26.000Z",
    }
    data = json.dumps({"SpotPriceHistory": [record]}).encode()
    assert rows_of(read_prices(data)) == [(RECORDING_HOLDS, (BY_NAME, 1426090946, 0.0644))]


@settings(deadline=None)  # the first one loads pyarrow
@given(
    st.lists(st.tuples(st.sampled_from([BY_ID, BY_NAME, BOTH]), st.integers(0, 4 * 10**9), st.integers(0, 10**9))),
    st.sampled_from(Format),
    st.sampled_from([None, RECORDING_HOLDS, 7]),
)
def test_what_is_written_is_read_as_the_same(
    rows: list[tuple[Pool, int, int]], form: Format, holds: int | None
) -> None:
    parts = [Records.of([(pool, at, micros / 1e6) for pool, at, micros in rows], holds=holds)] if rows else []
    assert rows_of(read_prices(write_prices(parts, form))) == rows_of(parts)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (HEADER + LINE + LINE.replace("0.064400", "dear"), "line 3: 'dear' is no price"),
        (HEADER + LINE + "\n" + LINE.replace("0.064400", "nan"), "line 4: 'nan' is no price"),
        (HEADER + LINE.replace("+00:00", ""), "line 2: .* offset"),
        (HEADER + LINE.replace("us-east-1b", "nowhere"), "line 2: 'nowhere' is no zone"),
        (
            "Region," + HEADER + "eu-west-1," + LINE,
            "line 2: 'us-east-1b' is in us-east-1, not in eu-west-1",
        ),
        (HEADER + LINE.replace("Linux/UNIX", "BeOS"), "line 2: 'BeOS' is no product"),
        (HEADER + "a,b\n", "line 2: 2 columns in place of 5"),
        ("Timestamp,SpotPrice\n", "line 1: there is no column InstanceType"),
        ("hello\n", "line 1: "),
        ("", "line 1: "),
        ('{"SpotPriceHistory": [\n{]}', "line 2: "),
        ('{"SpotPriceHistory": [{}]}', "record 1: there is no InstanceType"),
        ("PAR1 but no more", "row 1: "),
    ],
)
def test_what_is_wrong_is_named(data: str, where: str) -> None:
    with pytest.raises(PriceFileError, match=where):
        read_prices(data.encode())


@pytest.mark.parametrize(("pattern", "count"), [("g2.2xlarge*", 69_269), ("all-regions*", 33_362)])
def test_the_real_recordings_are_read_whole(pattern: str, count: int) -> None:
    files = sorted(DATA.glob(pattern))
    if not files:
        pytest.skip("the recorded prices are not here")
    parts = read_prices(files[0].read_bytes())
    assert sum(map(len, parts)) == count
    rows = rows_of(parts)
    assert len({(pool, at) for _, (pool, at, _) in rows}) == count  # no moment of a pool is there twice
