"""Festivals: set up by clients and by files, and served as new as any process has them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from genba_servicekit.database import Database
from genba_servicekit.upstream import Upstream
from timetable_fetching import FIRST, SECOND, Clock, HandFetcher, config
from timetable_renderer.adapters.config_folder import read_configs
from timetable_renderer.adapters.sources import Sources
from timetable_renderer.adapters.store import Store
from timetable_renderer.core.config import SourceConfig
from timetable_renderer.core.parsed import SourceRefusedError
from timetable_renderer.ports import FetchFailedError, Head, Validators
from timetable_renderer.usecases.festivals import (
    FestivalRefused,
    Festivals,
    NoSuchFestival,
    NoSuchVersion,
    NoTimetable,
    SetUpByFile,
)
from timetable_renderer.usecases.refreshing import Refreshing

URL = "https://fes.example.org/a.json"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 't.db'}", migrations="timetable_renderer.migrations")
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
async def festivals(store: Store) -> Festivals:
    return Festivals(store)


def refreshing(store: Store, festivals: Festivals, body: bytes = FIRST) -> Refreshing:
    return Refreshing(store, HandFetcher({URL: body}), festivals, now=Clock())


async def test_a_client_may_name_urls_only(festivals: Festivals) -> None:
    secret = config().model_copy(update={"sources": (SourceConfig(file="/etc/passwd"),)})
    with pytest.raises(FestivalRefused, match="sources/0/file"):
        await festivals.set_up(secret)
    with pytest.raises(FestivalRefused, match="sources"):
        await festivals.set_up(config())
    assert await festivals.listed() == []


async def test_what_a_file_sets_up_is_changed_by_the_file_alone(festivals: Festivals) -> None:
    await festivals.set_up_from_files([config(URL)])
    with pytest.raises(SetUpByFile):
        await festivals.set_up(config(URL))
    with pytest.raises(SetUpByFile):
        await festivals.delete("fes")
    await festivals.set_up_from_files([])
    await festivals.delete("fes")
    with pytest.raises(NoSuchFestival):
        await festivals.delete("fes")


async def test_the_same_file_again_does_not_make_a_refresh_due(store: Store, festivals: Festivals) -> None:
    await festivals.set_up_from_files([config(URL)])
    await refreshing(store, festivals).refresh("fes")
    await festivals.set_up_from_files([config(URL)])
    assert await store.due(Clock()()) == []


async def test_there_may_be_so_many_festivals(store: Store) -> None:
    festivals = Festivals(store, limit=1)
    await festivals.set_up(config(URL))
    with pytest.raises(FestivalRefused, match="1 festivals"):
        await festivals.set_up(config(URL, festival_id="other"))
    assert await festivals.set_up(config(URL, walking_minutes=1)) is False


async def test_what_there_is_not_is_said(store: Store, festivals: Festivals) -> None:
    for asked in (festivals.current, festivals.config, festivals.state, festivals.versions):
        with pytest.raises(NoSuchFestival):
            await asked("fes")
    with pytest.raises(NoSuchFestival):
        await festivals.version("fes", 1)
    await festivals.set_up(config(URL))
    with pytest.raises(NoTimetable):
        await festivals.current("fes")
    await refreshing(store, festivals).refresh("fes")
    with pytest.raises(NoSuchVersion):
        await festivals.version("fes", 2)
    with pytest.raises(NoSuchVersion):
        await festivals.diff("fes", 1, since=7)


async def test_another_process_serves_what_this_one_accepted_once_it_looks(store: Store, festivals: Festivals) -> None:
    other = Festivals(store)
    heard: list[tuple[str, int]] = []
    other.listen(lambda name, new: heard.append((name, new.version if new else 0)))
    await festivals.set_up(config(URL))
    await refreshing(store, festivals).refresh("fes")
    await other.load()
    assert other.peek("fes") == festivals.peek("fes")
    await refreshing(store, festivals, SECOND).refresh("fes")
    await other.reload("fes")
    await other.follow()
    assert other.all_current() == festivals.all_current()
    await festivals.delete("fes")
    await other.follow()
    assert other.peek("fes") is None
    await festivals.set_up(config(URL))
    await refreshing(store, festivals).refresh("fes")
    await other.follow()
    assert heard == [("fes", 1), ("fes", 2), ("fes", 0), ("fes", 3)]


class HeldStore(Store):
    """Gives what it read when it is let go."""

    gate: asyncio.Event

    async def heads(self) -> dict[str, Head]:
        found = await super().heads()
        await self.gate.wait()
        return found


async def test_what_is_accepted_while_another_look_is_under_way_stays(database: Database, store: Store) -> None:
    held = HeldStore(database)
    held.gate = asyncio.Event()
    festivals = Festivals(held)
    heard: list[str] = []
    festivals.listen(lambda name, new: heard.append(f"{name} {new.version if new else 'gone'}"))
    look = asyncio.create_task(festivals.follow())
    await asyncio.sleep(0.05)
    await Festivals(store).set_up(config(URL))
    await refreshing(store, festivals).refresh("fes")
    held.gate.set()
    await look
    assert heard == ["fes 1"]


async def test_an_older_version_never_replaces_a_newer_one(store: Store, festivals: Festivals) -> None:
    await festivals.set_up(config(URL))
    await refreshing(store, festivals).refresh("fes")
    first = await festivals.current("fes")
    await refreshing(store, festivals, SECOND).refresh("fes")
    festivals.swap(first)
    assert (await festivals.current("fes")).version == 2


def put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


async def test_festivals_are_read_from_a_folder_and_files_beside_them(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "festivals"
    folder.mkdir()
    (folder / "time.json").mkdir()
    put(folder / "b.toml", 'id = "fes"\nname = "F"\ndays = [2026-08-07]\n[[sources]]\nfile = "time.txt"\n')
    put(folder / "a.json", '{"id": "web", "name": "W", "sources": [{"url": "https://fes.example.org/a.json"}]}')
    (folder / "time.json").rmdir()
    (folder / "time.txt").write_bytes(FIRST)
    configs = read_configs(folder)
    assert [each.id for each in configs] == ["web", "fes"]
    assert configs[1].sources[0].file == str(folder / "time.txt")
    festivals = Festivals(store)
    await festivals.set_up_from_files(configs)
    upstream = Upstream()
    sources = Sources(upstream, limit=1_000)
    done = await Refreshing(store, sources, festivals).refresh("fes")
    assert done.festival is not None
    assert len(done.festival.slots) == 2
    place = str(folder / "time.txt")
    fetched = await sources.fetch(place, Validators())
    assert (await sources.fetch(place, fetched.validators)).body is None
    for bad, reason in (("time.txt", "absolute"), (str(folder), "no file"), (str(folder / "x"), "no such file")):
        with pytest.raises(FetchFailedError, match=reason):
            await sources.fetch(bad, Validators())
    put(folder / "time.txt", "x" * 1_001)
    with pytest.raises(FetchFailedError, match="1,000 bytes"):
        await sources.fetch(place, Validators())
    await upstream.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('id = "fes"\nname = "F"\ntimezone = "Asia/Tokio"', "there is no time zone"),
        ('id = "fes"\nname = = 1', "line 2"),
        ('id = "FES"\nname = "F"', "id"),
        ('id = "fes"\nname = "F"\nsecret = 1', "secret"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, reason: str) -> None:
    path = put(tmp_path / "f.toml", text)
    with pytest.raises(SourceRefusedError, match=reason) as caught:
        read_configs(path)
    assert str(path) in str(caught.value)


def test_a_folder_of_more_festivals_than_are_taken_is_refused_with_the_setting(tmp_path: Path) -> None:
    for name in "abc":
        put(tmp_path / f"{name}.toml", f'id = "fes-{name}"\nname = "F"')
    with pytest.raises(SourceRefusedError, match="3 festivals, and TIMETABLE_FESTIVAL_LIMIT is 2"):
        read_configs(tmp_path, most=2)


async def test_a_full_server_still_starts_with_the_festivals_of_its_files(tmp_path: Path, store: Store) -> None:
    festivals = Festivals(store, limit=1)
    source = '[[sources]]\nurl = "https://fes.example.org/a.json"'
    ours, theirs = (
        read_configs(put(tmp_path / f"{name}.toml", f'id = "{name}"\nname = "F"\n{source}'))
        for name in ("ours", "theirs")
    )
    await festivals.set_up(theirs[0])
    await festivals.set_up_from_files(ours)
    assert [each.config.id for each in await festivals.listed()] == ["ours", "theirs"]
    with pytest.raises(FestivalRefused, match="delete one first"):
        await festivals.set_up(theirs[0].model_copy(update={"id": "others"}))


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceRefusedError, match="cannot be read"):
        read_configs(tmp_path / "nowhere")
