"""A page's list of slots is made once for all its readers, anew for each version and language, and with one's picks."""

import asyncio
import threading
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from contract.timetable.timetable_world import DAY_1, FESTIVAL, World, timetable_world
from timetable_renderer.routes.pages_lists import SlotLists

pytestmark = pytest.mark.anyio
PAGE = f"/f/{FESTIVAL}"


async def test_those_who_want_the_same_list_at_once_wait_for_the_one_who_makes_it() -> None:
    lists, threads = SlotLists(10_000), set[threading.Thread]()

    def make() -> str:
        threads.add(threading.current_thread())
        return "slots"

    parts = await asyncio.gather(*(lists.of(key, make) for key in "aabab"))
    assert lists.made == 2
    assert {part.plain for part in parts} == {b"slots"}
    assert parts[0] is parts[1] is parts[3]
    assert threading.main_thread() not in threads


async def page(world: World, *, language: str = "en", query: str = "") -> LexborHTMLParser:
    answer = await world.http.get(PAGE + query, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


async def test_a_page_is_made_of_its_version_its_language_and_ones_own_picks(tmp_path: Path) -> None:
    async with timetable_world(tmp_path) as world:
        lists = world.renderer.lists
        first = await page(world)
        assert len(first.css(".slot")) == 6
        assert (await page(world)).html == first.html
        assert lists.made == 1
        assert "8/7(金)" in [day.text() for day in (await page(world, language="ja")).css("h2")]
        assert lists.made == 2

        pick = next(iter((await world.ids()).values()))
        share = await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": [pick]})
        picked = await page(world, query=f"?from={share.json()['key']}")
        assert [box.attributes["value"] for box in picked.css("input[checked]")] == [pick]
        assert (await page(world)).css("input[checked]") == []

        await world.update(DAY_1 | {"SKY STAGE": []})
        assert len((await page(world)).css(".slot")) == 3
        assert lists.made == 3
