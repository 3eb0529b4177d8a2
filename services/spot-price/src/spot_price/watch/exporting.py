"""What is seen, as a file that `spot-price import` reads."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread

from spot_price.core.file_writing import Format, write_prices
from spot_price.core.records import Pool, Records, Seconds
from spot_price.watch.feed import Snapshot


async def export(snapshot: Snapshot, pools: Sequence[Pool], start: Seconds, end: Seconds, folder: Path) -> str:
    """Write the prices of these pools in a window; gives what to say. A file that is there already is left alone."""
    rows: list[tuple[Pool, Seconds, float]] = []
    for pool in pools:
        if pool in snapshot.steps:
            part = snapshot.steps[pool].window(start, end)
            known = zip(part.at.tolist(), part.price.tolist(), strict=True)
            rows += [(pool, at, 0.0 if math.isnan(price) else price) for at, price in known]
    stamp = datetime.fromtimestamp(snapshot.now, UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        return await to_thread.run_sync(_write, rows, folder, f"spot-price-{stamp}")
    except OSError as error:
        return f"{error.strerror or error}: {folder}"


def _write(rows: Sequence[tuple[Pool, Seconds, float]], folder: Path, name: str) -> str:
    content = write_prices([Records.of(rows)], Format.CSV)
    number = 1
    while True:
        path = folder / (f"{name}.csv" if number == 1 else f"{name}-{number}.csv")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            number += 1
        else:
            return f"{len(rows)} prices written to {path.name}"
