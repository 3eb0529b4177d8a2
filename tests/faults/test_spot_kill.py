"""An import of prices that is killed leaves whole batches, and the next one finishes it: on both databases."""

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from genba_servicekit.database import Database
from spot_price.adapters.schema import imports, records
from spot_price.core.file_writing import Format, write_prices
from spot_price.core.records import Pool, Records
from spot_price.usecases.filing import IMPORTED_AT_ONCE

COMMAND = str(Path(sys.executable).with_name("spot-price"))
POOLS, EACH = 50, 7_000
COUNT = POOLS * EACH


def file(folder: Path) -> Path:
    """Prices of 50 pools for some days, as Parquet: quick to read."""
    pools = [Pool("us-east-1", f"use1-az{number}", None, "g5.xlarge") for number in range(POOLS)]
    which = np.repeat(np.arange(POOLS, dtype=np.int32), EACH)
    at = np.tile(1_700_000_000 + 60 * np.arange(EACH, dtype=np.int64), POOLS)
    path = folder / "prices.parquet"
    path.write_bytes(write_prices([Records(pools, which, at, np.full(COUNT, 400_000, np.int64))], Format.PARQUET))
    return path


async def kept(url: str) -> tuple[int, int]:
    """How many records there are, and how many imports were finished; the database is sound."""
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    try:

        def count(connection: sa.Connection) -> tuple[int, int]:
            if connection.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            every = sa.select(sa.func.count()).select_from(records)
            return connection.execute(every).scalar_one(), len(connection.execute(sa.select(imports)).all())

        return await database.read(count)
    finally:
        await database.stop()


async def test_an_import_that_is_killed_leaves_whole_batches_and_the_next_finishes_it(
    database_url: str, tmp_path: Path
) -> None:
    chance, path = random.Random(3), file(tmp_path)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "SPOT_DATABASE_URL": database_url,
        "SPOT_SOURCE": "aws",
    }
    importing = [COMMAND, "import", str(path)]
    killed, before = 0, 0
    while killed < 6:
        process = subprocess.Popen(importing, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: ASYNC220  (it is killed)
        time.sleep(chance.uniform(1.0, 3.0))  # noqa: ASYNC251  (nothing else happens meanwhile)
        if process.poll() is None:
            process.kill()
        process.communicate()
        killed += 1
        count, finished = await kept(database_url)
        assert before <= count <= COUNT
        assert count % IMPORTED_AT_ONCE == 0 or count == COUNT
        assert finished <= 1
        before = count
    done = subprocess.run(importing, env=environment, capture_output=True, text=True, check=True)  # noqa: ASYNC221
    assert f"{COUNT:,} records, {COUNT - before:,} of them new" in done.stdout
    assert (await kept(database_url))[0] == COUNT
