"""What answers about prices take: `python benchmarks/spot_queries.py [RECORDS]`, some 3 minutes for ten million.

A database of 20,000 pools (500 types in 40 zones, 90 days) is filled in a process of its own, and opened as the service
opens it: in SQLite, then in PostgreSQL where that is installed. The references read the same database with SQL and go
through its rows in Python: the newest price of each pool; what each second of an hour, or of a week, cost. Answers of
both are compared. How many records a second are kept is told beside an INSERT for each. At last a service is started on
that database, and answers its page and its API. If “where is it cheapest now” takes over 1 ms, hourly buckets of a week
of one type in every zone over 20 ms, less than 100,000 records a second are kept, or the service has over 250 MB, the
exit status is 1.

Then, where the recorded prices of 2015 are at hand (in $GENBA_TEST_DATA or in `shared/data` beside the checkout): how
often the cheapest zone changes with a hysteresis, and what following it costs.
"""

import asyncio
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import cycle
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np
import psutil
import sqlalchemy as sa

from genba_servicekit.database import Database
from genba_servicekit.testing import postgres_server, running_service
from genba_servicekit.testing_postgres import find_postgres
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.store import Store
from spot_price.core.files import read_prices
from spot_price.core.offers import Measure
from spot_price.core.records import MICROS, RECORDING_HOLDS, Pool, Records
from spot_price.core.selection import Selection
from spot_price.ports import Change, Last
from spot_price.usecases.cheapest import Cheapest
from spot_price.usecases.history import History
from spot_price.usecases.market import Market
from spot_price.usecases.offering import Offering, Wanted

RECORDS = 10_000_000
TYPES, ZONES = 500, 40
HOUR, DAY = 3600, 86_400
NOW = 1_776_500_000
SPAN = 90 * DAY
ONE = "g5.2xlarge"
MOST_NOW_MS, MOST_BUCKETS_MS = 1.0, 20.0
LEAST_KEPT, MOST_MEGABYTES = 100_000, 250
ALONE = 100_000
PATHS = (
    "/",
    "/?type={}&window=30d",
    "/v1/prices?limit=2000",
    "/v1/offers",
    "/v1/prices/history?type={}&resolution=1h",
    "/v1/statistics?type={}",
    "/v1/forecasts?type={}",
)
ASKED, AT_ONCE = 210, 8
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3)
T = TypeVar("T")


class StoppedClock:
    """It is always the end of the records."""

    def now(self) -> int:
        """That."""
        return NOW


async def fill(url: str, count: int) -> None:
    """Prices that wander, each pool's as many, at its own times."""
    random = np.random.default_rng(7)
    known = packaged().types()
    names = [ONE, *(name for name in sorted(known, key=lambda name: not known[name].gpus) if name != ONE)][:TYPES]
    each = count // (len(names) * ZONES)
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    store = Store(database)
    spent, kept = 0.0, 0
    for first in range(0, len(names), 20):
        pools = [
            Pool("us-east-1" if zone % 4 else "eu-west-1", f"use1-az{zone}", f"zone-{zone}", name)
            for name in names[first : first + 20]
            for zone in range(ZONES)
        ]
        at = NOW - SPAN + np.sort(random.integers(0, SPAN, (len(pools), each)), axis=1)
        level = random.uniform(0.1, 5, (len(pools), 1)) * np.exp(np.cumsum(random.normal(0, 0.01, at.shape), axis=1))
        which = np.repeat(np.arange(len(pools), dtype=np.int32), each)
        records = Records(pools, which, at.ravel(), np.round(level * 1e4).astype(np.int64).ravel() * 100)
        start = time.perf_counter()
        kept += await store.ingest(records)
        spent += time.perf_counter() - start
    alone = await database.write(lambda connection: by_hand(connection, records))
    await database.stop()
    print(
        f"{kept / spent:,.0f} records a second are kept, {kept / spent / alone:.1f} x an INSERT for each ({alone:,.0f})"
    )
    if kept / spent < LEAST_KEPT:
        raise SystemExit(f"fewer than {LEAST_KEPT:,}")


def by_hand(connection: sa.Connection, records: Records) -> float:
    """Records a second, each by an INSERT of its own, all in one transaction, into a table like theirs."""
    place, end = ("?", "WITHOUT ROWID") if connection.dialect.name == "sqlite" else ("%s", "")
    table = f"CREATE TABLE alone (pool INT, at BIGINT, micros BIGINT, holds INT, PRIMARY KEY (pool, at)) {end}"
    connection.exec_driver_sql(table)
    insert = f"INSERT INTO alone VALUES ({place}, {place}, {place}, 0) ON CONFLICT DO NOTHING"
    columns = (records.which[:ALONE].tolist(), records.at[:ALONE].tolist(), records.micros[:ALONE].tolist())
    cursor = connection.connection.cursor()
    start = time.perf_counter()
    for row in zip(*columns, strict=True):
        cursor.execute(insert, row)
    took = time.perf_counter() - start
    connection.exec_driver_sql("DROP TABLE alone")
    return len(columns[0]) / took


def serve(url: str) -> bool:
    """Print the memory of a service on that database, when it has answered; gives whether it is little enough."""
    settings = {"SPOT_DATABASE_URL": url, "GENBA_ACCESS_LOG": "false", "SPOT_SOURCE": "synthetic"}
    settings |= {"SPOT_REGIONS": '["us-east-1"]', "SPOT_HISTORY": "1"}
    command = str(Path(sys.executable).with_name("spot-price"))
    types = sorted(packaged().types())
    paths = [path.format(types[number % len(types)]) for number, path in zip(range(ASKED), cycle(PATHS), strict=False)]
    with running_service([command, "serve"], settings) as service:
        process = psutil.Process(service.process.pid)
        start = process.memory_info().rss / 1e6
        with httpx.Client(base_url=service.url, timeout=60) as client, ThreadPoolExecutor(AT_ONCE) as asking:
            for answer in asking.map(client.get, paths):
                answer.raise_for_status()
        most = process.memory_info().rss / 1e6
    print(
        f"a service on it: {start:.0f} MB at its start, {most:.0f} after {ASKED} answers, {AT_ONCE} at once"
        f" (at most {MOST_MEGABYTES})"
    )
    return most <= MOST_MEGABYTES


async def took(repeats: int, run: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    """Median of the milliseconds, and what it gave."""
    times, found = [], await run()
    for _ in range(repeats):
        start = time.perf_counter()
        found = await run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000, found


def newest(connection: sa.Connection, of_type: str) -> list[tuple[str, str, int]]:
    """Type, zone and price of the newest record of every pool of a type (%: of all), by going through its records."""
    query = (
        "SELECT p.type, p.zone_id, r.micros FROM pools p JOIN records r ON r.pool_id = p.id JOIN (SELECT pool_id,"
        " max(at) AS at FROM records WHERE pool_id IN (SELECT id FROM pools WHERE type LIKE :type) GROUP BY pool_id) m"
        " ON m.pool_id = r.pool_id AND m.at = r.at"
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(sa.text(query), {"type": of_type})]


def stretches(connection: sa.Connection, start: int) -> Iterator[tuple[str, list[tuple[int, int, int]]]]:
    """Each pool of the one type with (from, until, price) since `start`, row by row."""
    query = sa.text("SELECT r.at, r.micros FROM records r WHERE r.pool_id = :pool ORDER BY r.at")
    for number, zone in connection.execute(sa.text("SELECT id, zone_id FROM pools WHERE type = :type"), {"type": ONE}):
        found = connection.execute(query, {"pool": number}).all()
        ends = [at for at, _ in found[1:]] + [NOW]
        yield (
            zone,
            [(max(at, start), end, micros) for (at, micros), end in zip(found, ends, strict=True) if end > start],
        )


def hourly(connection: sa.Connection, start: int) -> dict[str, list[float]]:
    """The time-weighted mean of every hour, piece by piece."""
    made = {}
    for zone, pieces in stretches(connection, start):
        first = start // HOUR
        total = [0.0] * (-(-NOW // HOUR) - first)
        length = [0] * len(total)
        for begin, until, micros in pieces:
            at = begin
            while at < until:
                end = min(until, (at // HOUR + 1) * HOUR)
                total[at // HOUR - first] += micros * (end - at)
                length[at // HOUR - first] += end - at
                at = end
        made[zone] = [
            amount / seconds / MICROS if seconds else math.nan for amount, seconds in zip(total, length, strict=True)
        ]
    return made


def figures(connection: sa.Connection, start: int) -> dict[str, tuple[float, float, float]]:
    """Mean, 95 % quantile and the share of time under a dollar, of rows sorted by price."""
    made = {}
    for zone, pieces in stretches(connection, start):
        pieces.sort(key=lambda piece: piece[2])
        whole = sum(end - begin for begin, end, _ in pieces)
        mean = sum(micros * (end - begin) for begin, end, micros in pieces) / whole / MICROS
        under = sum(end - begin for begin, end, micros in pieces if micros <= MICROS) / whole
        passed, quantile = 0, math.nan
        for begin, end, micros in pieces:
            passed += end - begin
            if passed >= 0.95 * whole:
                quantile = micros / MICROS
                break
        made[zone] = mean, quantile, under
    return made


def line(name: str, ours: float, reference: float) -> None:
    """Print one."""
    print(f"{name:58} {ours:9.3f} {reference:11.1f} {reference / ours:9.1f}")


async def by_sql(database: Database, read: Callable[[sa.Connection], T]) -> tuple[float, T]:
    """Milliseconds of a reference, and what it gave."""
    return await took(3, lambda: database.read(read))


async def ask(url: str) -> bool:
    """Print what each answer takes; gives whether it is quick enough."""
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    market = Market(Store(database), packaged(), StoppedClock(), source="a benchmark", synthetic=True)
    start = time.perf_counter()
    await market.load()
    opened = time.perf_counter() - start
    history, offering = History(market), Offering(market)
    _, count = await by_sql(database, lambda each: each.exec_driver_sql("SELECT count(*) FROM records").scalar_one())
    print(f"{count:,} records of {len(market.lasts()):,} pools; {opened:.1f} s to open")
    print(f"{'ms, median':58} {'ours':>9} {'by SQL':>11} {'ratio':>9}")
    every, one = Selection(), Selection(types=(ONE,))
    week = NOW - 7 * DAY

    async def offers(wanted: Wanted) -> list[tuple[str, str, int]]:
        found = (await offering.offers(wanted)).items
        return [(each.pool.instance_type, each.pool.zone, round((each.price or 0) * MICROS)) for each in found]

    now, found = await took(50, lambda: offers(Wanted(one)))
    there, asked = await by_sql(database, lambda each: newest(each, ONE))
    assert found == sorted(asked, key=lambda row: (row[2], row[1]))
    line(f"where one type is cheapest now, of {len(found)} zones", now, there)
    ours, found = await took(5, lambda: offers(Wanted(every, Measure.GPU_MEMORY)))
    has = market.catalogue.types()

    def ranked(connection: sa.Connection) -> list[tuple[str, str, int]]:
        rows = [row for row in newest(connection, "%") if has[row[0]].gpu_memory_gib]
        return sorted(rows, key=lambda row: row[2] / has[row[0]].gpu_memory_gib)

    there, asked = await by_sql(database, ranked)
    assert len(found) == len(asked)
    assert found[0] == asked[0], (found[0], asked[0])
    line(f"all types ranked by $/GiB of GPU memory: {len(found):,} offers", ours, there)
    bucketed, lines = await took(10, lambda: history.buckets(one, week, NOW, HOUR))
    there, by_hour = await by_sql(database, lambda each: hourly(each, week))
    for each in lines:
        assert np.allclose(each.buckets.mean, by_hour[each.pool.zone], equal_nan=True)
    line(f"hourly buckets of a week, {len(lines)} zones: {sum(map(len, by_hour.values())):,} points", bucketed, there)
    ours, told = await took(10, lambda: history.figures(one, week, NOW, under=1.0))
    there, by_zone = await by_sql(database, lambda each: figures(each, week))
    for one_zone in told:
        found_there = (one_zone.summary.mean, one_zone.summary.p95, one_zone.under)
        assert np.allclose(found_there, by_zone[one_zone.pool.zone])
    line(f"statistics of a week, {len(told)} zones", ours, there)
    await database.stop()
    return now < MOST_NOW_MS and bucketed < MOST_BUCKETS_MS


def follow(records: Records) -> None:
    """Print how often the cheapest changes, and what following it costs, with and without a hysteresis."""
    moments: dict[int, list[Last]] = {}
    order = np.argsort(records.at, kind="stable")
    columns = (records.which[order].tolist(), records.at[order].tolist(), records.micros[order].tolist())
    for index, at, micros in zip(*columns, strict=True):
        moments.setdefault(at, []).append(Last(records.pools[index], at, micros, RECORDING_HOLDS))
    ends = [*list(moments)[1:], max(moments)]
    days = (max(moments) - min(moments)) / DAY
    print(f"following the cheapest of {len(records.pools)} zones for {days:.0f} days")
    print(f"{'hysteresis':>10} {'changes a day':>14} {'dearer':>9}")
    for share in SHARES:
        cheapest = Cheapest(["*"], share)
        prices: dict[Pool, Last] = {}
        first, changes, paid, least = None, 0, 0, 0
        for (at, news), end in zip(moments.items(), ends, strict=True):
            changed = [Change(last, None) for last in news]
            for change, _ in cheapest.after(changed, at):
                first, changes = change.now.pool, changes + 1
            cheapest.take(changed, at)
            prices |= {last.pool: last for last in news}
            if first is not None:
                paid += prices[first].micros * (end - at)
                least += min(last.micros for last in prices.values() if at <= last.at + RECORDING_HOLDS) * (end - at)
        print(f"{share:>10.0%} {changes / days:>14.1f} {paid / least - 1:>9.2%}")


def measure(url: str, count: str) -> bool:
    """Print all of one database; gives whether everything is as it has to be."""
    start = time.perf_counter()
    good = subprocess.run([sys.executable, __file__, url, count], check=False).returncode == 0
    print(f"filled in {time.perf_counter() - start:.0f} s")
    good = asyncio.run(ask(url)) and good
    return serve(url) and good


def main() -> int:
    """Print all; 1 if something is too slow, or takes too much memory."""
    if len(sys.argv) == 3:
        asyncio.run(fill(sys.argv[1], int(sys.argv[2])))
        return 0
    count = sys.argv[1] if len(sys.argv) > 1 else str(RECORDS)
    print("SQLite")
    with tempfile.TemporaryDirectory() as folder:
        good = measure(f"sqlite:///{folder}/prices.db", count)
    with postgres_server() if find_postgres() else nullcontext() as server:
        print("PostgreSQL" if server else "PostgreSQL is not installed")
        good = (not server or measure(server.create_database(), count)) and good
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most, with the references")
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    for file in (Path(os.environ.get("GENBA_TEST_DATA", shared)) / "spot-prices").glob("g2.2xlarge*"):
        for records in read_prices(file.read_bytes()):
            follow(records)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
