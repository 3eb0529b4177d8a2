"""What judging alerts takes: `python benchmarks/spot_alerts.py`, half a minute.

1,000 alerts over 25,200 pools, judged anew each time a price has changed. Several choose the same pools, or each its
own; narrow choices, and every pool. The reference looks up the prices of each alert's pools by itself, as quotes, on
the event loop. Also printed: the longest time for which the event loop did nothing else.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from genba_servicekit.addresses import parse_networks
from genba_servicekit.database import Database
from genba_servicekit.upstream import Upstream
from spot_price.adapters.alerts import Alerts
from spot_price.adapters.catalogue import packaged
from spot_price.adapters.clock import WallClock
from spot_price.adapters.memory import MemoryStore
from spot_price.adapters.webhooks import HttpWebhooks
from spot_price.core.alerts import Alert, Kind, Prices, State, judge
from spot_price.core.records import Pool
from spot_price.core.regions import REGIONS
from spot_price.core.selection import Selection
from spot_price.ports import Last
from spot_price.ports_alerts import KeptAlert
from spot_price.usecases.alerting import Alerting
from spot_price.usecases.market import Market

ALERTS = 1_000
SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "metal")
TYPES = [f"{family}{generation}.{size}" for family in "cgmprtx" for generation in range(1, 9) for size in SIZES]
ZONES = [(region, f"{region}-az{number}") for region in REGIONS[:10] for number in range(5)]
POOLS = [Pool(region, zone, None, name) for name in TYPES for region, zone in ZONES]
CHOICES: dict[str, Callable[[int], Selection]] = {
    "the same type": lambda _: Selection(("g5.2xlarge",)),
    "each a type and region": lambda n: Selection((TYPES[n % len(TYPES)],), (REGIONS[n % 10],)),
    "each a family and zone": lambda n: Selection((f"{TYPES[n % len(TYPES)]}*",), (), (ZONES[n % 50][1],)),
    "the same, every pool": lambda _: Selection(("*",)),
}
REFERENCE_OF = 50  # alerts: of every pool, all would take a minute and more


async def timed(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Seconds that it took, and the longest of them in which the event loop did nothing else."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)

    beating = asyncio.create_task(beat())
    await asyncio.sleep(0.01)
    longest, start = 0.0, time.perf_counter()
    await work()
    seconds = time.perf_counter() - start
    await asyncio.sleep(0.01)
    beating.cancel()
    return seconds, longest


async def by_itself(market: Market, alerts: list[KeptAlert]) -> None:
    """The reference."""
    for kept in alerts:
        quotes = map(market.quote, market.pools(kept.alert.selection))
        judge(kept.alert, kept.state, Prices((each.pool, each.price) for each in quotes if each.price is not None))


async def measure(name: str, folder: Path) -> None:
    """Print a row."""
    database = Database(f"sqlite:///{folder / name}.db", migrations="spot_price.migrations")
    await database.start()
    upstream = Upstream(allow=parse_networks([]))
    market = Market(MemoryStore(), packaged(), WallClock(), source="benchmark", synthetic=True)
    now = int(time.time()) - 1_000
    lasts = [Last(pool, now, 100_000 + 7 * number, None) for number, pool in enumerate(POOLS)]
    await market.hear(lasts)
    store = Alerts(database)
    alerting = Alerting(store, HttpWebhooks(upstream), market, limit=ALERTS, judges=lambda: True)
    for number in range(ALERTS):
        alert = Alert(f"alr_{number}", name, Kind.BELOW, CHOICES[name](number), threshold=0.000_001)
        await store.add(KeptAlert(alert, "", 1, State()), limit=ALERTS)
    await alerting.judge()
    took = []
    for step in range(3):
        await market.hear([replace(lasts[0], at=now + 1 + step)])
        took.append(await timed(alerting.judge))
    seconds, longest = min(took)
    some = list(await store.alerts())[:REFERENCE_OF]
    reading = min([(await timed(store.alerts))[0] for _ in range(3)])
    reference = reading + (await timed(lambda: by_itself(market, some)))[0] * ALERTS / REFERENCE_OF
    print(f"{name:24} {seconds * 1e3:8.0f} ms {longest * 1e3:6.1f} ms at once {reference / seconds:9.1f} x")
    await upstream.close()
    await database.stop()


async def main() -> None:
    """Print the table."""
    print(f"{ALERTS:,} alerts, {len(POOLS):,} pools; times as fast as each alert by itself:")
    with tempfile.TemporaryDirectory() as folder:
        for name in CHOICES:
            await measure(name, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
