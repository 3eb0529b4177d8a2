"""Two processes of the timetable service: what one accepts the other serves, and only one of them fetches."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from genba_contracts.events import TimetableFestivalDeleted, TimetableFestivalUpdated
from genba_servicekit.redis_server import RedisServer
from genba_servicekit.testing import test_data, until
from source_server import SourceServer, plain, source_server
from timetable_fetching import FIRST, SECOND, config
from timetable_process import Process, process
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.festival import Kind
from timetable_renderer.usecases.refreshing import Result


@pytest.fixture
async def server() -> AsyncIterator[SourceServer]:
    async with source_server() as here:
        here.put("/a.json", FIRST)
        yield here


async def test_an_update_reaches_the_other_process_through_redis(
    server: SourceServer, database_url: str, redis: RedisServer
) -> None:
    async with process(database_url, redis.url) as one, process(database_url, redis.url) as other:
        await one.festivals.set_up(config(server.url("/a.json")))
        assert (await one.refreshing.refresh("fes")).result is Result.UPDATED
        await until(lambda: other.titles() == ["1030 朝焼けカフェ", "1100 夕立ち"])
        server.put("/a.json", SECOND)
        assert (await other.refreshing.refresh("fes")).result is Result.UPDATED
        await until(lambda: one.titles() == ["1030 朝焼けカフェ", "1230 夕立ち"])
        events = await other.told.wait_for(events=2)
        last = events[-1]
        assert isinstance(last, TimetableFestivalUpdated)
        assert (last.festival, last.version, last.slots) == ("fes", 2, 2)
        assert [(moved.title, moved.previous_id[:13], moved.id[:13]) for moved in last.moved] == [
            ("夕立ち", "20260807-1100", "20260807-1230")
        ]
        await one.festivals.delete("fes")
        await until(lambda: other.festivals.peek("fes") is None)
        assert isinstance((await other.told.wait_for(events=3))[-1], TimetableFestivalDeleted)


async def test_without_redis_the_other_process_finds_an_update_when_it_looks(
    server: SourceServer, database_url: str
) -> None:
    async with process(database_url) as one, process(database_url) as other:
        await one.festivals.set_up(config(server.url("/a.json")))
        await one.refreshing.refresh("fes")
        await other.festivals.follow()
        assert other.titles() == one.titles() != []


async def test_an_update_that_was_made_while_redis_was_away_is_told_when_it_is_back(
    server: SourceServer, tmp_path: Path, redis: RedisServer
) -> None:
    url = f"sqlite:///{tmp_path / 't.db'}"
    async with process(url, redis.url) as one, process(url, redis.url) as other:
        await one.festivals.set_up(config(server.url("/a.json")))
        redis.stop()
        assert (await one.refreshing.refresh("fes")).result is Result.UPDATED
        assert one.titles()
        redis.start()
        await until(lambda: other.titles() == one.titles(), timeout=20)


async def test_many_processes_that_find_a_festival_due_fetch_it_once(server: SourceServer, database_url: str) -> None:
    async with process(database_url) as one, process(database_url) as other:
        await one.festivals.set_up(config(server.url("/a.json")))
        both: list[Process] = [one, other]
        await asyncio.gather(*(each.refreshing.refresh_due() for each in both for _ in range(5)))
        await asyncio.gather(*(each.refreshing.idle() for each in both))
        assert len(server.asked) == 1
        assert (one.titles() or other.titles()) == ["1030 朝焼けカフェ", "1100 夕立ち"]


async def test_what_has_not_changed_is_not_sent_again(server: SourceServer, database_url: str) -> None:
    async with process(database_url) as one:
        await one.festivals.set_up(config(server.url("/a.json")))
        await one.refreshing.refresh("fes")
    async with process(database_url) as one:  # a restart
        assert one.titles() == ["1030 朝焼けカフェ", "1100 夕立ち"]
        assert (await one.refreshing.refresh("fes")).result is Result.UNCHANGED
    assert [asked.headers.get("if-none-match") is not None for asked in server.asked] == [False, True]


async def test_real_timetables_are_fetched_whole_and_are_one_version_however_often(
    server: SourceServer, database_url: str
) -> None:
    folder = test_data("timetables")
    days = (date(2017, 8, 4), date(2017, 8, 5), date(2017, 8, 6))
    for name in ("tif2017-time.json", "tif2017-greeting.json"):
        server.put(f"/{name}", (folder / name).read_bytes())
    tif = FestivalConfig(
        id="tif",
        name="TIF 2017",
        days=days,
        sources=(
            SourceConfig(url=server.url("/tif2017-time.json")),
            SourceConfig(url=server.url("/tif2017-greeting.json"), kind=Kind.GREETING, stage_prefix="GREETING "),
        ),
    )
    async with process(database_url) as one:
        await one.festivals.set_up(tif)
        first = await one.refreshing.refresh("tif")
        assert first.festival is not None
        assert len(first.festival.slots) + len(first.passed_over) == 657 + 328
        assert all(fault.harmless for fault in first.passed_over)
    async with process(database_url) as other:
        assert other.festivals.peek("tif") == first.festival
        assert (await other.refreshing.refresh("tif")).result is Result.UNCHANGED
        server.answers["/tif2017-time.json"] = plain(200, (folder / "tif2017-time.json").read_bytes())  # no ETag now
        assert (await other.refreshing.refresh("tif")).result is Result.UNCHANGED
        assert (await other.festivals.state("tif")).passed_over == first.passed_over
