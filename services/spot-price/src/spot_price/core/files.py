"""Files of price records: what they say, as records; and records as such files.

Read are: CSV with the API's field names above it, TSV without (zone id, type, product, price, timestamp), what
`aws ec2 describe-spot-price-history` prints (JSON), Parquet with the CSV's columns; each also compressed (Zstandard).
Which one it is, is seen from what is in it. What we write has three columns more: `AvailabilityZoneId`, `Region` and
`Holds`, so that it comes back exactly. Records of files that do not say how long they hold are a recording's.

Source: EC2 API Reference, DescribeSpotPriceHistory and SpotPrice.
"""

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
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
LARGEST: Final = 2 << 30
"""Bytes of a file when decompressed; more would not fit in memory beside what is made of it."""
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PARQUET: Final = b"PAR1"
_TSV: Final = ("AvailabilityZoneId", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp")

Row = Mapping[str, Any]


class Format(StrEnum):
    """What records are written as."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"


class PriceFileError(ValueError):
    """A file that cannot be read: where, and why."""


def read_prices(data: bytes) -> list[Records]:
    """Every record of a file, those that hold equally long together.

    Raises:
        PriceFileError: it is no such file, or a line of it cannot be read, which is named.
    """
    if data.startswith(_ZSTD):
        data = _decompressed(data)
    if data.startswith(_PARQUET):
        return _records(_parquet_rows(data), "row")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PriceFileError(f"line {line}: it is not UTF-8") from None
    if text.lstrip().startswith(("{", "[")):
        return _records(_json_rows(text), "record")
    return _records(_lines(text), "line")


def write_prices(records: Iterable[Records], form: Format) -> bytes:
    """Records as a file, which `read_prices` reads as the same ones."""
    if form is Format.PARQUET:
        return _parquet_of(records)
    rows = (row for part in records for row in _rows_of(part))
    if form is Format.JSON:
        history = [{name: value for name, value in row.items() if value not in {"", None}} for row in rows]
        return json.dumps({"SpotPriceHistory": history}, indent=1).encode()
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _rows_of(records: Records) -> Iterator[dict[str, Any]]:
    places = [
        {
            "Region": pool.region,
            "AvailabilityZone": pool.zone_name or "",
            "AvailabilityZoneId": pool.zone_id or "",
            "InstanceType": pool.instance_type,
            "ProductDescription": pool.product,
        }
        for pool in records.pools
    ]
    for which, at, micros in zip(records.which.tolist(), records.at.tolist(), records.micros.tolist(), strict=True):
        moment = datetime.fromtimestamp(at, UTC).isoformat()
        price = f"{micros // MICROS}.{micros % MICROS:06d}"
        yield {"Timestamp": moment, **places[which], "SpotPrice": price, "Holds": records.holds or 0}


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


def _lines(text: str) -> Iterator[tuple[int, Row]]:
    """Each line of a CSV file, or of a TSV file without a header, by its number."""
    first = text.partition("\n")[0]
    if "Timestamp" not in first and "\t" not in first:
        raise PriceFileError("line 1: neither a header with Timestamp nor columns between tabs")
    if "Timestamp" in first:
        reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in first else ",")
        names: Sequence[str] = next(reader)
        if missing := [name for name in NEEDED if name not in names]:
            raise PriceFileError(f"line 1: there is no column {', '.join(missing)}")
    else:
        reader = csv.reader(io.StringIO(text), delimiter="\t")
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


def _parquet_of(records: Iterable[Records]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = pa.schema(
        [
            ("Timestamp", pa.timestamp("s", tz="UTC")),
            *((name, pa.string()) for name in COLUMNS[1:6]),
            ("SpotPrice", pa.decimal128(18, 6)),
            ("Holds", pa.int32()),
        ]
    )
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for part in records:
            columns = _columns_of(part)
            micros = pa.array(part.micros.tolist(), pa.int64()).cast(pa.decimal128(19, 0))
            price = pa.compute.divide(micros, pa.scalar(MICROS, pa.decimal128(7, 0))).cast(pa.decimal128(18, 6))
            arrays = [
                pa.array(part.at, pa.timestamp("s", tz="UTC")),
                *(pa.array(column).take(pa.array(part.which)) for column in columns),
                price,
                pa.array(np.full(len(part), part.holds or 0, np.int32)),
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _columns_of(part: Records) -> list[list[str]]:
    return [
        [pool.region for pool in part.pools],
        [pool.zone_name or "" for pool in part.pools],
        [pool.zone_id or "" for pool in part.pools],
        [pool.instance_type for pool in part.pools],
        [pool.product for pool in part.pools],
    ]


class _Columns:
    """Records of one holding time, as they are gathered."""

    def __init__(self) -> None:
        self.pools: dict[Pool, int] = {}
        self.which: list[int] = []
        self.at: list[int] = []
        self.micros: list[int] = []


def _records(rows: Iterable[tuple[int, Row]], word: str) -> list[Records]:
    gathered: dict[int, _Columns] = {}
    pools: dict[tuple[object, ...], Pool] = {}
    moments: dict[object, int] = {}
    for number, row in rows:
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
            np.array(found.which, np.int32),
            np.array(found.at, np.int64),
            np.array(found.micros, np.int64),
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
