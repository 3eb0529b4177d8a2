"""What the wiki and the timetable know of people is told with their faces, and is never a reason to fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from contract.faces.faces_world import faces_world, photo
from face_classifier.adapters.neighbours import Neighbours
from face_classifier.core.datasets import Label
from face_classifier.core.links import Links
from genba_client import TimetableClient, WikiClient
from genba_contracts.wiki import Entry

WIKI, TIMETABLE = "http://wiki.test", "http://timetable.test"
NOW = datetime(2026, 8, 7, 1, 0, tzinfo=UTC)
AOI = Label("aoi", "Aoi", "Aoi (singer)")
REN = Label("ren", "Ren")
ENTRY = Entry.model_json_schema()["examples"][0] | {"url": "/keyword/Aoi%20%28singer%29"}
FESTIVAL = {"id": "fes", "name": "Fes", "timezone": "Asia/Tokyo", "days": ["2026-08-07"], "stages": 1, "slots": 3}
FESTIVAL |= {"version": 1, "fetched_at": None, "failing": False}


def slot(title: str, start: str, *performers: str) -> dict[str, object]:
    """A slot on the festival's day, of half an hour."""
    end = start[:-2] + "59"
    given = {"id": f"20260807-{start.replace(':', '')}-aaaaaa", "title": title, "performers": list(performers)}
    times = {name: f"2026-08-07T{at}:00+09:00" for name, at in (("start", start), ("end", end))}
    rest = {
        "day": "2026-08-07",
        "stage": "hot",
        "stage_name": "HOT",
        "lane": 0,
        "minutes": 30,
        "detail": "",
        "kind": "live",
    }
    return given | times | rest


SLOTS = [slot("Aoi", "09:00"), slot("Aoi", "18:30"), slot("Night", "12:00", "aoi", "Mio"), slot("Aoi Band", "13:00")]


@dataclass(slots=True)
class Sites:
    """A wiki and a timetable, as their clients see them."""

    delay: float = 0.0
    away: bool = False
    asked: list[str] = field(default_factory=list)
    moment: float = 0.0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        await asyncio.sleep(self.delay)
        if self.away:
            raise httpx.ConnectError("refused")
        if request.url.host == "wiki.test":
            known = request.url.path.endswith("Aoi (singer)")
            return httpx.Response(200, json=ENTRY) if known else httpx.Response(404, json={})
        if request.url.path == "/v1/festivals":
            return httpx.Response(200, json={"items": [FESTIVAL]})
        items = [one for one in SLOTS if request.url.params["q"] == "Aoi"]
        return httpx.Response(200, json={"items": items, "version": 1, "total": len(items), "next_cursor": None})

    @asynccontextmanager
    async def neighbours(self) -> AsyncIterator[Neighbours]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.answer)) as http:
            wiki, timetable = WikiClient(WIKI, http_client=http), TimetableClient(TIMETABLE, http_client=http)
            made = Neighbours((wiki, WIKI), (timetable, TIMETABLE), clock=lambda: self.moment, now=lambda: NOW)
            yield made
            await made.stop()


async def test_people_have_their_entry_and_where_they_play_next() -> None:
    sites = Sites()
    async with sites.neighbours() as neighbours:
        found = await neighbours.links([AOI, REN])
        assert found["aoi"].wiki == f"{WIKI}/keyword/Aoi%20%28singer%29"
        shown = [(one.title, f"{one.start:%H:%M}", one.stage, one.url) for one in found["aoi"].appearances]
        assert shown == [("Night", "12:00", "HOT", f"{TIMETABLE}/f/fes"), ("Aoi", "18:30", "HOT", f"{TIMETABLE}/f/fes")]
        assert found["ren"] == Links()
        count = len(sites.asked)
        assert await neighbours.links([AOI, REN]) == found
        assert len(sites.asked) == count, "what is known is not asked again"
        sites.moment = 61
        assert await neighbours.links([AOI]) == {"aoi": found["aoi"]}
        await asyncio.sleep(0.05)
        assert len(sites.asked) > count, "after a minute it is, beside the answer"


async def test_who_is_slow_is_not_waited_for_and_known_the_next_time() -> None:
    sites = Sites(delay=0.3)
    async with sites.neighbours() as neighbours:
        assert await neighbours.links([AOI]) == {}
        await asyncio.sleep(1.2)
        assert (await neighbours.links([AOI]))["aoi"].wiki is not None


async def test_who_is_away_is_left_alone_for_a_while_and_what_was_known_stays() -> None:
    sites = Sites()
    async with sites.neighbours() as neighbours:
        known = await neighbours.links([AOI])
        sites.away, sites.moment = True, 61
        assert await neighbours.links([AOI]) == known
        await asyncio.sleep(0.05)
        count = len(sites.asked)
        assert await neighbours.links([REN]) == {"ren": Links()}
        assert len(sites.asked) == count


async def test_neighbours_that_do_not_answer_fail_no_request(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    async with faces_world(tmp_path, model=True, wiki_url=nobody, timetable_url=nobody) as world:
        (face,) = (await world.client.recognize([photo()])).pictures[0].faces
        assert (face.unknown, face.wiki_url, face.appearances) == (False, None, [])


async def test_a_face_that_was_recognised_is_told_with_its_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with faces_world(tmp_path, model=True) as world, Sites().neighbours() as neighbours:
        monkeypatch.setattr(world.faces.recognizing, "_acquaintances", neighbours)
        model = world.faces.following.need()
        labels = tuple(Label(f"label-{at}", "Aoi", AOI.keyword) for at in range(3))
        object.__setattr__(model.manifest, "labels", labels)
        (face,) = (await world.client.recognize([photo()])).pictures[0].faces
        assert face.wiki_url == f"{WIKI}/keyword/Aoi%20%28singer%29"
        assert [one.title for one in face.appearances] == ["Night", "Aoi"]
        page = await world.http.post("/look", files={"picture": photo()}, headers={"accept": "text/html"})
        assert "Aoi in the wiki" in page.text
        assert "2026-08-07 18:30" in page.text
        object.__setattr__(model.manifest, "drawn", True)
        (face,) = (await world.client.recognize([photo()])).pictures[0].faces
        assert (face.wiki_url, face.appearances) == (None, [])
