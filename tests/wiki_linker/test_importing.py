"""Imports as jobs: what is taken, what is not and why, and how a job ends whatever happens."""

import asyncio
import bz2
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.testing import until
from wiki_fakes import FakeJobs, FakeWiki
from wiki_linker.core.imports import LOST_AFTER_MS, SHOWN, Job
from wiki_linker.usecases.importing import Importing, guess_format

DUMP = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/">
<page><title>encore</title><ns>0</ns><revision><text>Once more.</text></revision></page>
<page><title>アンコール</title><ns>0</ns><redirect title="encore" /><revision><text>#R</text></revision></page>
</mediawiki>"""


class Bench(FakeWiki):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.jobs = FakeJobs()
        self.inbox = folder / "inbox"
        self.folder = folder
        self.importing = Importing(self.store, self.jobs, self.freshness, inbox=self.inbox)

    def file(self, *lines: str | bytes, name: str = "entries.ndjson") -> Path:
        path = self.folder / name
        path.write_bytes(b"".join(line if isinstance(line, bytes) else f"{line}\n".encode() for line in lines))
        return path

    async def take(self, *lines: str | bytes) -> Job:
        return await self.importing.import_file(self.file(*lines), "ndjson", author="import")

    async def send(self, *chunks: bytes) -> Job:
        """As a request's body, waited for to its end."""
        job = await self.importing.receive(body(*chunks), "ndjson", author="sender")
        await self.ended()
        return job

    async def ended(self) -> None:
        await until(lambda: not self.importing._running)

    @property
    def keywords(self) -> list[str]:
        return [row.keyword for row in self.store.live_rows()]

    def left_in_inbox(self) -> list[Path]:
        return list(self.inbox.iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(Bench(tmp_path)) as bench:
        yield bench


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def line(keyword: str, description: str = "text", **fields: object) -> str:
    return json.dumps({"keyword": keyword, "description": description, **fields}, ensure_ascii=False)


def counts(job: Job) -> tuple[int, int, int, int]:
    return job.created, job.updated, job.unchanged, job.rejected_count


async def test_good_lines_are_taken_and_bad_ones_told_by_number(bench: Bench) -> None:
    job = await bench.take(
        line("one"),
        "not JSON",
        "",
        line("two", author="hanako"),
        line(" spaced "),
        b"\xff\xfe\n",
        '{"keyword": "three"}',
        line("four"),
    )
    assert job.state == "succeeded"
    assert counts(job) == (3, 0, 0, 4)
    assert [number for number, _ in job.rejected] == [2, 5, 6, 7]
    assert dict(job.rejected)[2] == "the line is not JSON"
    assert "UTF-8" in dict(job.rejected)[6]
    assert "description" in dict(job.rejected)[7]
    assert bench.keywords == ["one", "two", "four"]
    assert [row.author for row in bench.store.live_rows()] == ["import", "hanako", "import"]


async def test_importing_twice_changes_nothing(bench: Bench) -> None:
    lines = [line("one"), line("two", aliases=["zwei"]), line("three", updated_at="2020-01-01T00:00:00Z")]
    assert counts(await bench.take(*lines)) == (3, 0, 0, 0)
    seq = bench.store.seq
    assert counts(await bench.take(*lines)) == (0, 0, 3, 0)
    assert bench.store.seq == seq
    assert counts(await bench.take(line("one", "another text"), lines[1])) == (0, 1, 1, 0)


async def test_lines_that_the_wiki_refuses_are_told_by_their_own_number(bench: Bench) -> None:
    bench.store.save("taken", "text", "alias")
    job = await bench.take("", "broken", line("good"), line("bad", aliases=["alias"]), line("also good"))
    assert counts(job) == (2, 0, 0, 2)
    assert [number for number, _ in job.rejected] == [2, 4]
    assert "alias" in job.rejected[1][1]


async def test_a_long_file_is_taken_in_batches_and_told_of_after_each(bench: Bench) -> None:
    told: list[tuple[int, int]] = []
    path = bench.file(*(line(f"entry {number}") for number in range(1_203)))
    job = await bench.importing.import_file(
        path, "ndjson", author="x", progress=lambda job, position: told.append((job.created, position))
    )
    assert job.created == 1_203
    assert [created for created, _ in told] == [500, 1_000, 1_203]
    assert told[-1][1] == path.stat().st_size
    assert [position for _, position in told] == sorted(position for _, position in told)
    assert bench.store.calls.count("import_records") == 3
    assert [(one.state, one.created) for one in bench.jobs.put_states] == [
        ("running", 0),
        ("running", 500),
        ("running", 1_000),
        ("running", 1_203),
        ("succeeded", 1_203),
    ]


async def test_a_hundred_rejected_lines_are_shown_and_the_rest_counted(bench: Bench) -> None:
    job = await bench.take(*["broken"] * 750)
    assert len(job.rejected) == SHOWN == 100
    assert counts(job) == (0, 0, 0, 750)
    assert (job.rejected[0][0], job.rejected[-1][0]) == (1, 100)


async def test_an_empty_file_is_taken(bench: Bench) -> None:
    job = await bench.take()
    assert (job.state, counts(job)) == ("succeeded", (0, 0, 0, 0))
    assert job.finished_at is not None


@pytest.mark.parametrize(("name", "pack"), [("d.xml", bytes), ("d.xml.bz2", bz2.compress), ("d.xml.gz", gzip.compress)])
async def test_a_dump_is_taken_packed_or_not(bench: Bench, name: str, pack: object) -> None:
    path = bench.file(pack(DUMP.encode()), name=name)  # type: ignore[operator]
    file_format = guess_format(path)
    assert file_format == "mediawiki"
    job = await bench.importing.import_file(path, file_format, author="x")
    assert (job.state, counts(job)) == ("succeeded", (1, 0, 0, 0))
    (entry,) = bench.store.live_rows()
    assert (entry.keyword, entry.aliases) == ("encore", ("アンコール",))


async def test_a_dump_that_is_cut_off_ends_in_a_failed_job_that_says_so(bench: Bench) -> None:
    path = bench.file(DUMP[:-30].encode(), name="d.xml")
    job = await bench.importing.import_file(path, "mediawiki", author="x")
    assert job.state == "failed"
    assert "XML" in (job.error or "")
    packed = bench.file(gzip.compress(DUMP.encode() * 50)[:-20], name="d.xml.gz")
    job = await bench.importing.import_file(packed, "mediawiki", author="x")
    assert job.state == "failed"
    assert "cut off" in (job.error or "")


async def test_an_export_reads_back_as_the_same_wiki(bench: Bench, tmp_path: Path) -> None:
    for number in range(620):
        bench.store.save(f"entry {number}", f"line one\r\nline {number} 🎸", f"alias {number}")
    bench.store.delete("entry 7")
    bench.store.rename("entry 8", "renamed", keep_alias=True)
    exported = [one async for one in bench.importing.export()]
    assert len(exported) == 619
    (tmp_path / "other").mkdir()
    with closing(Bench(tmp_path / "other")) as other:
        assert counts(await other.take(*exported)) == (619, 0, 0, 0)
        assert [one async for one in other.importing.export()] == exported
        for row, copy in zip(bench.store.live_rows(), other.store.live_rows(), strict=True):
            assert (row.keyword, row.description, row.author, row.aliases, row.updated_at) == (
                (copy.keyword, copy.description, copy.author, copy.aliases, copy.updated_at)
            )
    assert [one async for one in bench.importing.export(bench.store.seq - 1)] == exported[-1:]
    assert [one async for one in bench.importing.export(bench.store.seq)] == []


async def test_what_is_saved_during_an_export_comes_as_it_is_when_its_turn_comes(bench: Bench) -> None:
    for number in range(600):
        bench.store.save(f"entry {number}")
    exported: list[dict[str, str]] = []
    async for one in bench.importing.export():
        if not exported:
            bench.store.save("entry 599", "new")
            bench.store.delete("entry 550")
        exported.append(json.loads(one))
    assert [one["keyword"] for one in exported].count("entry 550") == 0
    assert [one["description"] for one in exported if one["keyword"] == "entry 599"] == ["new"]
    assert len(exported) == 599


async def test_a_body_is_taken_however_it_is_cut_and_leaves_no_file(bench: Bench) -> None:
    whole = "\n".join([line("一"), line("二"), line("三")]).encode()
    job = await bench.send(*(whole[place : place + 1] for place in range(len(whole))))
    done = await bench.importing.job(job.id)
    assert done is not None
    assert (done.state, counts(done)) == ("succeeded", (3, 0, 0, 0))
    assert bench.store.live_rows()[0].author == "sender"
    assert bench.left_in_inbox() == []


async def test_a_job_can_be_asked_how_far_it_is(bench: Bench) -> None:
    going_on = asyncio.Event()
    bench.store.before["import_records"] = going_on.wait
    job = await bench.importing.receive(body(line("one").encode()), "ndjson", author="x")
    await until(lambda: "import_records" in bench.store.calls)
    asked = await bench.importing.job(job.id)
    assert asked is not None
    assert asked.state == "running"
    assert bench.left_in_inbox() == [], "what a process that is killed would leave behind"
    going_on.set()
    await bench.ended()
    asked = await bench.importing.job(job.id)
    assert asked is not None
    assert asked.state == "succeeded"
    assert await bench.importing.job("nothing") is None


async def test_a_sender_who_goes_away_leaves_nothing(bench: Bench) -> None:
    async def cut_off() -> AsyncIterator[bytes]:
        yield line("one").encode()
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        await bench.importing.receive(cut_off(), "ndjson", author="x")
    assert bench.left_in_inbox() == []
    assert bench.jobs.put_states == []
    assert bench.keywords == []


async def test_a_job_that_cannot_be_noted_is_not_begun(bench: Bench) -> None:
    bench.jobs.failing = ServiceUnavailable("The database is away.")
    with pytest.raises(ServiceUnavailable):
        await bench.importing.receive(body(line("one").encode()), "ndjson", author="x")
    assert not bench.importing._running
    assert bench.left_in_inbox() == []
    assert bench.keywords == []


async def test_stopping_ends_what_runs_and_says_so(bench: Bench) -> None:
    bench.store.before["import_records"] = lambda: asyncio.sleep(60)
    job = await bench.importing.receive(body(line("one").encode()), "ndjson", author="x")
    await until(lambda: "import_records" in bench.store.calls)
    async with asyncio.timeout(5):
        await bench.importing.stop()
    stopped = await bench.importing.job(job.id)
    assert stopped is not None
    assert (stopped.state, stopped.created) == ("failed", 0)
    assert "stopped" in (stopped.error or "")
    assert bench.keywords == []
    assert bench.left_in_inbox() == []


def raising(error: Exception) -> object:
    def happen() -> None:
        raise error

    return happen


async def test_a_database_that_goes_away_ends_in_a_failed_job_that_says_so(bench: Bench) -> None:
    bench.store.before["import_records"] = raising(ServiceUnavailable("The disk is full."))  # type: ignore[assignment]
    job = await bench.take(line("one"))
    assert (job.state, job.error) == ("failed", "The disk is full.")
    assert bench.jobs.put_states[-1].state == "failed"


async def test_a_fault_of_ours_ends_in_a_failed_job_that_tells_no_secrets(bench: Bench) -> None:
    bench.store.before["import_records"] = raising(RuntimeError("password=hunter2"))  # type: ignore[assignment]
    job = await bench.send(line("one").encode())
    asked = await bench.importing.job(job.id)
    assert asked is not None
    assert asked.state == "failed"
    assert asked.error
    assert "hunter2" not in asked.error


async def test_a_job_whose_end_cannot_be_noted_ends_all_the_same(bench: Bench) -> None:
    def database_goes_away() -> None:
        bench.jobs.failing = ServiceUnavailable("away")

    bench.store.after["import_records"] = database_goes_away
    job = await bench.send(line("one").encode())
    asked = await bench.importing.job(job.id)
    assert asked is not None
    assert asked.state == "running", "until it is taken for lost"
    assert bench.left_in_inbox() == []


def test_a_job_that_is_silent_for_a_minute_is_lost() -> None:
    def job(state: str = "running") -> Job:
        return Job("1", "ndjson", state, created_at=0, beat_at=1_000)  # type: ignore[arg-type]

    assert job().seen_at(1_000 + LOST_AFTER_MS).state == "running"
    lost = job().seen_at(1_001 + LOST_AFTER_MS)
    assert lost.state == "failed"
    assert "Send the file again" in (lost.error or "")
    done = job("succeeded").seen_at(10**12)
    assert (done.state, done.error) == ("succeeded", None)


def test_a_files_format_is_guessed_by_its_name_unless_it_is_named() -> None:
    for name in ("dump.xml", "dump.XML", "jawiki-latest.xml.bz2", "pages.xml.gz", "p.xml-p1p9"):
        assert guess_format(Path(name)) == "mediawiki", name
    for name in ("entries.ndjson", "entries.jsonl", "entries", "xml/entries"):
        assert guess_format(Path(name)) == "ndjson", name
    assert guess_format(Path("dump.xml"), "ndjson") == "ndjson"
    assert guess_format(Path("entries"), "mediawiki") == "mediawiki"
    assert guess_format(Path("entries"), "csv") is None
