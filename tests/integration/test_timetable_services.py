"""Two real servers of the timetable service with a real Redis, and a real server that has the timetable."""

import asyncio
import atexit
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from genba_servicekit.redis_server import RedisServer
from genba_servicekit.testing import Forks, RunningService, running_service
from source_server import SourceServer, endless, source_server
from timetable_fetching import DAY, FIRST, SECOND

COMMAND = str(Path(sys.executable).with_name("timetable-renderer"))
TIMETABLE = Forks("timetable_renderer.__main__")
atexit.register(TIMETABLE.close)
FES = "/v1/festivals/fes"


@contextmanager
def server_of(data: Path, **settings: str) -> Iterator[RunningService]:
    """A server that may fetch from this machine, and gives a source a second."""
    allowed = {"TIMETABLE_FETCH_ALLOW": '["127.0.0.0/8"]', "TIMETABLE_FETCH_TIMEOUT": "1"}
    environment = {"GENBA_DATA_DIR": str(data), **allowed, **settings}
    with running_service([COMMAND, "serve"], environment, forks=TIMETABLE) as service:
        yield service


def key_of(data: Path) -> dict[str, str]:
    """Headers of an editor."""
    made = TIMETABLE.run("key", "test", env={"GENBA_DATA_DIR": str(data)})
    assert made.returncode == 0, made.stderr
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


def festival(url: str) -> dict[str, Any]:
    return {"name": "げんばフェス", "days": [str(DAY)], "sources": [{"url": url}], "refresh_seconds": 10}


async def slots(client: httpx.AsyncClient) -> list[str]:
    """What a server serves, as `1030 朝焼けカフェ`; nothing before the first version."""
    answer = await client.get(f"{FES}/slots")
    if answer.status_code == 404:
        return []
    return [f"{slot['start'][11:13]}{slot['start'][14:16]} {slot['title']}" for slot in answer.json()["items"]]


async def eventually(client: httpx.AsyncClient, wanted: list[str]) -> None:
    async with asyncio.timeout(20):
        while await slots(client) != wanted:  # noqa: ASYNC110  (it is another process that changes it)
            await asyncio.sleep(0.05)


@pytest.fixture
async def source() -> AsyncIterator[SourceServer]:
    async with source_server() as here:
        here.put("/a.json", FIRST)
        yield here


async def test_what_one_server_fetches_both_serve_until_it_is_deleted(
    tmp_path: Path, source: SourceServer, redis: RedisServer
) -> None:
    async with AsyncExitStack() as stack:
        servers = [stack.enter_context(server_of(tmp_path, GENBA_REDIS_URL=redis.url)) for _ in range(2)]
        one, other = [await stack.enter_async_context(httpx.AsyncClient(base_url=each.url)) for each in servers]
        key = key_of(tmp_path)
        assert (await one.put(FES, json=festival(source.url("/a.json")))).status_code == 401
        made = await one.put(FES, json=festival(source.url("/a.json")), headers=key)
        assert made.status_code == 201, made.text
        for client in (one, other):
            await eventually(client, ["1030 朝焼けカフェ", "1100 夕立ち"])
        source.put("/a.json", SECOND)
        assert (await other.post(f"{FES}/refresh", headers=key)).json()["result"] == "updated"
        for client in (one, other):
            await eventually(client, ["1030 朝焼けカフェ", "1230 夕立ち"])
        source.answers["/a.json"] = endless(b" ", 0.02)
        await one.post(f"{FES}/refresh", headers=key)
        assert await slots(other) == ["1030 朝焼けカフェ", "1230 夕立ち"]
        assert "1 s" in (await other.get(f"{FES}/state")).text
        assert (await one.delete(FES, headers=key)).status_code == 204
        await eventually(other, [])


async def test_a_server_that_is_killed_while_it_fetches_serves_the_last_good_timetable_again(
    tmp_path: Path, source: SourceServer
) -> None:
    with server_of(tmp_path, TIMETABLE_FETCH_TIMEOUT="60") as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            assert (
                await client.put(FES, json=festival(source.url("/a.json")), headers=key_of(tmp_path))
            ).status_code == 201
            await eventually(client, ["1030 朝焼けカフェ", "1100 夕立ち"])
        source.answers["/a.json"] = endless(b" ", 0.02)
        asked = len(source.asked)
        async with asyncio.timeout(30):
            while len(source.asked) == asked:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        server.kill9()
        server.start()
        async with httpx.AsyncClient(base_url=server.url) as client:
            assert await slots(client) == ["1030 朝焼けカフェ", "1100 夕立ち"]


async def test_a_festival_is_set_up_by_a_file_beside_its_timetable(tmp_path: Path) -> None:
    folder = tmp_path / "festivals"
    folder.mkdir()
    (folder / "fes.toml").write_text(
        f'id = "fes"\nname = "F"\ndays = [{DAY}]\n[[sources]]\nfile = "time.txt"\n', "utf-8"
    )
    (folder / "time.txt").write_bytes(FIRST)
    with server_of(tmp_path, TIMETABLE_FESTIVALS=str(folder)) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            await eventually(client, ["1030 朝焼けカフェ", "1100 夕立ち"])
            refused = await client.put(FES, json=festival("http://127.0.0.1/"), headers=key_of(tmp_path))
            assert refused.status_code == 409, refused.text
