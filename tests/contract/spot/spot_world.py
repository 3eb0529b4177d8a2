"""A price service with a few pools in it, whose clock stands still, for tests of its API."""

import asyncio
import atexit
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from genba_client import SpotClient
from genba_servicekit.api_keys import ApiKeys
from genba_servicekit.app import GenbaApp
from genba_servicekit.auth import Role
from genba_servicekit.database import Database
from genba_servicekit.testing import Forks, app_client, running_service
from spot_price.adapters import schema
from spot_price.adapters.catalogue import TableCatalogue
from spot_price.adapters.memory import MemoryStore
from spot_price.adapters.painters import Painters
from spot_price.app import create_app
from spot_price.core.instances import InstanceType
from spot_price.core.records import MICROS, Pool, Records, Seconds
from spot_price.deps import Spot
from spot_price.ports import Last, RegionState
from spot_price.settings import SpotSettings
from spot_price.usecases.alerting import Alerting
from spot_price.usecases.charting import Charting
from spot_price.usecases.forecasting import Forecasting
from spot_price.usecases.history import History
from spot_price.usecases.market import Market
from spot_price.usecases.offering import Offering
from spot_price.usecases.telling import Telling


def at(clock: str) -> Seconds:
    """A time of the day on which all this is: `08:12:41`."""
    return int(datetime.fromisoformat(f"2026-04-18T{clock}").replace(tzinfo=UTC).timestamp())


NOW = at("09:30:00")
G5 = Pool("us-east-1", "use1-az1", "us-east-1a", "g5.2xlarge")
G5_B = Pool("us-east-1", "use1-az2", "us-east-1b", "g5.2xlarge")
G5_WINDOWS = Pool("us-east-1", "use1-az1", "us-east-1a", "g5.2xlarge", "Windows")
G5_EU = Pool("eu-west-1", "euw1-az3", None, "g5.2xlarge")
G4 = Pool("us-west-2", None, "us-west-2b", "g4dn.xlarge")
UNKNOWN = Pool("us-west-2", "usw2-az1", "us-west-2a", "g4dn.xlarge")
ROWS = (
    (G5, at("06:00:00"), 0.4412),
    (G5, at("08:12:41"), 0.4361),
    (G5_B, at("05:00:00"), 0.51),
    (G5_B, at("07:00:00"), 0.0),
    (G5_B, at("07:30:00"), 0.52),
    (G5_WINDOWS, at("01:00:00"), 0.81),
    (G5_EU, at("09:00:00"), 0.3977),
    (G4, at("03:00:00"), 0.1578),
    (UNKNOWN, at("02:00:00"), 0.0),
)
TYPES = {
    "g4dn.xlarge": InstanceType("g4dn.xlarge", 4, 16.0, 1, "T4", 16.0),
    "g5.2xlarge": InstanceType("g5.2xlarge", 8, 32.0, 1, "A10G", 24.0),
    "g5.12xlarge": InstanceType("g5.12xlarge", 48, 192.0, 4, "A10G", 96.0),
    "c7i.large": InstanceType("c7i.large", 2, 4.0),
}
ON_DEMAND = {
    ("us-east-1", "g5.2xlarge", "Linux/UNIX"): 1.212,
    ("eu-west-1", "g5.2xlarge", "Linux/UNIX"): 1.35,
    ("us-west-2", "g4dn.xlarge", "Linux/UNIX"): 0.526,
    ("us-east-1", "g5.2xlarge", "Windows"): 1.58,
}


@dataclass(slots=True)
class StandingClock:
    """A clock that goes when it is told to."""

    time: Seconds = NOW

    def now(self) -> Seconds:
        """What it shows."""
        return self.time


@dataclass(frozen=True, slots=True)
class World:
    """A service over ASGI; `http` sends no credentials."""

    app: GenbaApp
    http: httpx.AsyncClient
    clock: StandingClock

    @property
    def spot(self) -> Spot:
        """The service behind the API."""
        spot: Spot = self.app.state.spot
        return spot

    @property
    def client(self) -> SpotClient:
        """A client as nobody."""
        return SpotClient(str(self.http.base_url), http_client=self.http)

    def client_with(self, key: str) -> SpotClient:
        """A client with an API key."""
        return SpotClient(str(self.http.base_url), api_key=key, http_client=self.http)

    async def cost(self, pool: Pool, since: Seconds, price: float) -> None:
        """Have a pool cost something else from then on."""
        await self.spot.market.hear([Last(pool, since, round(price * MICROS), None)])


async def filled_market(clock: StandingClock) -> Market:
    """The market with everything above in it."""
    store = MemoryStore()
    catalogue = TableCatalogue("2026-04-01", TYPES, ON_DEMAND)
    market = Market(store, catalogue, clock, source="synthetic (seed 7)", synthetic=True)
    await store.ingest(Records.of(ROWS))
    for region in ("eu-west-1", "us-east-1"):
        await store.set_state(RegionState(region, observed_until=NOW, tried_at=NOW))
    failing = RegionState("us-west-2", at("09:00:00"), NOW, at("09:10:00"), "no answer within 10 s", "no-answer")
    await store.set_state(failing)
    await market.load()
    return market


COMMAND = str(Path(sys.executable).with_name("spot-price"))
SPOT = Forks("spot_price.__main__")
atexit.register(SPOT.close)


@contextmanager
def spot_server(data: Path, **settings: str) -> Iterator[str]:
    """A service behind a real socket, in a process of its own, with made-up prices of one region; gives its URL."""
    environment = {
        "GENBA_DATA_DIR": str(data),
        "GENBA_ACCESS_LOG": "false",
        "SPOT_REGIONS": '["us-east-1"]',
        "SPOT_HISTORY": "1",
        **settings,
    }
    with running_service([COMMAND, "serve"], environment, forks=SPOT) as service:
        yield service.url


def settings_in(data: Path, **settings: object) -> SpotSettings:
    """Settings of a service that keeps everything in `data`."""
    given = {
        "regions": ("us-east-1",),
        "watch_types": ("g5.xlarge",),
        "history": 1,
        "replay_interval": 3600,
        **settings,
    }
    return SpotSettings.model_validate({"data_dir": data, "redis_url": None, "access_log": False, **given})


async def make_key(settings: SpotSettings, role: Role = Role.EDITOR) -> str:
    """An API key, as the command line makes it."""
    database = Database(settings.database, migrations="spot_price.migrations")
    await database.start()
    try:
        return (await ApiKeys(database, schema.auth).create("tests", role))[1]
    finally:
        await database.stop()


@asynccontextmanager
async def spot_world(data: Path, **settings: Any) -> AsyncIterator[World]:
    """A service in this process with the market above."""
    app = create_app(settings_in(data, **settings))
    async with app_client(app, base_url="http://spot.test") as http:
        world = World(app, http, StandingClock())
        market = await filled_market(world.clock)
        alerting = world.spot.alerting
        app.state.spot = replace(
            world.spot,
            market=market,
            forecasting=Forecasting(market),
            history=History(market),
            offering=Offering(market, hysteresis=0.05),
            charting=Charting(market, Painters()),
            telling=Telling(market),
            alerting=Alerting(alerting._store, alerting._webhooks, market, limit=10, judges=lambda: True),
        )
        yield world


@asynccontextmanager
async def served(app: GenbaApp, *, port: int = 0) -> AsyncIterator[str]:
    """An application that has started already, behind a real socket, on this event loop; gives its URL.

    At the end its connections are cut.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    while not server.started and not running.done():  # noqa: ASYNC110  (uvicorn has a flag alone)
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()
