"""Prices in the database: the same as in memory, on both databases."""

import re
from collections.abc import AsyncIterator
from typing import Final

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genba_servicekit.database import Database
from spot_price.adapters.memory import MemoryStore
from spot_price.adapters.schema import pools, records
from spot_price.adapters.store import Store
from spot_price.core.records import Pool, Records
from spot_price.core.steps import Steps
from spot_price.ports import PriceStore, RegionState

pytestmark = pytest.mark.anyio

A: Final = Pool("us-east-1", "use1-az1", "us-east-1a", "g5.xlarge")
B: Final = Pool("us-east-1", "use1-az2", "us-east-1b", "g5.xlarge")
C: Final = Pool("eu-west-1", None, "eu-west-1a", "g5.xlarge", "Windows")
ROWS: Final = st.lists(
    st.tuples(st.sampled_from([A, B, C]), st.integers(1, 30), st.sampled_from([0.0, 0.1, 0.25])), max_size=20
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    return (
        f"sqlite:///{tmp_path}/spot.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    )


async def opened(name: str, request: pytest.FixtureRequest) -> Database:
    path = request.getfixturevalue("tmp_path")
    url = f"sqlite:///{path}/spot.db" if name == "sqlite" else str(request.getfixturevalue("postgres_url"))
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    return database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    database = await opened(request.param, request)
    yield database
    await database.stop()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def any_store(request: pytest.FixtureRequest) -> AsyncIterator[PriceStore]:
    if request.param == "memory":
        yield MemoryStore()
        return
    database = await opened(request.param, request)
    yield Store(database)
    await database.stop()


def rows_of(steps: Steps) -> tuple[list[int], list[float], int]:
    return steps.at.tolist(), np.nan_to_num(steps.price, nan=-1).tolist(), steps.end


async def test_the_same_again_changes_nothing(any_store: PriceStore) -> None:
    three = Records.of([(A, 100, 0.5), (B, 110, 0.4), (A, 200, 0.6)])
    assert await any_store.ingest(three) == 3
    assert await any_store.ingest(three) == 0
    assert await any_store.count([A, B], 0, 1000) == 3
    assert {(last.pool, last.at, last.micros) for last in await any_store.last()} == {
        (A, 200, 600_000),
        (B, 110, 400_000),
    }


async def test_a_window_begins_with_the_record_in_force(any_store: PriceStore) -> None:
    await any_store.ingest(Records.of([(A, 100, 0.5), (A, 200, 0.6), (A, 300, 0.7)]))
    found = await any_store.steps([A, B], 250, 400, until={"us-east-1": 350})
    assert rows_of(found[A]) == ([250, 300], [0.6, 0.7], 350)
    assert len(found[B]) == 0


async def test_what_was_in_force_is_kept_when_old_records_are_dropped(any_store: PriceStore) -> None:
    await any_store.ingest(Records.of([(A, 100, 0.5), (A, 200, 0.6), (A, 300, 0.7), (B, 50, 0.1)]))
    assert await any_store.forget(250) == 1
    assert await any_store.forget(250) == 0
    found = await any_store.steps([A, B], 250, 400)
    assert rows_of(found[A]) == ([250, 300], [0.6, 0.7], 400)
    assert rows_of(found[B]) == ([250], [0.1], 400)


async def test_how_a_poll_went_is_kept(any_store: PriceStore) -> None:
    failed = RegionState("us-east-1", None, 20, 10, "no answer", "no-answer")
    await any_store.set_state(failed)
    assert await any_store.states() == {"us-east-1": failed}
    good = RegionState("us-east-1", 30, 30)
    await any_store.set_state(good)
    assert await any_store.states() == {"us-east-1": good}


async def test_a_zone_known_by_its_id_learns_its_name(any_store: PriceStore) -> None:
    bare = Pool("us-east-1", "use1-az1", None, "g5.xlarge")
    await any_store.ingest(Records.of([(bare, 100, 0.5)]))
    await any_store.ingest(Records.of([(A, 200, 0.6)]))
    (last,) = await any_store.last()
    assert (last.pool, last.pool.zone_name, last.at) == (A, A.zone_name, 200)
    await any_store.ingest(Records.of([(bare, 200, 0.6)]))
    assert [each.pool.zone_name for each in await any_store.last()] == [A.zone_name]
    found = await any_store.steps([bare, A], 0, 300)
    assert rows_of(found[bare]) == rows_of(found[A]) == ([100, 200], [0.5, 0.6], 300)


async def test_a_zone_known_by_its_name_alone_stays_apart(any_store: PriceStore) -> None:
    named = Pool("us-east-1", None, "us-east-1a", "g5.xlarge")
    await any_store.ingest(Records.of([(named, 100, 0.5)]))
    await any_store.ingest(Records.of([(A, 200, 0.6)]))
    assert {last.pool for last in await any_store.last()} == {named, A}


async def test_other_processes_pools_are_found(database: Database) -> None:
    mine, other = Store(database), Store(database)
    await mine.ingest(Records.of([(A, 100, 0.5)]))
    await other.ingest(Records.of([(B, 100, 0.4)]))
    await mine.ingest(Records.of([(B, 200, 0.3), (C, 200, 0.2)]))
    found = await other.steps([A, B, C], 0, 300)
    assert [rows_of(found[pool])[0] for pool in (A, B, C)] == [[100], [100, 200], [200]]


async def test_events_tell_of_newer_records_alone_and_fail_with_them(database: Database) -> None:
    store = Store(database)
    heard: list[list[tuple[Pool, int, float]]] = []

    def hear(newer: Records) -> list[object]:
        heard.append(list(newer.rows()))
        return []

    def fail(newer: Records) -> list[object]:
        raise RuntimeError

    await store.ingest(Records.of([(A, 100, 0.5), (A, 200, 0.6)]))
    await store.ingest(Records.of([(A, 150, 0.5), (A, 200, 0.6), (A, 300, 0.7), (B, 10, 0.1)]), events=hear)  # type: ignore[arg-type]
    assert heard == [[(A, 300, 0.7), (B, 10, 0.1)]]
    with pytest.raises(RuntimeError):
        await store.ingest(Records.of([(A, 400, 0.5), (C, 1, 0.2)]), events=fail)  # type: ignore[arg-type]
    assert await store.count([A, C], 0, 1000) == 4
    assert await store.ingest(Records.of([(C, 1, 0.2)])) == 1
    assert (
        await database.read(lambda connection: connection.execute(sa.text("SELECT count(*) FROM pools")).scalar()) == 3
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.tuples(ROWS, st.sampled_from([None, 5])), max_size=4),
    window=st.tuples(st.integers(0, 35), st.integers(0, 20), st.integers(0, 40)),
    before=st.integers(0, 35),
)
async def test_the_database_gives_what_memory_gives(
    database: Database,
    batches: list[tuple[list[tuple[Pool, int, float]], int | None]],
    window: tuple[int, int, int],
    before: int,
) -> None:
    await database.write(lambda connection: [connection.execute(table.delete()) for table in (records, pools)])
    stores: list[PriceStore] = [MemoryStore(), Store(database)]
    start, length, until = window
    said = []
    for store in stores:
        answers: list[object] = [await store.ingest(Records.of(rows, holds=holds)) for rows, holds in batches]
        for _ in range(2):
            found = await store.steps([A, B, C], start, start + length, until={"us-east-1": until})
            answers.append({pool: rows_of(steps) for pool, steps in found.items()})
            answers.append(await store.count([A, C], start, start + length))
            answers.append({(last.pool, last.at, last.micros, last.holds) for last in await store.last()})
            answers.append(await store.forget(before))
        said.append(answers)
    assert said[0] == said[1]


async def test_no_question_reads_every_record_there_is(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/spot.db", migrations="spot_price.migrations")
    await database.start()
    asked: list[str] = []
    engine_of = sa.event.listens_for(sa.Engine, "before_cursor_execute")

    @engine_of
    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    try:
        store = Store(database)
        await store.ingest(Records.of([(A, 100, 0.5), (B, 110, 0.4)]), events=lambda _newer: [])
        await store.last()
        await store.steps([A, B], 0, 200)
        await store.count([A, B], 0, 200)
        await store.forget(150)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    questions = [statement for statement in asked if "records" in statement and "INSERT" not in statement]
    assert len(questions) == 5
    for question in questions:

        def plan(connection: sa.Connection, question: str = question) -> list[str]:
            given = tuple("[1]" if name == "json_each(" else 1 for name in re.findall(r"(json_each\()?\?", question))
            return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", given)]

        steps = await database.read(plan)
        assert not [step for step in steps if step in {"SCAN r", "SCAN m", "SCAN records"}], question
    await database.stop()


async def test_records_come_out_as_they_went_in(url: str) -> None:
    database = Database(url, migrations="spot_price.migrations")
    await database.start()
    try:
        store = Store(database)
        await store.ingest(Records.of([(B, 1, 0.1), (A, 2, 0.0), (B, 5, 0.3), (C, 9, 0.4)], holds=90))
        await store.ingest(Records.of([(A, 4, 0.2)]))
        found = {
            (pool, at, price, part.holds)
            for part in await store.records([A, B], 3, 6)
            for pool, at, price in part.rows()
        }
        assert found == {(B, 1, 0.1, 90), (A, 2, 0.0, 90), (B, 5, 0.3, 90), (A, 4, 0.2, None)}
        assert await store.records([A, B], 0, 1) == []
        assert await store.records([], 0, 100) == []
    finally:
        await database.stop()
