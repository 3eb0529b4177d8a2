"""What a post costs inside the process, its first read after it, and a start with everything there.

Expected: a post of a new keyword under 3 ms median at 7,101 entries, the first read of its page under 1 ms, a start
(load and build) under 2 s. References of the same run: a bare INSERT and COMMIT of the same bytes in SQLite with the
same durability; linking the page with the plain regular expression; reading all rows of the table.
"""

import asyncio
import json
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from genba_servicekit.testing import app_client, test_data
from wiki_linker.app import create_app
from wiki_linker.deps import Wiki
from wiki_linker.settings import WikiSettings

POSTS = 400
REFERENCE_READS = 12


def entries_of(name: str) -> list[dict[str, str]]:
    """Entries of the real wiki."""
    with (test_data("wiki") / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def milliseconds(seconds: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(seconds)
    return f"{1000 * statistics.median(ordered):.3f} ms median, {1000 * ordered[int(0.95 * len(ordered))]:.3f} ms p95"


def bare_commits(folder: Path, posts: list[dict[str, str]]) -> list[float]:
    """The same bytes, one INSERT and one COMMIT each."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE entries (keyword TEXT PRIMARY KEY, description TEXT)")
    took = []
    for post in posts:
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entries VALUES (?, ?)", (post["keyword"], post["description"]))
        connection.execute("COMMIT")
        took.append(time.perf_counter() - began)
    connection.close()
    return took


async def post_and_read(wiki: Wiki, posts: list[dict[str, str]]) -> tuple[list[float], list[float]]:
    """Seconds of each post, and of the first read of its page."""
    writes, reads = [], []
    for post in posts:
        began = time.perf_counter()
        await wiki.writing.save(keyword=post["keyword"], description=post["description"], author="bench")
        written = time.perf_counter()
        if not wiki.reading.is_current():
            await wiki.reading.catch_up()
        await wiki.reading.article(post["keyword"])
        reads.append(time.perf_counter() - written)
        writes.append(written - began)
    return writes, reads


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


async def main() -> None:
    """Measure and print."""
    entries, posts = entries_of("entries.jsonl"), entries_of("new_entries.jsonl")[:POSTS]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = WikiSettings(data_dir=folder, access_log=False, log_level="error")
        app = create_app(settings)
        async with app_client(app):
            wiki: Wiki = app.state.wiki
            await wiki.importing.import_file(test_data("wiki") / "entries.jsonl", "ndjson", author="bench")
            await wiki.reading.catch_up()

        began = time.perf_counter()
        app = create_app(settings)
        async with app_client(app):
            start = time.perf_counter() - began
            wiki = app.state.wiki
            writes, reads = await post_and_read(wiki, posts)

        bare = bare_commits(folder, posts)
        words = sorted({entry["keyword"] for entry in [*entries, *posts]}, key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, words)))
        by_expression = [
            timed(lambda text=post["description"]: pattern.sub("", text))  # type: ignore[misc]
            for post in posts[:REFERENCE_READS]
        ]
        database = sqlite3.connect(folder / "wiki.db")
        rows = timed(lambda: database.execute("SELECT * FROM entries").fetchall())
        database.close()
    print(f"entries                       {len(entries):,}")
    print(f"post of a new keyword         {milliseconds(writes)}")
    print(f"  bare INSERT and COMMIT      {milliseconds(bare)}")
    print(f"  ratio                       {statistics.median(writes) / statistics.median(bare):.1f} x")
    print(f"first read of its page        {milliseconds(reads)}")
    print(f"  regular expression          {milliseconds(by_expression)}")
    print(f"  ratio                       1 / {statistics.median(by_expression) / statistics.median(reads):,.0f}")
    print(f"start with everything there   {start:.2f} s")
    print(f"  reading all rows            {rows:.2f} s")
    print(f"  ratio                       {start / rows:.1f} x")


if __name__ == "__main__":
    asyncio.run(main())
