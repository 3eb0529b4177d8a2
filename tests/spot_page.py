"""Prices for tests of the page: a little of everything, right before now, in a database that a service then opens."""

from pathlib import Path

from genba_servicekit.database import Database
from spot_price.adapters.store import Store
from spot_price.core.records import Pool, Records, Seconds
from spot_price.ports import RegionState
from spot_price.settings import SpotSettings

TYPE = "g5.2xlarge"
HOUR = 3600


def prices(now: Seconds) -> Records:
    """Three zones of two regions over a day, 40 of a third; us-west-2 has a gap, and a spike of a hundred times."""
    rows: list[tuple[Pool, Seconds, float]] = []
    start = now - 24 * HOUR
    for number, letter in enumerate("abc", 1):
        east = Pool("us-east-1", f"use1-az{number}", f"us-east-1{letter}", TYPE)
        west = Pool("us-west-2", f"usw2-az{number}", f"us-west-2{letter}", TYPE)
        for step in range(48):
            at = start + step * HOUR // 2 + number * 60
            rows.append((east, at, 0.40 + 0.02 * number + 0.005 * (step % 7)))
            rows.append((west, at, 0.0 if 40 <= step < 43 else 40.0 if step == 37 else 0.36 + 0.03 * number))
    rows.extend(
        (Pool("eu-west-1", f"euw1-az{number}", None, TYPE), start, 0.5 + number / 100) for number in range(1, 41)
    )
    rows.append((Pool("eu-west-1", "euw1-az1", None, "g5.4xlarge"), start, 1.2))
    rows.append((Pool("eu-west-1", "euw1-az1", None, TYPE, "Windows"), start, 0.9))
    return Records.of(rows)


def states(now: Seconds) -> list[RegionState]:
    """All regions answered a moment ago, but for two: one that has failed for an hour, and one that never answered."""
    good = [RegionState(name, now, now) for name in ("us-east-1", "us-west-2", "ca-central-1")]
    throttled = RegionState("eu-west-1", now - HOUR, now, now - HOUR, "RequestLimitExceeded <again>", "throttled")
    refused = RegionState("me-south-1", None, now, now - 2 * HOUR, "you are not subscribed", "opt-in-required")
    return [*good, throttled, refused]


async def fill(data: Path, now: Seconds) -> None:
    """Put them in the database of a service whose data are in a folder."""
    database = Database(SpotSettings(data_dir=data).database, migrations="spot_price.migrations")
    await database.start()
    store = Store(database)
    await store.ingest(prices(now))
    for state in states(now):
        await store.set_state(state)
    await database.stop()
