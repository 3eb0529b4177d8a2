"""The typed client against the real service: every call, and what it raises."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from contract.timetable.timetable_world import FESTIVAL, World, timetable_world
from genba_client import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    TimetableClient,
    UnprocessableError,
)
from genba_contracts.timetable import FestivalSpec, SourceSpec

pytestmark = pytest.mark.anyio

OTHER = FestivalSpec(name="Other", sources=(SourceSpec(url="http://127.0.0.1:9/time.json"),))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with timetable_world(tmp_path) as made:
        yield made


@pytest.fixture
def timetable(world: World) -> TimetableClient:
    return world.client(world.editor)


async def picks_of(timetable: TimetableClient) -> list[str]:
    return [slot.id async for slot in timetable.slots(FESTIVAL, limit=2)]


async def test_festivals_are_listed_and_told_of(timetable: TimetableClient) -> None:
    (listed,) = await timetable.festivals()
    festival = await timetable.festival(FESTIVAL)
    assert (listed.id, festival.id, festival.version) == (FESTIVAL, FESTIVAL, 1)
    assert (await timetable.refresh_state(FESTIVAL)).faults == []
    assert (await timetable.refresh(FESTIVAL)).result == "unchanged"


async def test_slots_come_in_pages_and_are_narrowed_down(timetable: TimetableClient) -> None:
    pages = [page async for page in timetable.slots(FESTIVAL, limit=4).pages()]
    assert [len(page.items) for page in pages] == [4, 2]
    found = timetable.slots(
        FESTIVAL,
        days=[date(2026, 8, 7), date(2026, 8, 8)],
        stages=["hot-stage", "sky-stage"],
        kinds=["live", "talk"],
        q="ﾖﾌｶｼ",
        start="24:00",
        end="29:00",
    )
    assert [slot.title async for slot in found] == []
    assert [slot.title async for slot in timetable.slots(FESTIVAL, start="24:00", end="29:00")] == ["夜更かしDJ"]
    assert [one.name async for one in timetable.performers(FESTIVAL, q="amp", limit=1)] == ["The Amplifiers"]
    first = (await picks_of(timetable))[0]
    assert (await timetable.slot(FESTIVAL, first)).title == "朝焼けカフェ"


async def test_versions_are_read_and_compared(world: World, timetable: TimetableClient) -> None:
    await world.update({})
    assert [one.version async for one in timetable.versions(FESTIVAL, limit=1)] == [2, 1]
    assert len((await timetable.timetable(FESTIVAL, version=1)).items) == 6
    assert len((await timetable.diff(FESTIVAL, version=2)).removed) == 5
    assert len((await timetable.diff(FESTIVAL, version=2, since=0)).added) == 1
    with pytest.raises(NotFoundError):
        await timetable.timetable(FESTIVAL, version=3)


async def test_picks_become_everything_that_is_made_of_them(timetable: TimetableClient) -> None:
    picks = await picks_of(timetable)
    assert sum(len(day.picks) for day in (await timetable.plan(FESTIVAL, picks)).days) == 6
    assert (await timetable.picture(FESTIVAL, picks, theme="dark"))[:8] == b"\x89PNG\r\n\x1a\n"
    assert (await timetable.picture(FESTIVAL, picks[:1], format="pdf"))[:5] == b"%PDF-"
    assert (await timetable.calendar(FESTIVAL, picks)).count(b"BEGIN:VEVENT") == 6
    assert "Fri 7 Aug" in await timetable.text(FESTIVAL, picks, language="en")


async def test_picks_are_shared(timetable: TimetableClient) -> None:
    picks = await picks_of(timetable)
    share = await timetable.share(FESTIVAL, picks[::-1])
    assert await timetable.shared(share.key) == share
    assert share.picks == sorted(picks)
    with pytest.raises(NotFoundError):
        await timetable.shared("aaaaaaaaaa")


async def test_picks_that_are_not_there_are_all_named(timetable: TimetableClient) -> None:
    picks = await picks_of(timetable)
    with pytest.raises(UnprocessableError) as caught:
        await timetable.plan(FESTIVAL, [*picks, "x", "y"])
    assert caught.value.problem is not None
    assert (caught.value.problem.model_extra or {})["unknown"] == ["x", "y"]


async def test_a_festival_is_set_up_and_deleted(world: World, timetable: TimetableClient) -> None:
    assert (await timetable.set_up("other", OTHER)).version == 0
    assert [listed.id for listed in await timetable.festivals()] == [FESTIVAL, "other"]
    await timetable.delete_festival("other")
    with pytest.raises(NotFoundError):
        await timetable.delete_festival("other")
    with pytest.raises(ConflictError):
        await timetable.delete_festival(FESTIVAL)
    with pytest.raises(AuthenticationError):
        await world.client().set_up("other", OTHER)
    with pytest.raises(PermissionDeniedError):
        await world.client(world.reader).set_up("other", OTHER)


async def test_watching_a_festival_that_does_not_exist_is_refused(timetable: TimetableClient) -> None:
    with pytest.raises(NotFoundError):
        await anext(timetable.watch("nobody"))


def test_a_client_says_what_it_is_of() -> None:
    assert repr(TimetableClient("http://127.0.0.1:8002/")) == "TimetableClient('http://127.0.0.1:8002')"
    asyncio.run(TimetableClient().aclose())
