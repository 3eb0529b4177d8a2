"""What the database layer does when the ground gives way: a full disk, a long log, a cut connection."""

import asyncio
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from genba_servicekit.database import Database, DatabaseUnavailable
from libs.database_notes import INSERT, add, count, grouped, size_of_log, started, texts


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/notes.db"


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """A disk that is full, as far as this process can tell."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


async def test_a_commit_that_fails_is_an_error_to_all_of_its_group_and_to_nobody_else(sqlite_url: str) -> None:
    database = await started(sqlite_url)
    await database.write(add("kept"))

    with files_no_longer_than(size_of_log(database) + 100):
        outcomes = await grouped(database, add("a"), add("b"), add("c"))
        assert await database.read(texts) == ["kept"]

    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 3
    assert len({id(outcome) for outcome in outcomes}) == 3
    assert database.stats().writer.last_error is not None
    assert await database.write(add("healed")) == 1
    assert await database.read(texts) == ["kept", "healed"]
    assert database.stats().writer.last_error is None
    await database.stop()


async def test_a_full_database_fails_who_filled_it_and_takes_the_next(sqlite_url: str) -> None:
    database = await started(sqlite_url)

    def fill(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        try:
            connection.execute(INSERT, {"text": "x" * 100_000})
        finally:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")

    outcomes = await grouped(database, add("before"), fill, add("after"))

    assert isinstance(outcomes[1], DatabaseUnavailable)
    stored = await database.read(texts)
    told = [text for text, outcome in zip(("before", "", "after"), outcomes, strict=True) if outcome == 1]
    assert stored == told
    assert await database.write(add("next")) == 1
    await database.stop()


async def test_the_log_does_not_grow_without_bound_under_steady_readers(sqlite_url: str) -> None:
    database = await started(sqlite_url)
    running = True

    def linger(connection: sa.Connection) -> int:
        found = count(connection)
        time.sleep(0.01)  # two that do so in turns leave no moment without a reader
        return found

    async def read_on() -> int:
        reads = 0
        while running:
            await database.read(linger)
            reads += 1
        return reads

    readers = [asyncio.create_task(read_on()) for _ in range(4)]
    written = 0
    largest = shrunk = 0
    while not shrunk and written < 400:  # some thirty on a quiet machine
        await database.write(add("x" * 1_000_000))
        written += 1
        size = size_of_log(database)
        shrunk = size < largest
        largest = max(largest, size)
    running = False

    assert min(await asyncio.gather(*readers)) > 0
    assert shrunk
    assert await database.read(count) == written
    await database.stop()


async def terminate_backends(url: str) -> int:
    """Cut every connection to a database but the one that does it, and say how many."""
    plain = url.replace("postgresql+psycopg", "postgresql")
    async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
        cursor = await connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])


async def test_idle_connections_that_were_cut_are_replaced_unnoticed(postgres_url: str) -> None:
    database = await started(postgres_url)
    await database.write(add("before"))
    await asyncio.gather(database.read(count), database.read(count))

    assert await terminate_backends(postgres_url) >= 2

    assert await database.read(count) == 1
    assert await database.write(add("after")) == 1
    await database.stop()


async def test_a_connection_cut_inside_a_group_fails_all_of_it_and_runs_nothing_twice(postgres_url: str) -> None:
    database = await started(postgres_url)
    runs: list[str] = []

    def cut(connection: sa.Connection) -> None:
        runs.append("cut")
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    def late(connection: sa.Connection) -> None:
        runs.append("late")
        connection.execute(INSERT, {"text": "late"})

    for writes in ([add("before"), cut, late], [cut]):
        outcomes = await grouped(database, *writes)
        assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * len(writes)
    assert runs == ["cut", "cut"]
    assert await database.read(count) == 0
    assert await database.write(add("next")) == 1
    await database.stop()


async def test_a_commit_whose_fate_is_not_known_is_an_error_and_is_not_tried_again(postgres_url: str) -> None:
    database = await started(postgres_url)
    raw = postgres_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(raw, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER cut_at_commit AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW WHEN (NEW.text = 'cut') EXECUTE FUNCTION cut()"
        )

    outcomes = await grouped(database, add("a"), add("cut"), add("b"))

    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailable] * 3
    assert await database.read(count) == 0
    assert await database.write(add("next")) == 1
    await database.stop()


async def test_a_database_that_cannot_be_reached_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    for url in (f"postgresql://nobody@/none?host={tmp_path}", f"sqlite:///{tmp_path}/broken.db"):
        with pytest.raises(DatabaseUnavailable):
            await Database(url, migrations=None).start()
