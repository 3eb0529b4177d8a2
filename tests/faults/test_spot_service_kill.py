"""A service that is killed loses no price that it has shown, asks again for what it missed, and keeps each once.

EC2 is a double over a real socket; the database is SQLite, and PostgreSQL, which is killed too.
"""

import asyncio
import random
import time
from contextlib import suppress
from datetime import datetime

import httpx
import pytest
import sqlalchemy as sa

from contract.spot.spot_world import COMMAND, SPOT
from genba_servicekit.database import Database
from genba_servicekit.testing import PostgresServer, RunningService, running_service
from spot_ec2 import Ec2Prices, Price, Region, ec2_prices, settings_of
from spot_price.adapters.schema import collector, pools, records
from spot_price.adapters.store import Store
from spot_price.core.records import MICROS, Pool, Records

ZONES, EACH, DAY = 6, 200, 86_400
Record = tuple[str, int, int]
"""A zone's id, Unix seconds, millionths of a dollar."""


def price(zone: int, at: int, chance: random.Random) -> Price:
    return Price(at, f"us-east-1{'abcdef'[zone]}", f"use1-az{zone}", price=chance.randrange(100_000, 900_000) / MICROS)


def record(of: Price) -> Record:
    return of.zone_id, of.at, round(of.price * MICROS)


def settings(url: str, server: Ec2Prices) -> dict[str, str]:
    return {
        **settings_of(server),
        "GENBA_ACCESS_LOG": "false",
        "SPOT_DATABASE_URL": url,
        "SPOT_REGIONS": '["us-east-1"]',
        "SPOT_WATCH_TYPES": '["g5.xlarge"]',
        "SPOT_POLL_INTERVAL": "5",
        "SPOT_HISTORY": "1",
        "SPOT_RETENTION": "30",
    }


async def watch(service: RunningService, shown: set[Record]) -> None:
    """Note every price that the service shows, until this is cancelled."""
    async with httpx.AsyncClient(base_url=service.url) as client:
        while True:
            with suppress(httpx.TransportError):
                said = (await client.get("/v1/prices/history?type=*")).json()
                shown |= {
                    (item["zone_id"], seconds(step["at"]), round(step["price"] * MICROS))
                    for item in said.get("items", [])
                    for step in item["steps"]
                    if step["price"] is not None and step["at"] > said["start"]
                }
            await asyncio.sleep(0.02)


def seconds(said: str) -> int:
    return int(datetime.fromisoformat(said).timestamp())


async def kept(url: str) -> list[Record]:
    """Every record in the database, which is sound; who asks EC2 is forgotten, as it is after 30 s."""
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    try:

        def read(connection: sa.Connection) -> list[Record]:
            if connection.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            connection.execute(collector.update().values(held_until=0))
            found = sa.select(pools.c.zone_id, records.c.at, records.c.micros).join_from(
                records, pools, pools.c.id == records.c.pool_id
            )
            return [(row[0], row[1], row[2]) for row in connection.execute(found)]

        return await database.write(read)
    finally:
        await database.stop()


async def keep(url: str, rows: list[Price]) -> None:
    """Have these in the database from before."""
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    try:
        known = [(Pool("us-east-1", of.zone_id, of.zone, of.kind), of.at, of.price) for of in rows]
        await Store(database).ingest(Records.of(known))
    finally:
        await database.stop()


async def reaches(shown: set[Record], wanted: set[Record]) -> None:
    async with asyncio.timeout(30):
        while not wanted <= shown:  # noqa: ASYNC110  (another process shows it)
            await asyncio.sleep(0.05)


@pytest.mark.timeout(240)
async def test_whoever_kills_the_service_whenever_no_price_that_it_showed_is_lost(database_url: str) -> None:
    chance, now = random.Random(11), int(time.time())
    old = [price(zone, now - days * DAY, chance) for zone in range(ZONES) for days in (50, 40, 33)]
    await keep(database_url, old)
    told = [price(zone, now - 60 * back, chance) for zone in range(ZONES) for back in range(1, EACH)]
    shown: set[Record] = set()
    async with ec2_prices({"us-east-1": Region(told, latency=0.1, says_ids=True)}, page=100) as server:
        with running_service([COMMAND, "serve"], settings(database_url, server), forks=SPOT) as service:
            watching = asyncio.create_task(watch(service, shown))
            for _ in range(5):
                await asyncio.sleep(chance.uniform(0.2, 2.5))
                service.kill9()
                told += [price(zone, int(time.time()), chance) for zone in range(ZONES)]
                assert shown <= set(await kept(database_url))
                await asyncio.to_thread(service.start)
            every = {record(of) for of in told}
            await reaches(shown, every)
            watching.cancel()
        assert shown == every
        in_force = {record(of) for of in old if of.at == now - 33 * DAY}
        found = await kept(database_url)
        assert len(found) == len(set(found))
        assert set(found) == every | in_force


@pytest.mark.timeout(240)
async def test_prices_are_shown_again_when_a_postgresql_that_was_killed_is_back(
    postgres_cluster: PostgresServer,
) -> None:
    url, chance = postgres_cluster.create_database(), random.Random(12)
    told = [price(zone, int(time.time()) - 100, chance) for zone in range(ZONES)]
    shown: set[Record] = set()
    async with ec2_prices({"us-east-1": Region(told, says_ids=True)}) as server:
        with running_service([COMMAND, "serve"], settings(url, server), forks=SPOT) as service:
            watching = asyncio.create_task(watch(service, shown))
            await reaches(shown, {record(of) for of in told})
            async with httpx.AsyncClient(base_url=service.url) as client:
                postgres_cluster.kill9()
                told += [price(zone, int(time.time()), chance) for zone in range(ZONES)]
                assert (await client.get("/readyz")).status_code == 503
                assert len((await client.get("/v1/prices")).json()["items"]) == ZONES
                await asyncio.to_thread(postgres_cluster.start)
                await reaches(shown, {record(of) for of in told})
                assert (await client.get("/readyz")).status_code == 200
            watching.cancel()
        assert shown == {record(of) for of in told} == set(await kept(url))
