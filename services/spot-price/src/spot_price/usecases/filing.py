"""Price records out of files into the store, and back into files."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Final

from spot_price.core.file_writing import PriceWriter
from spot_price.core.records import Pool, Records, Seconds
from spot_price.ports import RecordStore

IMPORTED_AT_ONCE: Final = 100_000
"""Records a transaction: some tenths of a second, in which a running server waits to write its own."""
EXPORTED_AT_ONCE: Final = 200
"""Pools that are read at once: with two years of records each, some 30 MB."""


async def import_records(
    store: RecordStore, name: str, parts: Sequence[Records], *, done: Callable[[int], None] = lambda _: None
) -> int:
    """Keep the records of a file that is read whole already; gives how many were new. The same again changes nothing.

    Args:
        store: where to.
        name: the file's; of a path the last part is kept.
        parts: its records.
        done: is told how many records are kept since it was told last.
    """
    new = 0
    for part in parts:
        for start in range(0, len(part), IMPORTED_AT_ONCE):
            rows = slice(start, start + IMPORTED_AT_ONCE)
            piece = replace(part, which=part.which[rows], at=part.at[rows], micros=part.micros[rows])
            new += await store.ingest(piece)
            done(len(piece))
    if new:
        await store.note_import(PurePath(name).name, new)
    return new


async def export_records(
    store: RecordStore,
    pools: Sequence[Pool],
    writer: PriceWriter,
    *,
    start: Seconds,
    end: Seconds,
    done: Callable[[int], None] = lambda _: None,
) -> int:
    """Write every record of these pools between two moments, and those in force at the first; gives how many.

    Args:
        store: where from.
        pools: which.
        writer: writes the file; it is closed at the end.
        start: from then on.
        end: until then.
        done: is told how many pools are written since it was told last.
    """
    count = 0
    for first in range(0, len(pools), EXPORTED_AT_ONCE):
        some = pools[first : first + EXPORTED_AT_ONCE]
        for part in await store.records(some, start, end):
            writer.write(part)
            count += len(part)
        done(len(some))
    writer.close()
    return count
