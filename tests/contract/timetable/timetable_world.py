"""A timetable service with a festival in it, for tests of its API: in this process, or in one of its own."""

import asyncio
import atexit
import json
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from genba_client import TimetableClient
from genba_servicekit.api_keys import ApiKeys
from genba_servicekit.app import GenbaApp
from genba_servicekit.auth import Role
from genba_servicekit.database import Database
from genba_servicekit.testing import Forks, RunningService, app_client, running_service
from timetable_renderer.adapters import schema
from timetable_renderer.app import create_app
from timetable_renderer.deps import Renderer
from timetable_renderer.settings import TimetableSettings

COMMAND = str(Path(sys.executable).with_name("timetable-renderer"))
TIMETABLE = Forks("timetable_renderer.__main__")
atexit.register(TIMETABLE.close)
FESTIVAL = "genba-fes-2026"
AT = f"/v1/festivals/{FESTIVAL}"
DAY_1: dict[str, list[dict[str, str]]] = {
    "HOT STAGE": [
        {"start": "1030", "end": "1100", "artist": "朝焼けカフェ", "detail": ""},
        {"start": "1100", "end": "1130", "artist": "The Amplifiers", "detail": "Loud<br>Louder"},
    ],
    "SKY STAGE": [
        {"start": "1050", "end": "1120", "artist": "ｶﾌｪ･ﾗﾃ", "detail": ""},
        {"start": "1125", "end": "1150", "artist": "Nippon Budokan", "detail": ""},
        {"start": "2530", "end": "2615", "artist": "夜更かしDJ", "detail": ""},
    ],
}
DAY_2: dict[str, list[dict[str, str]]] = {
    "HOT STAGE": [{"start": "1200", "end": "1240", "artist": "うめぼしロック", "detail": ""}],
}
CONFIG: dict[str, Any] = {
    "id": FESTIVAL,
    "name": "げんばフェス 2026",
    "days": ["2026-08-07", "2026-08-08"],
    "shows_over_24h": True,
    "sources": [{"file": "time.json", "format": "tif"}],
    "stages": [{"name": "HOT STAGE", "colour": "#d83a2e"}, {"name": "SKY STAGE"}],
    "walks": [{"stages": ["HOT STAGE", "SKY STAGE"], "minutes": 15}],
}


@dataclass(frozen=True, slots=True)
class World:
    """A service over ASGI, and keys. `http` sends no credentials."""

    app: GenbaApp
    http: httpx.AsyncClient
    folder: Path
    editor: str
    reader: str

    @property
    def renderer(self) -> Renderer:
        """The service behind the API."""
        renderer: Renderer = self.app.state.renderer
        return renderer

    @property
    def write(self) -> dict[str, str]:
        """The headers of who may write."""
        return {"Authorization": f"Bearer {self.editor}"}

    def client(self, key: str | None = None) -> TimetableClient:
        """A client of its own, with this key or as nobody."""
        return TimetableClient(str(self.http.base_url), api_key=key, http_client=self.http)

    async def update(self, day_1: dict[str, Any] = DAY_1, day_2: dict[str, Any] = DAY_2) -> None:
        """Have the source say something else, and fetch it."""
        write_source(self.folder, day_1, day_2)
        refreshed = await self.renderer.refreshing.refresh(FESTIVAL)
        assert not refreshed.faults, refreshed

    async def ids(self) -> dict[str, str]:
        """The id of each slot by its title."""
        slots = (await self.http.get(f"{AT}/slots?limit=500")).json()["items"]
        return {slot["title"]: slot["id"] for slot in slots}


def write_source(folder: Path, day_1: dict[str, Any] = DAY_1, day_2: dict[str, Any] = DAY_2) -> None:
    """Write the festival's source and settings."""
    folder.mkdir(exist_ok=True)
    (folder / "time.json").write_text(json.dumps({"day1": day_1, "day2": day_2}), "utf-8")


def settings_in(data: Path, **settings: object) -> TimetableSettings:
    """Settings of a service that keeps everything in `data`; its festival is set up by a file."""
    folder = data / "festivals"
    folder.mkdir(parents=True, exist_ok=True)
    write_source(data / "sources")
    config = {**CONFIG, "sources": [{"file": str(data / "sources" / "time.json"), "format": "tif"}]}
    (folder / "fes.json").write_text(json.dumps(config), "utf-8")
    given = {"festivals": folder, "access_log": False, "share_limit": "1000000/minute", **settings}
    return TimetableSettings.model_validate({"data_dir": data, "redis_url": None, "refresh_poll": 60, **given})


async def make_keys(settings: TimetableSettings) -> tuple[str, str]:
    """An editor's and a reader's API key, as the command line makes them."""
    database = Database(settings.database, migrations="timetable_renderer.migrations")
    await database.start()
    try:
        keys = ApiKeys(database, schema.auth)
        return (await keys.create("tests", Role.EDITOR))[1], (await keys.create("tests", Role.READER))[1]
    finally:
        await database.stop()


@asynccontextmanager
async def timetable_world(data: Path, **settings: object) -> AsyncIterator[World]:
    """A service in this process, with one version of one festival."""
    given = settings_in(data, **settings)
    editor, reader = await make_keys(given)
    app = create_app(given)
    async with app_client(app, base_url="http://timetable.test") as http:
        world = World(app, http, data / "sources", editor, reader)
        await world.update()
        yield world


@dataclass(frozen=True, slots=True)
class Server:
    """A service in a process of its own with the festival, and an editor's key."""

    url: str
    editor: str
    ids: dict[str, str]
    service: RunningService


@contextmanager
def timetable_server(data: Path, **settings: str) -> Iterator[Server]:
    """The service behind a real socket; its festival was fetched before it began."""

    async def fill() -> tuple[str, dict[str, str]]:
        async with timetable_world(data) as world:
            return world.editor, await world.ids()

    with ThreadPoolExecutor(1) as thread:  # whoever calls may have an event loop of their own
        editor, ids = thread.submit(asyncio.run, fill()).result()
    environment = {
        "GENBA_DATA_DIR": str(data),
        "GENBA_ACCESS_LOG": "false",
        "TIMETABLE_FESTIVALS": str(data / "festivals"),
        "TIMETABLE_REFRESH_POLL": "60",
        "TIMETABLE_SHARE_LIMIT": "1000000/minute",
        **settings,
    }
    with running_service([COMMAND, "serve"], environment, forks=TIMETABLE) as service:
        yield Server(service.url, editor, ids, service)
