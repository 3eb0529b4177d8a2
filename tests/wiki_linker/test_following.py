"""One process kept level with the wiki: its own commits, its neighbours', another host's, and a database put back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from genba_servicekit.tasks import every, run_beside
from genba_servicekit.testing import until
from wiki_fakes import FakeStore
from wiki_linker.adapters.shared_seq import SharedSeq
from wiki_linker.core.live import Committed, LiveWiki
from wiki_linker.usecases.following import LogFollower


class FakeWitness:
    """Redis, as far as strict freshness needs it. Fulfils `ports.Witness`."""

    def __init__(self, known: int | None = None) -> None:
        self.known = known
        self.asked = 0

    async def value(self) -> int | None:
        self.asked += 1
        return self.known

    async def advance(self, seq: int) -> None:
        self.known = max(seq, self.known or 0)


class Process:
    """A process of the wiki, and what others do."""

    def __init__(self, folder: Path, strict: FakeWitness | None = None, store: FakeStore | None = None) -> None:
        self.store = store or FakeStore()
        self.counter = SharedSeq(folder / "seq")
        self.committed = Committed()
        self.live = LiveWiki()
        self.store.correct_counter = self.correct_counter  # type: ignore[attr-defined]
        self.follower = LogFollower(
            self.live,
            self.store,  # type: ignore[arg-type]  # has it since the line before
            self.counter,
            self.committed,
            strict=strict,
        )

    async def correct_counter(self) -> None:
        self.store.calls.append("correct_counter")
        self.counter.correct(self.store.seq)

    def commit(self, keyword: str) -> None:
        """This process's own writer commits."""
        self.store.save(keyword)
        self.committed.add(self.store.log(self.store.seq - 1))
        self.counter.advance(self.store.seq)

    def neighbour(self, keyword: str) -> None:
        """Another process of this host commits."""
        self.store.save(keyword)
        self.counter.advance(self.store.seq)

    def elsewhere(self, keyword: str) -> None:
        """Another host commits (or a process is killed between its commit and the counter)."""
        self.store.save(keyword)

    def put_back(self, *keywords: str) -> None:
        """The database is put back from a copy that has these entries alone."""
        self.store.close()
        fresh = FakeStore()
        self.store.connection = fresh.connection
        for keyword in keywords:
            self.store.save(keyword)

    @property
    def keywords(self) -> list[str]:
        found = (self.live.entry(entry_id) for entry_id in self.live.newest(0, 100))
        return [known.keyword for known in found if known is not None]

    def close(self) -> None:
        self.counter.close()
        self.store.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path)
    yield process
    process.close()


@asynccontextmanager
async def polling(process: Process) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        run_beside(stack, every(0.01, process.follower.poll, name="poll the log"))
        yield


async def test_own_commits_are_applied_without_reading_the_log(process: Process) -> None:
    assert process.follower.is_current()
    process.commit("a")
    process.commit("b")
    assert process.follower.is_current()
    await process.follower.announce()
    await process.follower.catch_up(2)
    assert process.keywords == ["b", "a"]
    assert process.store.calls == []


async def test_a_neighbours_commits_are_read_from_the_log(process: Process) -> None:
    process.neighbour("a")
    assert not process.follower.is_current()
    await process.follower.catch_up()
    assert process.follower.is_current()
    assert process.store.calls == ["changes_since"]


async def test_own_commits_behind_a_neighbours_are_read_from_the_log_too(process: Process) -> None:
    process.neighbour("a")
    process.commit("b")
    assert not process.follower.is_current()
    await process.follower.catch_up()
    assert process.keywords == ["b", "a"]


async def test_a_write_is_answered_when_it_is_applied_whoever_wrote_between(process: Process) -> None:
    process.neighbour("a")
    process.commit("b")
    await process.follower.announce()
    assert process.live.applied == 2


async def test_another_hosts_commit_is_found_by_its_token(process: Process) -> None:
    process.elsewhere("a")
    assert process.follower.is_current(), "nothing tells of it here"
    await process.follower.catch_up(1)
    assert process.keywords == ["a"]
    assert process.counter.value() == 1, "the neighbours have to know"


async def test_a_token_that_no_log_knows_is_let_pass(process: Process) -> None:
    process.elsewhere("a")
    async with asyncio.timeout(5):
        await process.follower.catch_up(10**15)
    assert process.live.applied == 1
    assert process.counter.value() == 1


async def test_a_log_that_is_longer_than_a_batch_is_read_to_its_end(process: Process) -> None:
    for number in range(2_050):
        process.store.star("page", f"user {number}") if number else process.store.save("page")
    process.counter.advance(process.store.seq)
    await process.follower.catch_up()
    assert process.live.applied == 2_050
    assert process.store.calls == ["changes_since"] * 3


async def test_commits_that_come_while_the_log_is_read_are_applied_once(process: Process) -> None:
    process.neighbour("a")

    def meanwhile() -> None:
        process.commit("c")
        process.commit("d")

    process.neighbour("b")
    process.store.after["changes_since"] = meanwhile
    await process.follower.catch_up()
    assert process.follower.is_current()
    assert process.keywords == ["d", "c", "b", "a"]


async def test_a_neighbour_that_commits_while_the_log_is_read_is_no_sign_of_damage(process: Process) -> None:
    process.neighbour("a")
    process.store.after["changes_since"] = lambda: process.neighbour("b")
    await process.follower.catch_up()
    assert process.keywords == ["a"]
    assert "correct_counter" not in process.store.calls
    await process.follower.catch_up()
    assert process.keywords == ["b", "a"]


async def test_those_who_wait_for_one_reading_of_the_log_need_no_other(process: Process) -> None:
    process.neighbour("a")
    await asyncio.gather(*(process.follower.catch_up() for _ in range(20)))
    assert process.store.calls == ["changes_since"]


async def test_who_waits_sees_what_was_written_after_the_reading_before_began(process: Process) -> None:
    process.neighbour("a")
    process.store.after["changes_since"] = lambda: process.neighbour("b")
    first = asyncio.create_task(process.follower.catch_up())
    await asyncio.sleep(0)
    second = asyncio.create_task(process.follower.catch_up())
    await asyncio.gather(first, second)
    assert process.keywords == ["b", "a"]


async def test_a_counter_that_is_ahead_of_the_log_is_corrected(process: Process) -> None:
    process.commit("a")
    process.counter.advance(99)
    await process.follower.catch_up()
    assert process.counter.value() == 1
    assert process.follower.is_current()
    assert "load_all" not in process.store.calls


async def test_a_database_put_back_from_a_copy_is_loaded_anew(process: Process) -> None:
    for keyword in "abc":
        process.commit(keyword)
    assert process.follower.is_current()
    process.put_back("a")
    async with polling(process):
        await until(lambda: process.keywords == ["a"])
    assert (process.live.applied, process.counter.value()) == (1, 1)
    assert process.follower.is_current()
    process.commit("new")
    assert process.follower.is_current()
    assert process.keywords == ["new", "a"]


async def test_a_database_put_back_while_the_counter_says_more_is_loaded_anew(process: Process) -> None:
    for keyword in "abc":
        process.commit(keyword)
    assert process.follower.is_current()
    process.put_back("a")
    process.counter.advance(99)
    await process.follower.catch_up()
    assert process.keywords == ["a"]
    assert process.counter.value() == 1


async def test_two_processes_on_a_database_put_back_agree_in_the_end(tmp_path: Path) -> None:
    one = Process(tmp_path)
    other = Process(tmp_path, store=one.store)
    for keyword in "abc":
        one.commit(keyword)
    await one.follower.catch_up()
    await other.follower.catch_up()
    one.put_back("a")
    async with polling(one), polling(other):
        await until(lambda: one.keywords == other.keywords == ["a"])
        await until(lambda: one.counter.value() == 1)
        one.commit("new")
        await other.follower.catch_up()
        assert other.keywords == ["new", "a"]
    other.counter.close()
    one.close()


async def test_the_poll_finds_what_nothing_tells_of(process: Process) -> None:
    async with polling(process):
        process.elsewhere("a")
        await until(lambda: process.keywords == ["a"])
        process.neighbour("b")
        await until(lambda: process.keywords == ["b", "a"])


async def test_writing_while_the_poll_looks_loads_nothing_anew(process: Process) -> None:
    """The log is asked, then somebody writes and reads, then the answer arrives: it is old, not the database."""
    left = iter("bcdefghij")

    def meanwhile() -> None:
        if keyword := next(left, None):
            process.commit(keyword)
            assert process.follower.is_current()
            process.store.after["last_seq"] = meanwhile

    process.commit("a")
    process.store.after["last_seq"] = meanwhile
    async with polling(process):
        await until(lambda: len(process.keywords) == 10)
    assert "load_all" not in process.store.calls


async def test_commits_during_a_loading_are_not_lost(process: Process) -> None:
    process.commit("a")

    def meanwhile() -> None:
        process.commit("b")
        assert process.follower.is_current()

    process.store.after["load_all"] = meanwhile
    await process.follower.reload()
    assert not process.follower.is_current() or process.keywords == ["b", "a"]
    await process.follower.catch_up()
    assert process.keywords == ["b", "a"]


async def test_who_reads_the_log_and_who_loads_all_anew_wait_for_each_other(process: Process) -> None:
    """What is applied has to follow on from what was loaded."""
    for keyword in "abc":
        process.commit(keyword)
    assert process.follower.is_current()
    process.put_back("a", "b")

    def meanwhile() -> None:
        process.elsewhere("c2")
        process.elsewhere("d2")

    process.store.after["load_all"] = meanwhile
    process.store.before["changes_since"] = lambda: asyncio.sleep(0.02)
    process.store.after["changes_since"] = lambda: asyncio.sleep(0.05)
    await asyncio.gather(process.follower.catch_up(9), process.follower.reload())
    await process.follower.catch_up(9)
    assert process.keywords == ["d2", "c2", "b", "a"]


async def test_a_log_that_cannot_be_read_for_a_while_is_read_later(process: Process) -> None:
    left = [3, 2]  # failures in a row: of the first outage, of the second

    def fail() -> None:
        left[0] -= 1
        if left[0]:
            process.store.before["last_seq"] = fail
        else:
            left.pop(0)
        raise ConnectionError("no route to the database")

    async with polling(process):
        for outage in (1, 2):
            process.store.before["last_seq"] = fail
            process.elsewhere(f"word {outage}")
            await until(lambda outage=outage: process.live.applied == outage)  # type: ignore[misc]
    assert left == []


def away() -> None:
    raise ConnectionError("no route to the database")


async def test_a_reader_is_told_when_the_log_cannot_be_read(process: Process) -> None:
    process.neighbour("a")
    process.store.before["changes_since"] = away
    with pytest.raises(ConnectionError):
        await process.follower.catch_up()
    await process.follower.catch_up()
    assert process.keywords == ["a"]


async def test_with_strict_freshness_what_another_host_announced_is_applied(tmp_path: Path) -> None:
    witness = FakeWitness(0)
    process = Process(tmp_path, witness)
    process.elsewhere("a")
    await process.follower.catch_up()
    assert process.keywords == [], "it was not announced yet, so it is not answered yet"
    witness.known = 1
    await process.follower.catch_up()
    assert process.keywords == ["a"]
    assert witness.asked == 2
    process.close()


async def test_with_strict_freshness_a_write_is_announced_before_it_is_answered(tmp_path: Path) -> None:
    witness = FakeWitness(0)
    process = Process(tmp_path, witness)
    process.commit("a")
    await process.follower.announce()
    assert witness.known == 1
    process.close()


async def test_with_strict_freshness_a_redis_that_forgot_is_told_by_the_database(tmp_path: Path) -> None:
    witness = FakeWitness(None)
    process = Process(tmp_path, witness)
    process.elsewhere("a")
    await process.follower.catch_up()
    assert process.keywords == ["a"]
    assert witness.known == 1
    process.close()


async def test_the_index_is_rebuilt_when_much_has_changed(process: Process) -> None:
    for number in range(300):
        process.commit(f"word {number}")
    assert process.follower.is_current()
    assert process.live.index.needs_rebuild
    await process.follower.shrink_delta()
    assert not process.live.index.needs_rebuild
    assert process.live.lookup("word 299") is not None
