"""Files of price records: what they say, as records.

Read are: CSV with the API's field names above it, TSV without (zone id, type, product, price, timestamp), what
`aws ec2 describe-spot-price-history` prints (JSON), Parquet with the CSV's columns; each also compressed (Zstandard).
Which one it is, is seen from what is in it. What `file_writing` writes has three columns more: `AvailabilityZoneId`,
`Region` and `Holds`, so that it comes back exactly. Records of files that do not say how long they hold are a
recording's.

Source: EC2 API Reference, DescribeSpotPriceHistory and SpotPrice.
"""

import csv
import io
import json
import math
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np

from spot_price.core.records import MICROS, PRODUCTS, RECORDING_HOLDS, Pool, Records
from spot_price.core.regions import region_of

COLUMNS: Final = (
    "Timestamp",
    "Region",
    "AvailabilityZone",
    "AvailabilityZoneId",
    "InstanceType",
    "ProductDescription",
    "SpotPrice",
    "Holds",
)
NEEDED: Final = ("Timestamp", "InstanceType", "ProductDescription", "SpotPrice")
DEAREST: Final = 1_000_000
"""US dollars an hour; what costs more is no price but a mistake."""
SEEN_EVERY: Final = 10_000
"""Records between two words of how many were read."""
MOMENTS: Final = 100_000
"""Times whose text is remembered, some 150 bytes each: records of many pools often share them."""
LARGEST: Final = 2 << 30
"""Bytes of a file when decompressed; more would not fit in memory beside what is made of it."""
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PARQUET: Final = b"PAR1"
_TSV: Final = ("AvailabilityZoneId", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp")

Row = Mapping[str, Any]


class PriceFileError(ValueError):
    """A file that cannot be read: where, and why."""


def read_prices(data: bytes, *, seen: Callable[[int], None] = lambda _: None) -> list[Records]:
    """Every record of a file, those that hold equally long together.

    Args:
        data: the file.
        seen: is told now and then how many records were read since.

    Raises:
        PriceFileError: it is no such file, or a line of it cannot be read, which is named.
    """
    if data.startswith(_ZSTD):
        data = _decompressed(data)
    if data.startswith(_PARQUET):
        return _records(_parquet_rows(data), "row", seen)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PriceFileError(f"line {line}: it is not UTF-8") from None
    if text.lstrip().startswith(("{", "[")):
        return _records(_json_rows(text), "record", seen)
    first = text.partition("\n")[0]
    del text  # lines are read from the bytes: with this and `MOMENTS` a million records take 508 MB in place of 757
    return _records(_lines(first, io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")), "line", seen)


def _decompressed(data: bytes) -> bytes:
    import zstandard  # noqa: PLC0415  (only where a file is compressed)

    try:
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
            found = reader.read(LARGEST + 1)
    except zstandard.ZstdError as error:
        raise PriceFileError(f"it cannot be decompressed: {error}") from None
    if len(found) > LARGEST:
        raise PriceFileError(f"it is over {LARGEST >> 30} GiB when decompressed: split it")
    return found


def _lines(first: str, lines: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """Each line of a CSV file, or of a TSV file without a header, by its number."""
    if "Timestamp" not in first and "\t" not in first:
        raise PriceFileError("line 1: neither a header with Timestamp nor columns between tabs")
    if "Timestamp" in first:
        reader = csv.reader(lines, delimiter="\t" if "\t" in first else ",")
        names: Sequence[str] = next(reader)
        if missing := [name for name in NEEDED if name not in names]:
            raise PriceFileError(f"line 1: there is no column {', '.join(missing)}")
    else:
        reader = csv.reader(lines, delimiter="\t")
        names = _TSV
    try:
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                raise PriceFileError(f"line {reader.line_num}: {len(cells)} columns in place of {len(names)}")
            yield reader.line_num, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise PriceFileError(f"line {reader.line_num}: {error}") from None


def _json_rows(text: str) -> Iterator[tuple[int, Row]]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise PriceFileError(f"line {error.lineno}: {error.msg}") from None
    except RecursionError:
        raise PriceFileError("line 1: it is nested too deep") from None
    history = found.get("SpotPriceHistory") if isinstance(found, dict) else found
    if not isinstance(history, list):
        raise PriceFileError("line 1: there is no list SpotPriceHistory")
    for number, row in enumerate(history, 1):
        if not isinstance(row, dict):
            raise PriceFileError(f"record {number}: it is not an object")
        yield number, row


def _parquet_rows(data: bytes) -> Iterator[tuple[int, Row]]:
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  (40 MB, only where it is used)
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415

    number = 0
    try:
        for batch in pq.ParquetFile(pa.BufferReader(data)).iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except (pa.ArrowException, OSError) as error:
        raise PriceFileError(f"row {number + 1}: {str(error).splitlines()[0]}") from None


class _Columns:
    """Records of one holding time, as they are gathered."""

    def __init__(self) -> None:
        self.pools: dict[Pool, int] = {}
        self.which = array("i")
        self.at = array("q")
        self.micros = array("q")


def _records(rows: Iterable[tuple[int, Row]], word: str, seen: Callable[[int], None]) -> list[Records]:
    gathered: dict[int, _Columns] = {}
    pools: dict[tuple[object, ...], Pool] = {}
    moments: dict[object, int] = {}
    for count, (number, row) in enumerate(rows, 1):
        if not count % SEEN_EVERY:
            seen(SEEN_EVERY)
            if len(moments) > MOMENTS:
                moments.clear()
        try:
            place = (
                row.get("Region"),
                row.get("AvailabilityZone"),
                row.get("AvailabilityZoneId"),
                row["InstanceType"],
                row["ProductDescription"],
            )
            pool = pools.get(place) or pools.setdefault(place, _pool(*place))
            said = row["Timestamp"]
            at = moments.get(said) or moments.setdefault(said, _moment(said))
            micros, holds = _micros(row["SpotPrice"]), _holds(row.get("Holds"))
        except KeyError as error:
            raise PriceFileError(f"{word} {number}: there is no {error.args[0]}") from None
        except (ValueError, TypeError) as error:
            raise PriceFileError(f"{word} {number}: {error}") from None
        columns = gathered.setdefault(holds, _Columns())
        columns.which.append(columns.pools.setdefault(pool, len(columns.pools)))
        columns.at.append(at)
        columns.micros.append(micros)
    return [
        Records(
            tuple(found.pools),
            np.frombuffer(found.which, np.int32),
            np.frombuffer(found.at, np.int64),
            np.frombuffer(found.micros, np.int64),
            holds or None,
        )
        for holds, found in gathered.items()
    ]


def _pool(region: object, zone_name: object, zone_id: object, instance_type: object, product: object) -> Pool:
    name, ident = str(zone_name or ""), str(zone_id or "")
    if not re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", str(instance_type)):
        raise ValueError(f"{instance_type!r} is no instance type")
    bare = str(product).removesuffix(" (Amazon VPC)")
    if bare not in PRODUCTS:
        raise ValueError(f"{product!r} is no product description")
    found = region_of(ident) or region_of(name)
    given = str(region or "")
    if not (ident or name) or not (given or found):
        raise ValueError(f"{ident or name!r} is no zone of a region that is known")
    if given and found and given != found:
        raise ValueError(f"{ident or name!r} is in {found}, not in {given}")
    place = given or str(found)
    return Pool(place, ident or None, name or None, str(instance_type), bare)


def _moment(said: object) -> int:
    try:
        moment = said if isinstance(said, datetime) else datetime.fromisoformat(str(said))
    except ValueError:
        raise ValueError(f"{said!r} is no time") from None
    if moment.tzinfo is None:
        raise ValueError(f"{said!r} does not say its offset from UTC")
    return math.floor(moment.timestamp())


def _micros(said: object) -> int:
    try:
        price = float(str(said))
    except ValueError:
        raise ValueError(f"{said!r} is no price") from None
    if not 0 <= price <= DEAREST:
        raise ValueError(f"{said!r} is no price")
    return round(price * MICROS)


def _holds(said: object) -> int:
    if said is None or said == "":
        return RECORDING_HOLDS
    holds = int(str(said))
    if not 0 <= holds < 1 << 31:
        raise ValueError(f"{said!r} is no number of seconds to hold")
    return holds
