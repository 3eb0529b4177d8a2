"""Sources that fail in every way: the last good timetable stays served, and it is said what is wrong since when."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from source_server import Answer, SourceServer, endless, plain, redirect, silent, source_server
from timetable_fetching import FIRST, SECOND, config
from timetable_process import Process, process
from timetable_renderer.usecases.refreshing import Result

GOOD = ["1030 朝焼けカフェ", "1100 夕立ち"]
BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE schedule [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><schedule><conference><title>&d;</title>
</conference></schedule>"""


@pytest.fixture
async def server() -> AsyncIterator[SourceServer]:
    async with source_server() as here:
        here.put("/a.json", FIRST)
        yield here


@pytest.fixture
async def served(server: SourceServer, tmp_path: Path) -> AsyncIterator[Process]:
    """A process that serves the first version, and gives a source half a second and a million bytes."""
    async with process(f"sqlite:///{tmp_path / 't.db'}", patience=0.5) as here:
        await here.festivals.set_up(config(server.url("/a.json")))
        assert (await here.refreshing.refresh("fes")).result is Result.UPDATED
        yield here


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (plain(500, b"sorry"), "500"),
        (plain(404), "404"),
        (plain(200, b""), "empty"),
        (plain(200, FIRST[:-3]), "JSON"),
        (plain(200, b"<!doctype html><title>Maintenance</title>"), "HTML"),
        (plain(200, BILLION_LAUGHS), ""),
        (plain(200, b"\xff\xfe\x00" * 1_000), ""),
        (plain(200, b"[" * 900_000), ""),
        (plain(200, b'{"day1": {"A": []}}'), "slot"),
        (plain(200, gzip.compress(bytes(20_000_000)), Content_Encoding="gzip"), "1,000,000 bytes"),
        (endless(b" " * 65_536, Content_Length="100000000"), "100,000,000 bytes"),
        (endless(b" " * 65_536), "1,000,000 bytes"),
        (endless(b" ", 0.02), "0.5 s"),
        (silent(), "0.5 s"),
        (redirect("http://169.254.169.254/latest/meta-data/"), "link-local"),
        (redirect("/a.json"), "leads on"),
    ],
    ids=[
        "error",
        "gone",
        "empty",
        "torn",
        "page",
        "entities",
        "noise",
        "deep",
        "no slots",
        "bomb",
        "100 MB said",
        "100 MB",
        "drip",
        "silence",
        "metadata",
        "circle",
    ],
)
async def test_the_last_good_timetable_stays(
    served: Process, server: SourceServer, answer: Answer, reason: str
) -> None:
    url = server.url("/a.json")
    await served.festivals.set_up(config(url).model_copy(update={"sources": _auto(url)}))
    await served.refreshing.refresh("fes")
    version = (await served.festivals.current("fes")).version
    server.answers["/a.json"] = answer
    done = await served.refreshing.refresh("fes")
    assert done.result is not Result.UPDATED
    assert served.titles() == GOOD
    assert reason in str(done.faults[0]), done.faults
    assert done.faults[0].where.startswith(url) or not done.faults[0].where
    state = await served.festivals.state("fes")
    assert state.failing_since is not None
    assert state.faults == done.faults
    assert (await served.festivals.current("fes")).version == version
    server.put("/a.json", SECOND)
    assert (await served.refreshing.refresh("fes")).result is Result.UPDATED
    assert (await served.festivals.state("fes")).failing_since is None


def _auto(url: str) -> tuple[object, ...]:
    return tuple(source.model_copy(update={"format": "auto"}) for source in config(url).sources)


async def test_a_slow_source_holds_up_neither_requests_nor_other_festivals(
    served: Process, server: SourceServer
) -> None:
    server.answers["/slow"] = endless(b" ", 0.02)
    server.put("/other.json", FIRST)
    await served.festivals.set_up(config(server.url("/slow"), festival_id="slow"))
    await served.festivals.set_up(config(server.url("/other.json"), festival_id="other"))
    await served.refreshing.refresh_due()
    async with asyncio.timeout(5):
        while served.titles("other") != GOOD:
            assert (await served.festivals.current("fes")).version == 1
            await served.refreshing.refresh_due()
            await asyncio.sleep(0.01)
    await served.refreshing.idle()
    assert (await served.festivals.state("slow")).faults


async def test_a_server_that_ends_and_comes_back_is_followed_again(tmp_path: Path) -> None:
    async with process(f"sqlite:///{tmp_path / 't.db'}") as here:
        async with source_server() as server:
            server.put("/a.json", FIRST)
            url = server.url("/a.json")
            await here.festivals.set_up(config(url))
            await here.refreshing.refresh("fes")
        done = await here.refreshing.refresh("fes")
        assert done.faults
        assert here.titles() == GOOD


@pytest.mark.parametrize("character", ["\\ud800", "\\u0000", "\\uffff", "\\u202e", "\\u2028"])
async def test_characters_that_cannot_be_stored_or_sent_stop_nothing(
    served: Process, server: SourceServer, character: str
) -> None:
    server.put("/a.json", SECOND.replace("夕立ち".encode(), f"夕{character}立ち".encode()))
    assert (await served.refreshing.refresh("fes")).result is Result.UPDATED
    assert len(served.titles()) == 2
    await served.told.wait_for(events=2)
