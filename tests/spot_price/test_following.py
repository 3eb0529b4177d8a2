"""Several processes on one database: one asks, the others know what it was told; what is newer is published with it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_contracts.events import SpotOfferCheapest, SpotPriceChanged, parse_event
from genba_servicekit.database import Database
from genba_servicekit.testing import app_client
from spot_asked import EAST, WEST, FakeSource
from spot_price import events
from spot_price.adapters import schema
from spot_price.adapters.catalogue import TableCatalogue
from spot_price.adapters.collector import DatabaseLead, OtherSourceError, agree
from spot_price.adapters.store import Store
from spot_price.app import create_app
from spot_price.core.records import Pool, Records
from spot_price.ports import Change, Last
from spot_price.settings import SpotSettings
from spot_price.usecases.cheapest import Cheapest
from spot_price.usecases.collecting import Collecting, Plan
from spot_price.usecases.filing import import_records
from spot_price.usecases.market import Market

NEAR = Pool("us-east-1", "use1-az2", "us-east-1b", "g5.xlarge")


def process(source: FakeSource, database: Database) -> tuple[Collecting, Market]:
    store = Store(database)
    market = Market(store, TableCatalogue("2026-11-26", {}, {}), source, source=source.name, synthetic=False)
    plan = Plan(types=("g5.*",), history=1_000, sweep_first=1_000, sweep_history=1_000, overlap=0)
    return Collecting(source, store, market, plan, DatabaseLead(database)), market


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/spot.db", migrations="spot_price.migrations")
    await opened.start()
    await agree(opened, "a test", 1.0)
    yield opened
    await opened.stop()


async def published(database: Database) -> list[object]:
    rows = await database.read(lambda c: c.execute(sa.select(schema.outbox.c.type, schema.outbox.c.event)).all())
    return [parse_event(row[0], row[1]) for row in rows]


async def test_one_process_asks_the_other_follows_and_takes_over(database: Database) -> None:
    source = FakeSource([(EAST, 9_000, 0.4)])
    first, _ = process(source, database)
    second, market = process(source, database)
    await first.lead()
    await second.lead()
    await first.sweep()
    asked = len(source.asked)
    await second.sweep()
    assert len(source.asked) == asked, "the second asks nothing"
    await second.follow()
    assert market.last(EAST) == Last(EAST, 9_000, 400_000, None)
    assert market.states["us-east-1"].observed_until == 10_000
    await first.release()
    await second.lead()
    await second.sweep()
    assert len(source.asked) > asked


async def test_what_is_newer_is_published_with_the_records_and_what_is_cheapest_then(database: Database) -> None:
    source = FakeSource([(EAST, 9_000, 0.4)])
    polls, _ = process(source, database)
    await polls.lead()
    await polls.sweep()
    source.rows.append((WEST, 9_500, 0.3))
    await polls.sweep()
    await polls.sweep()
    told = await published(database)
    changed = [event for event in told if isinstance(event, SpotPriceChanged)]
    cheapest = [event for event in told if isinstance(event, SpotOfferCheapest)]
    assert [(event.region, event.count) for event in changed] == [("us-east-1", 1), ("us-west-2", 1)]
    assert [(event.offer.zone_id, event.before and event.before.zone_id) for event in cheapest] == [
        ("use1-az1", None),
        ("usw2-az1", "use1-az1"),
    ]
    assert events.heard(changed[1].changes[0]) == Last(WEST, 9_500, 300_000, None)


async def test_a_pause_longer_than_is_asked_for_is_a_gap_where_the_price_has_changed_in_it(database: Database) -> None:
    source = FakeSource([(EAST, 9_000, 0.4), (NEAR, 9_000, 0.5)])
    before, _ = process(source, database)
    await before.lead()
    await before.sweep()
    await before.release()
    source.moment = 20_000
    source.rows = [(EAST, 15_000, 0.6), (NEAR, 9_000, 0.5)]
    after, market = process(source, database)
    await market.load()
    await after.lead()
    await after.sweep()
    steps = await market.steps([EAST, NEAR], 8_000, 20_000)
    assert steps[EAST].value(10_000) == 0.4
    assert steps[EAST].value(12_000) != steps[EAST].value(12_000), "not known"
    assert steps[EAST].value(16_000) == 0.6
    assert steps[NEAR].value(12_000) == 0.5, "the source says that nothing happened"


async def test_a_database_has_one_source_and_one_clock(database: Database) -> None:
    with pytest.raises(OtherSourceError, match="holds prices of a test"):
        await agree(database, "aws", 1.0)
    origin = await agree(database, "a test", 60.0)
    assert await agree(database, "a test", 60.0) == origin
    assert origin.speed == 60.0


def test_the_one_that_was_cheapest_loses_it_by_becoming_dearer() -> None:
    cheapest = Cheapest(["g5.*"])
    east, west = Last(EAST, 100, 300_000, None), Last(WEST, 100, 400_000, None)
    cheapest.take([Change(east, None), Change(west, None)], 200)
    dearer = Last(EAST, 200, 500_000, None)
    assert cheapest.after([Change(dearer, east)], 300) == [(Change(west, west), dearer)]
    assert cheapest.after([Change(Last(EAST, 200, 200_000, None), east)], 300) == []
    assert cheapest.after([Change(Last(EAST, 200, 0, None), east)], 300) == [
        (Change(west, west), Last(EAST, 200, 0, None))
    ]


async def test_what_another_process_tells_is_heard_whole_or_read() -> None:
    many = [Change(Last(Pool("us-east-1", f"use1-az{n}", None, "g5.xlarge"), 5, 7, None), None) for n in range(300)]
    event = events.changed(many)
    assert (event.count, event.complete, event.changes) == (300, False, ())
    assert events.changed(many[:2]).complete


async def test_the_service_shows_made_up_prices_and_says_so(tmp_path: Path) -> None:
    settings = SpotSettings(data_dir=tmp_path, source="synthetic", seed=3, history=1, regions=("us-east-1",))
    async with app_client(create_app(settings)) as client:
        answer = json.loads((await client.get("/v1/regions")).content)
    assert (answer["source"], answer["synthetic"]) == ("synthetic (seed 3)", True)
    assert [region["name"] for region in answer["items"]] == ["us-east-1"]
    assert answer["items"][0]["observed_until"]
    assert (tmp_path / "spot-synthetic-3.db").is_file()


@pytest.mark.parametrize("leads", [True, False])
async def test_what_another_program_imports_is_seen_by_every_process(database: Database, leads: bool) -> None:
    collecting, market = process(FakeSource([(EAST, 9_000, 0.4)]), database)
    if leads:
        await collecting.lead()
    await collecting.follow()
    elsewhere = Store(database)
    new = await import_records(elsewhere, "/home/me/prices.csv", [Records.of([(NEAR, 8_000, 0.3), (NEAR, 8_500, 0.2)])])
    assert new == 2
    await collecting.follow()
    assert market.last(NEAR) == Last(NEAR, 8_500, 200_000, None)
    row = (await database.read(lambda c: c.execute(sa.select(schema.imports)).all()))[0]
    assert (row.name, row.records) == ("prices.csv", 2)
