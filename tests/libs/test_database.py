"""The database layer on both of its databases: groups, snapshots, queues and locks."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_servicekit.database import Database, DatabaseUnavailable
from genba_servicekit.errors import ServiceUnavailable
from libs.database_notes import INSERT, Gate, add, count, grouped, metadata, notes, started, texts


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/notes.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/notes.db"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await started(url)
    yield database
    await database.stop()


async def test_a_write_gives_what_its_function_gives_and_is_read_afterwards(database: Database) -> None:
    assert await database.write(add("first")) == 1
    assert await database.read(texts) == ["first"]


async def test_writes_that_wait_together_share_a_commit(database: Database) -> None:
    before = database.stats().writer

    assert await grouped(database, *(add(str(number)) for number in range(20))) == [1] * 20

    assert database.stats().writer.largest_group == 20
    assert await database.read(texts) == [str(number) for number in range(20)]
    assert database.stats().writer is before


async def test_what_one_function_raises_undoes_nothing_of_its_group(database: Database) -> None:
    def half(connection: sa.Connection) -> None:
        connection.execute(INSERT, {"text": "half"})
        raise LookupError("changed its mind")

    def twice(connection: sa.Connection) -> None:
        connection.execute(INSERT, [{"id": 900, "text": "a"}, {"id": 900, "text": "b"}])

    outcomes = await grouped(database, add("before"), half, twice, add("after"))

    assert [type(outcome) for outcome in outcomes] == [int, LookupError, sa.exc.IntegrityError, int]
    assert await database.read(texts) == ["before", "after"]


async def test_a_function_that_fails_alone_writes_nothing(database: Database) -> None:
    def half(connection: sa.Connection) -> None:
        connection.execute(INSERT, {"text": "half"})
        raise LookupError("changed its mind")

    with pytest.raises(LookupError, match="changed its mind"):
        await database.write(half)
    assert await database.read(count) == 0


async def test_a_function_that_hides_a_broken_transaction_is_not_told_that_it_wrote(postgres_url: str) -> None:
    def hide(connection: sa.Connection) -> None:
        connection.execute(INSERT, {"text": "lost"})
        with suppress(sa.exc.DBAPIError):
            connection.exec_driver_sql("SELECT * FROM nowhere")

    database = await started(postgres_url)
    outcomes = [*await grouped(database, add("before"), hide, add("after")), *await grouped(database, hide)]

    assert [type(outcome) for outcome in outcomes] == [int, RuntimeError, int, RuntimeError]
    assert await database.read(texts) == ["before", "after"]
    await database.stop()


@pytest.mark.parametrize("statement", ["ROLLBACK", "COMMIT"])
async def test_a_function_that_ends_the_transaction_fails_its_group_but_not_the_writer(
    database: Database, statement: str
) -> None:
    def end(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)

    def end_by_sqlalchemy(connection: sa.Connection) -> None:
        connection.commit() if statement == "COMMIT" else connection.rollback()

    for wrong in (end, end_by_sqlalchemy):
        outcomes = await grouped(database, add("before"), wrong, add("after"))
        assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 3
        assert await grouped(database, add("next"), add("one")) == [1, 1]
        with pytest.raises((RuntimeError, DatabaseUnavailable)):
            await database.write(wrong)
    assert await database.write(add("last")) == 1
    assert "after" not in await database.read(texts)


async def test_callbacks_see_the_results_after_the_commit_and_before_the_answer(url: str) -> None:
    database = Database(url, migrations=None)
    seen: list[tuple[list[object], int]] = []
    engine = sa.create_engine(database.url)

    def look(results: object) -> None:
        assert isinstance(results, list)
        with engine.connect() as connection:
            seen.append((results, count(connection)))

    def fail(_results: object) -> None:
        raise LookupError("a callback's own trouble")

    await database.start()
    await database.write(metadata.create_all)
    database.on_commit(fail)
    database.on_commit(look)

    assert await database.write(add("one")) == 1
    assert seen == [([1], 1)]

    def wrong(_connection: sa.Connection) -> None:
        raise LookupError

    await grouped(database, add("two"), wrong, add("three"))
    assert seen[-1] == ([1, 1], 3)
    before = len(seen)
    with pytest.raises(LookupError):
        await database.write(wrong)
    assert len(seen) == before
    await database.stop()
    engine.dispose()


async def test_a_read_sees_one_moment_whatever_is_written_meanwhile(database: Database) -> None:
    loop = asyncio.get_running_loop()

    def read_twice(connection: sa.Connection) -> tuple[int, int]:
        first = count(connection)
        asyncio.run_coroutine_threadsafe(database.write(add("meanwhile")), loop).result(10)
        return first, count(connection)

    assert await database.read(read_twice) == (0, 0)
    assert await database.read(count) == 1


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
        await database.read(add("smuggled"))
    assert await database.read(count) == 0


async def test_a_cancelled_caller_has_written_and_the_others_are_answered(database: Database) -> None:
    async with Gate(database):
        gone = asyncio.create_task(database.write(add("gone")))
        stays = asyncio.create_task(database.write(add("stays")))
        await asyncio.sleep(0)
        gone.cancel()
    assert await stays == 1
    assert await database.read(texts) == ["gone", "stays"]
    assert gone.cancelled()


async def test_too_many_waiting_writes_are_refused_with_a_time_to_come_back(sqlite_url: str) -> None:
    database = await started(sqlite_url, max_waiting=3)
    async with Gate(database):
        waiting = [asyncio.create_task(database.write(add("patient"))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(ServiceUnavailable) as refused:
            await database.write(add("too many"))
    assert refused.value.headers["Retry-After"] == "1"
    assert await asyncio.gather(*waiting) == [1, 1, 1]
    await database.stop()


async def test_too_many_waiting_reads_are_refused(sqlite_url: str) -> None:
    database = await started(sqlite_url, max_waiting=3)
    gate = threading.Event()
    waiting = [asyncio.create_task(database.read(lambda _connection: gate.wait(10))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ServiceUnavailable):
        await database.read(count)
    gate.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert await database.read(count) == 0
    await database.stop()


async def test_stopping_writes_what_waits_and_refuses_what_comes_later(url: str) -> None:
    database = await started(url)
    waiting = [asyncio.create_task(database.write(add("last"))) for _ in range(50)]
    await asyncio.sleep(0)
    await database.stop()
    await database.stop()

    assert await asyncio.gather(*waiting) == [1] * 50
    for refused in (database.write(add("late")), database.read(count), database.ping()):
        with pytest.raises(DatabaseUnavailable):
            await refused

    again = await started(url)
    assert await again.read(count) == 50
    await again.ping()
    await again.stop()


async def test_two_writers_take_turns_and_number_without_gaps_or_doubles(url: str) -> None:
    databases = [await started(url), await started(url)]

    def number(connection: sa.Connection) -> int:
        following = int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(notes.c.id), 0) + 1)).scalar_one())
        connection.execute(INSERT, {"id": following, "text": "numbered"})
        return following

    given = await asyncio.gather(*(database.write(number) for _ in range(50) for database in databases))

    assert sorted(given) == list(range(1, 101))
    for database in databases:
        await database.stop()


async def test_another_process_that_keeps_the_lock_too_long_is_an_outage_that_passes(url: str) -> None:
    database = await started(url, lock_wait=0.05)
    engine = sa.create_engine(database.url)
    with engine.connect() as other:
        if database.dialect == "sqlite":
            other.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            other.execute(sa.select(sa.func.pg_advisory_lock(0x67656E6261)))
        with pytest.raises(DatabaseUnavailable):
            await database.write(add("locked out"))
        other.invalidate()
    engine.dispose()

    assert await database.write(add("next")) == 1
    assert await database.read(texts) == ["next"]
    await database.stop()


async def test_sqlite_is_opened_to_be_durable_and_strict(sqlite_url: str) -> None:
    database = await started(sqlite_url, cache_kib=1234)

    def pragmas(connection: sa.Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only", "cache_size")
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}

    written = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "query_only": 0, "cache_size": -1234}
    assert await database.write(pragmas) == written
    assert await database.read(pragmas) == {**written, "query_only": 1}
    await database.stop()


async def test_postgresql_writers_commit_to_the_disk_and_readers_see_one_moment(postgres_url: str) -> None:
    database = await started(postgres_url)

    def settings(connection: sa.Connection) -> list[str]:
        names = ("synchronous_commit", "transaction_isolation", "transaction_read_only")
        return [str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in names]

    assert await database.write(settings) == ["on", "read committed", "off"]
    assert await database.read(settings) == ["on", "repeatable read", "on"]
    await database.stop()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_a_url_of_another_kind_is_refused_when_the_service_is_made(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        Database(url, migrations=None)


def test_a_sqlite_file_is_whole_and_without_a_log_after_a_stop(sqlite_url: str, tmp_path: Path) -> None:
    async def write() -> None:
        database = await started(sqlite_url)
        await database.write(add("kept"))
        await database.stop()

    asyncio.run(write())

    assert [path.name for path in tmp_path.iterdir()] == ["notes.db"]
    with closing(sqlite3.connect(tmp_path / "notes.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
