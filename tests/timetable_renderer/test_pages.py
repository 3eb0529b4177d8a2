"""The site over ASGI: which festival is shown, what is said where there is none, shared links that are odd."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser

from contract.timetable.timetable_world import CONFIG, DAY_1, DAY_2, FESTIVAL
from genba_servicekit.testing import app_client
from timetable_renderer.app import create_app
from timetable_renderer.settings import TimetableSettings


@asynccontextmanager
async def site(folder: Path, *, source: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    """A site with the festival of `CONFIG`, whose source is there or not."""
    (folder / "fes.json").write_text(json.dumps(CONFIG))
    if source:
        (folder / "time.json").write_text(json.dumps({"day1": DAY_1, "day2": DAY_2}))
    app = create_app(TimetableSettings(data_dir=folder / "var", festivals=folder / "fes.json", access_log=False))
    async with app_client(app, headers={"accept": "text/html", "accept-language": "en"}) as client:
        while (await client.get(f"/v1/festivals/{FESTIVAL}/state")).json()["tried_at"] is None:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.05)
        yield client


async def test_a_site_without_festivals_says_how_to_add_one(tmp_path: Path) -> None:
    app = create_app(TimetableSettings(data_dir=tmp_path, access_log=False))
    async with app_client(app, headers={"accept-language": "en"}) as client:
        assert "No festival yet" in (await client.get("/")).text


async def test_a_festival_whose_source_cannot_be_had_says_so_without_its_path(tmp_path: Path) -> None:
    async with site(tmp_path, source=False) as client:
        page = (await client.get("/")).text
        assert "げんばフェス 2026 has no timetable yet" in page
        assert "time.json" in page
        assert str(tmp_path) not in page
        assert str(tmp_path) not in (await client.get(f"/v1/festivals/{FESTIVAL}/state")).text


async def test_a_cut_link_still_leads_to_the_festival(tmp_path: Path) -> None:
    async with site(tmp_path) as client:
        answer = await client.get(f"/f/{FESTIVAL}?from=nothing")
        assert answer.status_code == 200
        page = LexborHTMLParser(answer.text)
        assert len(page.css(".slot")) == 6
        assert page.css("input[checked]") == []


async def test_a_form_without_picks_is_told_what_is_missing(tmp_path: Path) -> None:
    async with site(tmp_path) as client:
        answer = await client.post("/t", data={"festival": FESTIVAL})
        assert (answer.status_code, "Pick at least one slot." in answer.text) == (400, True)


async def test_night_slots_are_written_as_the_festival_does(tmp_path: Path) -> None:
    async with site(tmp_path) as client:
        page = LexborHTMLParser((await client.get("/")).text)
        assert "25:30–26:15" in [when.text() for when in page.css(".when")]
