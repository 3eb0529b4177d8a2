"""The store on a real database: settings, versions, copies, turns, and the events that go with them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from genba_contracts.events import TimetableFestivalDeleted, TimetableFestivalUpdated, parse_event
from genba_servicekit.database import Database
from genba_servicekit.migrate import differences
from timetable_renderer.adapters.schema import metadata, outbox
from timetable_renderer.adapters.store import Shares, Store
from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.core.diff import Diff, compare
from timetable_renderer.core.festival import Festival, Slot, Stage, slot_id
from timetable_renderer.core.parsed import Fault
from timetable_renderer.ports import Head, Outcome, OvertakenError, RefreshState, SourceCopy, Validators

URL = "https://fes.example.org/a.json"
NOW = datetime(2026, 8, 6, 3, tzinfo=UTC)
CONFIG = FestivalConfig(id="fes", name="フェス", sources=(SourceConfig(url=URL),))
DAY = date(2026, 8, 7)
ZONE = ZoneInfo("Asia/Tokyo")
COPY = SourceCopy(URL, b"{}", Validators('"1"', "Fri"), NOW)


def slot(hour: int, title: str) -> Slot:
    start = datetime(2026, 8, 7, hour, tzinfo=ZONE)
    return Slot(slot_id(DAY, "hot", start, 0), DAY, "hot", 0, start, start + timedelta(minutes=30), title)


def festival(*slots: Slot, version: int = 0) -> Festival:
    return Festival(
        "fes", "フェス", "Asia/Tokyo", time(5), (DAY,), (Stage("hot", "HOT", "#d83a2e"),), slots, version=version
    )


FIRST = festival(slot(10, "a"), slot(11, "b"))


def outcome(at: datetime = NOW, copies: Sequence[SourceCopy] = (COPY,), faults: Sequence[Fault] = ()) -> Outcome:
    return Outcome(at, at + timedelta(minutes=10), copies, faults)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 't.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url, migrations="timetable_renderer.migrations")
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def store(database: Database) -> Store:
    return Store(database, versions_kept=3)


async def told(database: Database) -> list[object]:
    rows = await database.read(lambda connection: connection.execute(sa.select(outbox).order_by(outbox.c.id)).all())
    return [parse_event(row.type, row.event) for row in rows]


async def accepted(store: Store, new: Festival, at: datetime = NOW) -> Festival:
    before = await store.current("fes")
    diff = Diff(added=new.slots) if before is None else compare(before, new)
    return await store.accept(CONFIG, replace(new, version=before.version if before else 0), diff, outcome(at))


async def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    found = await database.read(lambda connection: differences(connection, metadata))
    steps = [step for one in found for step in (one if isinstance(one, list) else [one])]
    assert [step for step in steps if step[0] != "modify_comment"] == []


async def test_settings_are_kept_and_given_back(store: Store) -> None:
    assert await store.put_config(CONFIG) is True
    changed = CONFIG.model_copy(update={"name": "Fes"})
    assert await store.put_config(changed) is False
    assert await store.config("fes") == changed
    assert await store.configs() == [changed]
    assert await store.config("other") is None
    assert await store.heads() == {"fes": Head(0, None)}
    assert await store.current("fes") is None


async def test_a_version_is_kept_with_its_number_its_time_and_its_event(store: Store, database: Database) -> None:
    await store.put_config(CONFIG)
    kept = await accepted(store, FIRST)
    assert kept == replace(FIRST, version=1, fetched_at=NOW)
    assert await store.current("fes") == kept
    second = festival(slot(10, "A"), slot(12, "b"))
    later = NOW + timedelta(hours=1)
    assert (await accepted(store, second, later)).version == 2
    assert await store.version("fes", 1) == kept
    assert [one.version for one in await store.versions("fes", before=None, limit=9)] == [2, 1]
    assert [one.version for one in await store.versions("fes", before=2, limit=9)] == [1]
    assert await store.heads() == {"fes": Head(2, later)}
    first, event = await told(database)
    assert isinstance(first, TimetableFestivalUpdated)
    assert isinstance(event, TimetableFestivalUpdated)
    assert (first.version, first.added_count, first.slots) == (1, 2, 2)
    assert (event.version, event.complete, event.moved_count, event.changed_count) == (2, True, 1, 1)
    assert (event.moved[0].previous_id, event.moved[0].id) == (FIRST.slots[1].id, second.slots[1].id)
    assert (event.changed[0].previous_title, event.changed[0].title) == ("a", "A")


async def test_no_change_makes_no_version_and_no_event_but_notes_the_time(store: Store, database: Database) -> None:
    await store.put_config(CONFIG)
    await accepted(store, FIRST)
    later = NOW + timedelta(hours=1)
    same = await store.accept(CONFIG, replace(FIRST, version=1), None, outcome(later))
    assert (same.version, same.fetched_at) == (1, later)
    assert await store.current("fes") == same
    assert len(await told(database)) == 1


async def test_what_was_made_of_other_settings_or_another_version_is_not_kept(store: Store, database: Database) -> None:
    await store.put_config(CONFIG)
    await accepted(store, FIRST)
    for config, base in ((CONFIG, 0), (CONFIG.model_copy(update={"name": "x"}), 1)):
        with pytest.raises(OvertakenError):
            await store.accept(config, replace(FIRST, version=base), Diff(), outcome())
    await store.delete("fes")
    with pytest.raises(OvertakenError):
        await store.accept(CONFIG, replace(FIRST, version=1), Diff(), outcome())
    assert len(await told(database)) == 2


async def test_old_versions_make_room(store: Store) -> None:
    await store.put_config(CONFIG)
    for number in range(5):
        await accepted(store, festival(slot(10, f"a{number}")))
    assert [one.version for one in await store.versions("fes", before=None, limit=9)] == [5, 4, 3]
    assert await store.version("fes", 2) is None


async def test_a_festival_that_was_deleted_goes_on_counting(store: Store, database: Database) -> None:
    await store.put_config(CONFIG)
    await accepted(store, FIRST)
    shares = Shares(database)
    await shares.put("key", "fes", (FIRST.slots[0].id,))
    assert await store.delete("fes") is True
    assert await store.delete("fes") is False
    assert isinstance((await told(database))[-1], TimetableFestivalDeleted)
    assert (await store.heads(), await store.configs(), await store.states()) == ({}, [], {})
    assert await store.current("fes") is None
    assert await store.version("fes", 1) is None
    assert await shares.get("key") is None
    assert await store.put_config(CONFIG) is True
    assert await store.copies("fes") == {}
    assert await store.heads() == {"fes": Head(0, None)}
    assert (await accepted(store, FIRST)).version == 2


async def test_copies_are_replaced_and_those_of_other_places_forgotten(store: Store) -> None:
    await store.put_config(CONFIG)
    other = replace(COPY, place="https://fes.example.org/b.json", body=b"b" * 100_000)
    await store.accept(CONFIG, FIRST, Diff(), outcome(copies=[COPY, other]))
    assert await store.copies("fes") == {COPY.place: COPY, other.place: other}
    newer = replace(COPY, body=b"{...}", validators=Validators())
    await store.accept(CONFIG, replace(FIRST, version=1), None, outcome(copies=[newer]))
    assert await store.copies("fes") == {COPY.place: newer}


async def test_it_is_known_since_when_and_why_refreshes_fail(store: Store) -> None:
    await store.put_config(CONFIG)
    assert (await store.states())["fes"] == RefreshState()
    await accepted(store, FIRST)
    fault = Fault("line 3", "no time")
    for hours in (1, 2):
        await store.refuse("fes", outcome(NOW + timedelta(hours=hours), [], [fault]))
    state = (await store.states())["fes"]
    assert (state.tried_at, state.fetched_at) == (NOW + timedelta(hours=2), NOW)
    assert (state.failing_since, state.faults) == (NOW + timedelta(hours=1), (fault,))
    assert await store.copies("fes") == {COPY.place: COPY}
    await store.accept(CONFIG, replace(FIRST, version=1), None, outcome(NOW + timedelta(hours=3)))
    state = (await store.states())["fes"]
    assert (state.failing_since, state.faults, state.fetched_at) == (None, (), NOW + timedelta(hours=3))


async def test_one_at_a_time_has_the_turn_and_a_dead_one_loses_it(store: Store) -> None:
    await store.put_config(CONFIG)
    assert await store.due(NOW) == ["fes"]
    until = NOW + timedelta(minutes=5)
    assert await store.take_turn("fes", "one", now=NOW, until=until) is True
    assert await store.take_turn("fes", "two", now=NOW, until=until) is False
    assert await store.due(NOW) == []
    await store.end_turn("fes", "two")
    assert await store.take_turn("fes", "two", now=NOW, until=until) is False
    later, until = NOW + timedelta(minutes=4), NOW + timedelta(minutes=9)
    assert await store.take_turn("fes", "one", now=later, until=until) is True
    assert await store.take_turn("fes", "two", now=NOW + timedelta(minutes=5), until=until) is False
    assert await store.take_turn("fes", "two", now=until, until=until + timedelta(minutes=5)) is True
    await store.end_turn("fes", "two")
    assert await store.take_turn("fes", "three", now=NOW, until=until) is True


async def test_who_comes_after_somebody_refreshed_it_gets_the_turn_only_if_it_is_due_again(store: Store) -> None:
    await store.put_config(CONFIG)
    await store.refuse("fes", outcome(NOW, [], [Fault("here", "broken")]))
    until = NOW + timedelta(minutes=5)
    assert await store.take_turn("fes", "two", now=NOW, until=until, if_due=True) is False
    assert await store.take_turn("fes", "two", now=NOW, until=until) is True
    await store.end_turn("fes", "two")
    later = NOW + timedelta(minutes=10)
    assert await store.take_turn("fes", "two", now=later, until=later + timedelta(minutes=5), if_due=True) is True
    assert await store.take_turn("nowhere", "three", now=NOW, until=until) is False


async def test_a_refresh_is_due_after_its_interval_and_at_once_when_settings_change(store: Store) -> None:
    await store.put_config(CONFIG)
    await accepted(store, FIRST)
    assert await store.due(NOW + timedelta(minutes=9)) == []
    assert await store.due(NOW + timedelta(minutes=10)) == ["fes"]
    await store.put_config(CONFIG.model_copy(update={"name": "x"}))
    assert await store.due(NOW) == ["fes"]


async def test_a_share_is_kept_once(store: Store, database: Database) -> None:
    await store.put_config(CONFIG)
    shares = Shares(database)
    await shares.put("k", "fes", ("a", "b"))
    await shares.put("k", "fes", ("a", "b"))
    assert await shares.get("k") == ("fes", ("a", "b"))
    assert await shares.get("other") is None


async def test_settings_that_hold_no_more_are_left_out(store: Store, database: Database) -> None:
    await store.put_config(CONFIG)
    await store.put_config(CONFIG.model_copy(update={"id": "lost", "timezone": "Mars/Olympus"}))
    assert await store.configs() == [CONFIG]
    assert await store.config("lost") is None
    assert await store.put_config(CONFIG.model_copy(update={"id": "lost"})) is False
    assert len(await store.configs()) == 2
