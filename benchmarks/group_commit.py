"""How much group commit saves: 64 callers at once, each waiting for its own write to be on the disk.

    python benchmarks/group_commit.py

The reference is the same database layer with groups of one, which is a commit per request. Prints both, their ratio,
and what one caller alone waits; exits with 1 if the ratio is below what is promised.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from genba_servicekit.database import Database

CALLERS = 64
SECONDS = 2.0
PROMISED = 5.0

metadata = sa.MetaData()
posts = sa.Table("posts", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
INSERT = sa.insert(posts)


def post(connection: sa.Connection) -> None:
    """One small row."""
    connection.execute(INSERT, {"text": "where it happens"})


async def commits_a_second(folder: str, *, group: int, callers: int) -> tuple[float, float]:
    """Commits a second that callers were answered, and the median time that one waited, in milliseconds."""
    database = Database(f"sqlite:///{folder}/{group}-{callers}.db", migrations=None, write_batch=group)
    await database.start()
    await database.write(metadata.create_all)
    waits: list[float] = []
    end = time.perf_counter() + SECONDS

    async def call() -> None:
        while (began := time.perf_counter()) < end:
            await database.write(post)
            waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    rate = len(waits) / (time.perf_counter() - began)
    await database.stop()
    return rate, statistics.median(waits) * 1000


def flush_ms(folder: str) -> float:
    """What flushing 4 KiB to this disk takes, in milliseconds: the floor under every commit."""
    waits = []
    with (Path(folder) / "flush").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - began)
    return statistics.median(waits) * 1000


def main() -> int:
    """Run it, print it, judge it."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("GENBA_DATA_DIR")) as folder:
        print(f"flushing 4 KiB to this disk          {flush_ms(folder):9.2f} ms")
        _, alone = asyncio.run(commits_a_second(folder, group=256, callers=1))
        print(f"one caller alone waits               {alone:9.2f} ms")
        single, waited = asyncio.run(commits_a_second(folder, group=1, callers=CALLERS))
        print(f"{CALLERS} callers, a commit per request   {single:9,.0f} /s, each waits {waited:.1f} ms")
        grouped, waited = asyncio.run(commits_a_second(folder, group=256, callers=CALLERS))
        print(f"{CALLERS} callers, committed in groups    {grouped:9,.0f} /s, each waits {waited:.1f} ms")
    ratio = grouped / single
    print(f"ratio                                {ratio:9.1f}   (promised: {PROMISED:.0f})")
    return 0 if ratio >= PROMISED else 1


if __name__ == "__main__":
    sys.exit(main())
