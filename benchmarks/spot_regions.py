"""How long all regions take to be asked: `python benchmarks/spot_regions.py`, 20 s.

A service's collector asks 30 regions of an endpoint on this machine that answers each question after 150 ms, with 20
records: as the service does, with fewer regions at once, and one after the other. Also a page of 1,000 records read as
the service reads it, against botocore. More than twice the slowest region's time ends with exit status 1.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import botocore.session
from botocore.parsers import create_parser

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from spot_ec2 import Price, Region, ec2_prices, page_of, settings_of
from spot_price.adapters.aws import AwsSource
from spot_price.adapters.aws_answers import read_page
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.memory import MemoryStore
from spot_price.core.regions import REGIONS
from spot_price.usecases.collecting import IN_FLIGHT, Collecting, Plan
from spot_price.usecases.market import Market

LATENCY = 0.15
COUNT = 30
MOST = 2.0
ROUNDS = 5
RECORDS = 20


def region(name: str) -> Region:
    """A region with some records of the last hours."""
    now = int(time.time())
    zones = ((f"{name}a", f"{name}-az1"), (f"{name}b", f"{name}-az2"))
    prices = [Price(now - 60 * number, *zones[number % 2], kind="g5.xlarge", price=0.4) for number in range(RECORDS)]
    return Region(prices, latency=LATENCY)


async def took(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds, the median of some rounds."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


async def polling(source: AwsSource, regions: tuple[str, ...], at_once: int) -> float:
    """Seconds of a poll of these regions, after the first."""
    market = Market(MemoryStore(), packaged(), source.clock, source="aws", synthetic=False)
    plan = Plan(regions=regions, types=("g5.*",), history=7200, at_once=at_once)
    collector = Collecting(source, MemoryStore(), market, plan)
    await collector.poll()
    seconds = await took(collector.poll)
    failing = [state for state in market.states.values() if state.failing_since is not None]
    if failing or len(market.lasts()) != 2 * len(regions):
        raise SystemExit(f"it did not answer: {failing}")
    return seconds


def reading() -> None:
    """Print what a page costs."""
    body = page_of(
        [
            Price(1_777_600_000 + 60 * n, f"us-east-1{'abcdef'[n % 6]}", "use1-az1", f"g{n % 40}.xlarge")
            for n in range(1000)
        ]
    )
    shape = (
        botocore.session.get_session().get_service_model("ec2").operation_model("DescribeSpotPriceHistory").output_shape
    )
    parser = create_parser("ec2")

    def fastest(work: Callable[[], object]) -> float:
        seconds = []
        for _ in range(10):
            start = time.process_time()
            work()
            seconds.append(time.process_time() - start)
        return min(seconds) * 1000

    ours, theirs = (
        fastest(lambda: read_page(body)),
        fastest(lambda: parser.parse({"status_code": 200, "headers": {}, "body": body}, shape)),
    )
    print(f"a page of 1,000 records read    {ours:6.1f} ms   1/{theirs / ours:.1f} of botocore's {theirs:.1f} ms")


async def main() -> int:
    """Print everything; 1 if it is too slow."""
    reading()
    names = REGIONS[:COUNT]
    shipped = IN_FLIGHT
    async with ec2_prices({name: region(name) for name in names}) as server:
        os.environ |= settings_of(server)
        source = AwsSource()
        try:
            start = time.perf_counter()
            await polling(source, names, shipped)
            print(f"clients made, zones' ids asked  {time.perf_counter() - start:6.2f} s for the first polls")
            slowest = await polling(source, names[:1], 1)
            rows = {at_once: await polling(source, names, at_once) for at_once in (1, 8, 16, shipped)}
        finally:
            await source.close()
    print(f"one region                      {slowest * 1000:6.0f} ms")
    for at_once, seconds in rows.items():
        note = " (the service's)" if at_once == shipped else ""
        ratio = f"{seconds / slowest:5.2f} x one region, 1/{rows[1] / seconds:.1f} of one after the other"
        print(f"{COUNT} regions, {at_once:2} at once{note:16} {seconds * 1000:6.0f} ms  {ratio}")
    return 0 if rows[shipped] <= MOST * slowest else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
