"""Records as files, part by part: what `files.read_prices` reads as the same ones."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, Any, Final, Protocol

import numpy as np

from spot_price.core.files import COLUMNS
from spot_price.core.records import MICROS, Records


class Format(StrEnum):
    """What records are written as."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"


class PriceWriter(Protocol):
    """Writes a file of records."""

    def write(self, records: Records) -> None:
        """Add records."""

    def close(self) -> None:
        """Write what belongs at the end. The file itself stays open."""


def writer_of(form: Format, file: IO[bytes]) -> PriceWriter:
    """What writes records of that form into a file that is open."""
    return _WRITERS[form](file)


def write_prices(records: Iterable[Records], form: Format) -> bytes:
    """Records as a file in memory."""
    file = io.BytesIO()
    writer = writer_of(form, file)
    for part in records:
        writer.write(part)
    writer.close()
    return file.getvalue()


class CsvWriter:
    """Comma-separated values (RFC 4180), but for line feeds at the end of lines."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._put(",".join(COLUMNS) + "\n")

    def write(self, records: Records) -> None:
        """See PriceWriter."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(_cells_of(records))
        self._put(out.getvalue())

    def close(self) -> None:
        """See PriceWriter."""

    def _put(self, text: str) -> None:
        self._file.write(text.encode())


class JsonWriter:
    """What `aws ec2 describe-spot-price-history` prints, with our columns in each record."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._before = '{"SpotPriceHistory": [\n'

    def write(self, records: Records) -> None:
        """See PriceWriter."""
        rows = (
            json.dumps({name: cell for name, cell in zip(COLUMNS, cells, strict=True) if cell != ""})
            for cells in _cells_of(records)
        )
        text = ",\n".join(rows)
        if text:
            self._file.write((self._before + text).encode())
            self._before = ",\n"

    def close(self) -> None:
        """See PriceWriter."""
        self._file.write((("" if self._before.startswith(",") else self._before) + "\n]}\n").encode())


class ParquetWriter:
    """Parquet, compressed with Zstandard; prices as decimals with six places."""

    def __init__(self, file: IO[bytes]) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  (40 MB, only where it is used)
        import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415

        self._pa = pa
        self._schema = pa.schema(
            [
                ("Timestamp", pa.timestamp("s", tz="UTC")),
                *((name, pa.string()) for name in COLUMNS[1:6]),
                ("SpotPrice", pa.decimal128(18, 6)),
                ("Holds", pa.int32()),
            ]
        )
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")

    def write(self, records: Records) -> None:
        """See PriceWriter."""
        pa = self._pa
        micros = pa.array(records.micros.tolist(), pa.int64()).cast(pa.decimal128(19, 0))
        price = pa.compute.divide(micros, pa.scalar(MICROS, pa.decimal128(7, 0))).cast(pa.decimal128(18, 6))
        columns = zip(*_places_of(records), strict=True) if records.pools else [()] * len(_PLACE)
        arrays = [
            pa.array(records.at, pa.timestamp("s", tz="UTC")),
            *(pa.array(list(column), pa.string()).take(pa.array(records.which)) for column in columns),
            price,
            pa.array(np.full(len(records), records.holds or 0, np.int32)),
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """See PriceWriter."""
        self._writer.close()


_PLACE: Final = COLUMNS[1:6]
_WRITERS: Final[dict[Format, Callable[[IO[bytes]], PriceWriter]]] = {
    Format.CSV: CsvWriter,
    Format.JSON: JsonWriter,
    Format.PARQUET: ParquetWriter,
}


def _places_of(records: Records) -> list[tuple[str, ...]]:
    return [
        (pool.region, pool.zone_name or "", pool.zone_id or "", pool.instance_type, pool.product)
        for pool in records.pools
    ]


def _cells_of(records: Records) -> Iterator[tuple[Any, ...]]:
    """Each record's cells, in the order of the columns."""
    places, holds = _places_of(records), records.holds or 0
    for which, at, micros in zip(records.which.tolist(), records.at.tolist(), records.micros.tolist(), strict=True):
        moment = datetime.fromtimestamp(at, UTC).isoformat()
        yield moment, *places[which], f"{micros // MICROS}.{micros % MICROS:06d}", holds
