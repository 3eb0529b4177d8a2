"""Refreshing: what is good and new becomes a version; what is not replaces nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from genba_servicekit.database import Database, DatabaseUnavailable
from genba_servicekit.testing import until
from timetable_fetching import FIRST, SECOND, Clock, HandFetcher, config, tif
from timetable_renderer.adapters.store import Store
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.diff import Diff
from timetable_renderer.core.festival import Festival
from timetable_renderer.ports import Fetched, Outcome, Validators
from timetable_renderer.usecases.festivals import Festivals, NoSuchFestival
from timetable_renderer.usecases.refreshing import TURN, Refreshing, Result

URL = "https://fes.example.org/a.json"
OTHER = "https://fes.example.org/b.json"


class World:
    """A process: its store, what it serves, and what refreshes it."""

    def __init__(self, database: Database, fetcher: HandFetcher, clock: Clock) -> None:
        self.store = Store(database)
        self.fetcher, self.clock = fetcher, clock
        self.festivals = Festivals(self.store)
        self.refreshing = Refreshing(self.store, fetcher, self.festivals, now=clock)
        self.heard: list[tuple[str, int]] = []
        self.festivals.listen(lambda name, new: self.heard.append((name, new.version if new else 0)))

    async def served(self) -> list[str]:
        festival: Festival = await self.festivals.current("fes")
        return [f"{slot.start:%H%M} {slot.title}" for slot in festival.slots]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 't.db'}", migrations="timetable_renderer.migrations")
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def world(database: Database) -> World:
    return World(database, HandFetcher({URL: FIRST}), Clock())


async def test_a_first_refresh_makes_version_one(world: World) -> None:
    assert await world.festivals.set_up(config(URL)) is True
    done = await world.refreshing.refresh("fes")
    assert (done.result, done.faults) == (Result.UPDATED, ())
    assert done.festival is not None
    assert (done.festival.version, done.festival.fetched_at) == (1, world.clock())
    assert await world.served() == ["1030 朝焼けカフェ", "1100 夕立ち"]
    assert world.heard == [("fes", 1)]


async def test_the_same_again_makes_no_version_but_is_known_to_be_as_new(world: World) -> None:
    await world.festivals.set_up(config(URL))
    await world.refreshing.refresh("fes")
    later = world.clock.pass_time(minutes=10)
    done = await world.refreshing.refresh("fes")
    assert done.result is Result.UNCHANGED
    assert world.fetcher.asked[0] == (URL, None)
    assert world.fetcher.asked[1][1] is not None  # asked on a condition
    served = await world.festivals.current("fes")
    assert (served.version, served.fetched_at) == (1, later)
    assert world.heard == [("fes", 1)]


async def test_a_change_makes_a_version_that_says_what_has_changed(world: World) -> None:
    await world.festivals.set_up(config(URL))
    before = (await world.refreshing.refresh("fes")).festival
    world.fetcher.places[URL] = SECOND
    done = await world.refreshing.refresh("fes")
    assert done.result is Result.UPDATED
    assert done.diff is not None
    assert [(one.before.title, f"{one.after.start:%H%M}") for one in done.diff.moved] == [("夕立ち", "1230")]
    assert before is not None
    assert before.slots[0] in (await world.festivals.current("fes")).slots  # what did not change keeps its id
    assert await world.festivals.diff("fes", 2) == done.diff
    assert len((await world.festivals.diff("fes", 1)).added) == 2
    assert not await world.festivals.diff("fes", 2, since=2)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("was not whole within 30 s", "30 s"),
        (b'{"day1": {"HOT STAGE": [{"start": "1030"', "line 1"),
        (b"<html><body>Sorry</body></html>", "line 1, column 1"),
        (b"", "empty"),
        (b'{"day1": {}}', "slot"),
    ],
    ids=["away", "broken", "page", "empty", "no slots"],
)
async def test_what_is_bad_replaces_nothing_and_is_told_with_its_place(
    world: World, bad: bytes | str, reason: str
) -> None:
    await world.festivals.set_up(config(URL))
    await world.refreshing.refresh("fes")
    good = world.clock()
    world.fetcher.places[URL] = bad
    for _ in range(2):
        began = world.clock.pass_time(minutes=10)
        done = await world.refreshing.refresh("fes")
    assert await world.served() == ["1030 朝焼けカフェ", "1100 夕立ち"]
    assert any(reason in str(fault) for fault in done.faults), done.faults
    state = await world.festivals.state("fes")
    assert state.faults == done.faults
    assert (state.fetched_at, state.failing_since) == (good, began - timedelta(minutes=10))
    assert (await world.festivals.current("fes")).fetched_at == good
    world.fetcher.places[URL] = SECOND
    assert (await world.refreshing.refresh("fes")).result is Result.UPDATED
    state = await world.festivals.state("fes")
    assert (state.faults, state.failing_since) == ((), None)


async def test_a_festival_without_anything_good_yet_has_none_and_says_why(world: World) -> None:
    await world.festivals.set_up(config(URL, OTHER))
    done = await world.refreshing.refresh("fes")
    assert (done.result, done.festival) == (Result.REFUSED, None)
    assert [str(fault) for fault in done.faults] == [f"{OTHER}: was answered with 404"]


async def test_where_a_file_is_on_this_machine_is_nobody_s(world: World) -> None:
    source = SourceConfig(file="/srv/secret/time.json", format="tif")
    await world.festivals.set_up_from_files([FestivalConfig(id="fes", name="げんばフェス", sources=(source,))])
    world.fetcher.places["/srv/secret/time.json"] = "/srv/secret/time.json is no file"
    done = await world.refreshing.refresh("fes")
    assert [str(fault) for fault in done.faults] == ["time.json: time.json is no file"]
    assert (await world.festivals.state("fes")).faults == done.faults


async def test_one_source_that_is_away_does_not_hold_up_the_others(world: World) -> None:
    world.fetcher.places[OTHER] = tif(("GREETING", "1200", "1300", "握手会"))
    await world.festivals.set_up(config(URL, OTHER))
    await world.refreshing.refresh("fes")
    world.fetcher.places |= {URL: SECOND, OTHER: "does not answer"}
    done = await world.refreshing.refresh("fes")
    assert done.result is Result.UPDATED
    assert [str(fault) for fault in done.faults] == [f"{OTHER}: does not answer"]
    assert await world.served() == ["1030 朝焼けカフェ", "1200 握手会", "1230 夕立ち"]
    assert (await world.festivals.state("fes")).failing_since == world.clock()


async def test_other_settings_make_a_version_of_the_same_copies(world: World) -> None:
    await world.festivals.set_up(config(URL))
    await world.refreshing.refresh("fes")
    assert await world.festivals.set_up(config(URL, walking_minutes=20)) is False
    done = await world.refreshing.refresh("fes")
    assert done.result is Result.UPDATED
    assert done.festival is not None
    assert (done.festival.version, done.festival.walking_minutes) == (2, 20)
    assert done.diff is not None
    assert not done.diff


async def test_a_festival_that_is_not_set_up_is_not_refreshed(world: World) -> None:
    with pytest.raises(NoSuchFestival):
        await world.refreshing.refresh("fes")


class SlowFetcher(HandFetcher):
    """Answers when it is let go."""

    async def fetch(self, place: str, known: Validators) -> Fetched:
        fetched = await super().fetch(place, known)
        await self.gate.wait()
        return fetched

    gate: asyncio.Event


def slow(database: Database) -> World:
    fetcher = SlowFetcher({URL: FIRST})
    fetcher.gate = asyncio.Event()
    return World(database, fetcher, Clock())


async def begun(world: World) -> "asyncio.Task[object]":
    task: asyncio.Task[object] = asyncio.create_task(world.refreshing.refresh("fes"))
    await until(lambda: bool(world.fetcher.asked))
    return task


async def test_only_one_process_refreshes_a_festival_at_a_time(database: Database, world: World) -> None:
    one = slow(database)
    await one.festivals.set_up(config(URL))
    task = await begun(one)
    assert (await world.refreshing.refresh("fes")).result is Result.BUSY
    await world.refreshing.refresh_due()
    await world.refreshing.idle()
    assert world.fetcher.asked == []
    one.fetcher.gate.set()  # type: ignore[attr-defined]
    await task
    assert (await world.refreshing.refresh("fes")).result is Result.UNCHANGED


async def test_who_was_overtaken_keeps_nothing(database: Database, world: World) -> None:
    one = slow(database)
    await one.festivals.set_up(config(URL))
    task = await begun(one)
    world.clock.pass_time(seconds=TURN.total_seconds() + 1)  # the one seems to be dead
    world.fetcher.places[URL] = SECOND
    assert (await world.refreshing.refresh("fes")).result is Result.UPDATED
    one.fetcher.gate.set()  # type: ignore[attr-defined]
    done = await task
    assert done.result is Result.BUSY  # type: ignore[attr-defined]
    assert await world.served() == ["1030 朝焼けカフェ", "1230 夕立ち"]


async def test_settings_that_change_during_a_refresh_win(database: Database) -> None:
    one = slow(database)
    await one.festivals.set_up(config(URL))
    task = await begun(one)
    await one.festivals.set_up(config(URL, walking_minutes=1))
    one.fetcher.gate.set()  # type: ignore[attr-defined]
    await task
    assert one.festivals.peek("fes") is None
    await one.refreshing.refresh_due()  # due at once
    await one.refreshing.idle()
    assert (await one.festivals.current("fes")).walking_minutes == 1


async def test_what_is_due_is_refreshed_and_the_rest_left_alone(world: World) -> None:
    await world.festivals.set_up(config(URL, refresh_seconds=600))
    await world.festivals.set_up(config(OTHER, festival_id="other"))
    for _ in range(2):
        await world.refreshing.refresh_due()
        await world.refreshing.idle()
    assert sorted(place for place, _ in world.fetcher.asked) == [URL, OTHER]
    world.clock.pass_time(seconds=661)
    await world.refreshing.refresh_due()
    await world.refreshing.idle()
    assert len(world.fetcher.asked) == 4


async def test_a_stop_leaves_no_turn_behind(database: Database) -> None:
    one = slow(database)
    await one.festivals.set_up(config(URL))
    await one.refreshing.refresh_due()
    await until(lambda: bool(one.fetcher.asked))
    await one.refreshing.stop()
    assert await one.store.due(one.clock()) == ["fes"]


async def test_a_parser_that_fails_is_a_fault_and_not_an_end(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await world.festivals.set_up(config(URL))
    await world.refreshing.refresh("fes")
    world.fetcher.places[URL] = b"[" * 200_000
    assert (await world.refreshing.refresh("fes")).faults
    assert await world.served() == ["1030 朝焼けカフェ", "1100 夕立ち"]
    assert "Traceback" not in caplog.text


class FullDisk(Store):
    """Keeps no versions."""

    async def accept(self, config: FestivalConfig, festival: Festival, diff: Diff | None, outcome: Outcome) -> Festival:
        raise DatabaseUnavailable("no space left on the device")


async def test_a_source_is_not_asked_every_second_because_of_our_own_trouble(database: Database) -> None:
    clock, fetcher, store = Clock(), HandFetcher({URL: FIRST}), FullDisk(database)
    refreshing = Refreshing(store, fetcher, Festivals(store), now=clock)
    await store.put_config(config(URL))
    for _ in range(25):
        await refreshing.refresh_due()
        await refreshing.idle()
        clock.pass_time(seconds=1)
    assert len(fetcher.asked) == 3
