"""The database layer on both of its databases: groups, snapshots, and what happens when the ground gives way."""

import asyncio
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from genba_servicekit.database import Database, DatabaseUnavailable
from genba_servicekit.errors import ServiceUnavailable

metadata = sa.MetaData()
notes = sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
INSERT = sa.insert(notes)
COUNT = sa.select(sa.func.count()).select_from(notes)
TEXTS = sa.select(notes.c.text).order_by(notes.c.id)

Write = Callable[[sa.Connection], object]


def add(text: str) -> Callable[[sa.Connection], int]:
    def insert(connection: sa.Connection) -> int:
        connection.execute(INSERT, {"text": text})
        return 1

    return insert


def count(connection: sa.Connection) -> int:
    return int(connection.execute(COUNT).scalar_one())


def texts(connection: sa.Connection) -> list[str]:
    return list(connection.execute(TEXTS).scalars())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/notes.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/notes.db"


async def started(url: str, *, lock_wait: float = 5.0, max_waiting: int = 10_000) -> Database:
    database = Database(url, migrations=None, read_threads=2, lock_wait=lock_wait, max_waiting=max_waiting)
    await database.start()
    await database.write(metadata.create_all)
    return database


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await started(url)
    yield database
    await database.stop()


def size_of_log(database: Database) -> int:
    return Path(f"{database.url.database}-wal").stat().st_size


class Gate:
    """A write that holds up the writer until it is opened, so that what comes meanwhile forms one group."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entered = threading.Event()
        self._open = threading.Event()

    async def __aenter__(self) -> None:
        self._write = asyncio.create_task(self._database.write(self._wait))
        await asyncio.to_thread(self._entered.wait, 10)

    async def __aexit__(self, *_: object) -> None:
        self._open.set()
        await self._write

    def _wait(self, _connection: sa.Connection) -> None:
        self._entered.set()
        self._open.wait(10)


async def grouped(database: Database, *writes: Write) -> list[object]:
    """What becomes of writes that share one transaction."""
    before = database.stats().writer.groups
    async with Gate(database):
        tasks = [asyncio.create_task(database.write(write)) for write in writes]
        await asyncio.sleep(0)  # each task puts its write into the queue as soon as it runs
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert database.stats().writer.groups <= before + 2
    return list(outcomes)


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
    database = await started(sqlite_url)

    def pragmas(connection: sa.Connection) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names}

    written = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "query_only": 0}
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
    sizes = []
    for _ in range(60):
        await database.write(add("x" * 1_000_000))
        sizes.append(size_of_log(database))
    running = False

    assert min(await asyncio.gather(*readers)) > 0
    assert max(sizes) < 40_000_000
    assert await database.read(count) == 60
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
