"""Prices for tests of the page: of regions that are not asked any more, in a database that a service then opens."""

from pathlib import Path

from genba_servicekit.database import Database
from spot_price.adapters.store import Store
from spot_price.core.records import Pool, Records, Seconds
from spot_price.ports import RegionState
from spot_price.settings import SpotSettings

TYPE = "g5.2xlarge"
HOUR = 3600
ASKED = '["us-east-1", "us-west-2"]'
"""Regions of which the service makes prices up."""


def prices(now: Seconds) -> Records:
    """Two zones of a region, cheaper than all that is made up, one with a gap; a third zone that was dear once."""
    cheap, holed, spiky = (
        Pool("eu-west-1", f"euw1-az{number}", f"eu-west-1{'abc'[number - 1]}", TYPE) for number in (1, 2, 3)
    )
    rows: list[tuple[Pool, Seconds, float]] = [(cheap, now - 24 * HOUR, 0.0301), (spiky, now - 24 * HOUR, 0.0405)]
    rows += [(holed, now - 24 * HOUR, 0.0352), (holed, now - 4 * HOUR, 0.0), (holed, now - 3 * HOUR, 0.0353)]
    rows += [(spiky, now - 3 * HOUR, 4.0), (spiky, now - 2 * HOUR, 0.0406), (cheap, now - 2 * HOUR, 0.0302)]
    rows.append((Pool("ap-northeast-3", "apne3-az3", "ap-northeast-3c", TYPE), now - 9 * HOUR, 0.9))
    return Records.of(rows)


def states(now: Seconds) -> list[RegionState]:
    """A region that could not be asked for a minute, and one that never could."""
    throttled = RegionState("eu-west-1", now - 60, now, now - 60, "RequestLimitExceeded <again>", "throttled")
    refused = RegionState("me-south-1", None, now, now - 2 * HOUR, "you are not subscribed to it", "opt-in-required")
    return [throttled, refused]


async def fill(data: Path, now: Seconds) -> None:
    """Put them in the database of a service whose data are in a folder."""
    database = Database(SpotSettings(data_dir=data).database, migrations="spot_price.migrations")
    await database.start()
    store = Store(database)
    await store.ingest(prices(now))
    for state in states(now):
        await store.set_state(state)
    await database.stop()
