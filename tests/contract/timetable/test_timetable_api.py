"""The timetable's REST API: festivals, slots, picks, shares, updates."""

import asyncio
import json
from collections.abc import AsyncIterator
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from PIL import Image

from contract.timetable.timetable_world import AT, CONFIG, DAY_1, FESTIVAL, World, timetable_world
from timetable_renderer.usecases.picking import share_key

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with timetable_world(tmp_path) as made:
        yield made


async def get(world: World, path: str, status: int = 200, **params: Any) -> Any:
    answer = await world.http.get(path, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def titles(world: World, **params: Any) -> list[str]:
    return [slot["title"] for slot in (await get(world, f"{AT}/slots", **params))["items"]]


async def test_a_festival_is_listed_and_told_of_whole(world: World) -> None:
    (listed,) = (await get(world, "/v1/festivals"))["items"]
    assert (listed["id"], listed["slots"], listed["version"], listed["failing"]) == (FESTIVAL, 6, 1, False)
    festival = await get(world, AT)
    assert festival["days"] == ["2026-08-07", "2026-08-08"]
    assert [(stage["id"], stage["slots"]) for stage in festival["stages"]] == [("hot-stage", 3), ("sky-stage", 3)]
    assert {"start": "hot-stage", "goal": "sky-stage", "minutes": 15} in festival["walks"]


async def test_slots_are_narrowed_down_by_everything_at_once(world: World) -> None:
    assert len(await titles(world)) == 6
    assert await titles(world, q="かふぇ") == ["朝焼けカフェ", "カフェ・ラテ"]
    assert await titles(world, stage="sky-stage", day="2026-08-07", to="11:00") == ["カフェ・ラテ"]
    assert await titles(world, **{"from": "24:00", "to": "29:00"}) == ["夜更かしDJ"]
    assert await titles(world, kind="greeting") == []
    late = (await get(world, f"{AT}/slots", q="夜更かし"))["items"][0]
    assert (late["day"], late["start"]) == ("2026-08-07", "2026-08-08T01:30:00+09:00")


async def test_the_pages_of_a_list_are_of_one_version(world: World) -> None:
    first = await get(world, f"{AT}/slots", limit=4)
    assert (len(first["items"]), first["total"], first["version"]) == (4, 6, 1)
    await world.update({})
    second = await get(world, f"{AT}/slots", limit=4, cursor=first["next_cursor"])
    assert (len(second["items"]), second["version"], second["next_cursor"]) == (2, 1, None)
    assert (await get(world, f"{AT}/slots"))["version"] == 2


async def test_a_slot_and_its_performers_are_found(world: World) -> None:
    ids = await world.ids()
    slot = await get(world, f"{AT}/slots/{ids['The Amplifiers']}")
    assert (slot["detail"], slot["links"]) == ("Loud\nLouder", [])
    performers = await get(world, f"{AT}/performers", q="AMP")
    assert performers["items"] == [{"name": "The Amplifiers", "slots": [slot["id"]], "url": None}]
    assert (await get(world, f"{AT}/performers", limit=2))["total"] == 6


async def test_every_version_is_kept_with_what_it_changed(world: World) -> None:
    changed = deepcopy(DAY_1)
    changed["HOT STAGE"][0]["start"], changed["HOT STAGE"][0]["end"] = "1035", "1105"
    changed["SKY STAGE"][0]["artist"] = "カフェ・モカ"
    del changed["SKY STAGE"][2]
    await world.update(changed)
    versions = await get(world, f"{AT}/versions")
    assert [one["version"] for one in versions["items"]] == [2, 1]
    diff = await get(world, f"{AT}/versions/2/diff")
    assert [one["after"]["title"] for one in diff["moved"]] == ["朝焼けカフェ"]
    assert [(one["after"]["title"], one["renamed"]) for one in diff["changed"]] == [("カフェ・モカ", True)]
    assert [one["title"] for one in diff["removed"]] == ["夜更かしDJ"]
    assert len((await get(world, f"{AT}/versions/1/diff"))["added"]) == 6
    before = await get(world, f"{AT}/versions/1")
    assert before["items"][0]["title"] == "朝焼けカフェ"
    assert before["slots"] == 6
    await get(world, f"{AT}/versions/9", status=404)


async def test_picks_come_to_a_plan_with_all_clashes_and_walks(world: World) -> None:
    ids = await world.ids()
    picks = [ids[title] for title in ("朝焼けカフェ", "カフェ・ラテ", "The Amplifiers", "夜更かしDJ")]
    plan = await get(world, f"{AT}/plan", pick=picks)
    (day,) = plan["days"]
    assert [slot["id"] for slot in day["picks"]] == [picks[0], picks[1], picks[2], picks[3]]
    assert [(one["first"], one["second"], one["minutes"]) for one in day["clashes"]] == [
        (picks[0], picks[1], 10),
        (picks[1], picks[2], 20),
    ]
    assert [gap["minutes"] for gap in day["gaps"]] == [14 * 60]
    posted = await world.http.post(f"{AT}/plan", json={"picks": picks[::-1]})
    assert posted.json() == plan


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({}, "image/png"),
        ({"format": "webp"}, "image/webp"),
        ({"format": "svg"}, "image/svg+xml"),
        ({"format": "pdf"}, "application/pdf"),
    ],
)
async def test_picks_become_a_picture_in_every_format(world: World, asked: dict[str, str], kind: str) -> None:
    ids = await world.ids()
    answer = await world.http.get(f"{AT}/picture", params={"pick": list(ids.values()), **asked})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == kind
    if kind == "image/png":
        assert Image.open(BytesIO(answer.content)).size[0] == 1080
    accepted = await world.http.post(f"{AT}/picture", json={"picks": list(ids.values())}, headers={"Accept": kind})
    assert accepted.headers["content-type"] == kind
    assert accepted.content == answer.content
    known = {"If-None-Match": answer.headers["etag"], "Accept": kind}
    again = await world.http.get(f"{AT}/picture", params={"pick": list(ids.values())}, headers=known)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_picture_is_drawn_once_for_the_same_picks_in_any_order(world: World) -> None:
    ids = list((await world.ids()).values())
    answers = await asyncio.gather(
        *(world.http.post(f"{AT}/picture", json={"picks": picks}) for picks in (ids, ids[::-1], ids + ids))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert world.renderer.picturing.counts["drawn"] == 1


async def test_a_code_on_the_picture_leads_to_the_picks(world: World) -> None:
    ids = list((await world.ids()).values())[:2]
    answer = await world.http.get(f"{AT}/picture", params={"pick": ids, "qr": "true", "format": "svg"})
    assert answer.status_code == 200
    shared = (await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": ids})).json()
    assert (await get(world, f"/v1/shares/{shared['key']}"))["picks"] == sorted(ids)


async def test_picks_go_into_a_calendar_and_a_message(world: World) -> None:
    ids = await world.ids()
    params: dict[str, Any] = {"pick": [ids["夜更かしDJ"], ids["朝焼けカフェ"]]}
    answer = await world.http.get(f"{AT}/calendar.ics", params=params)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert [str(event["SUMMARY"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")] == [
        "朝焼けカフェ",
        "夜更かしDJ",
    ]
    await world.renderer.refreshing.refresh(FESTIVAL)  # seen again, and nothing has changed
    known = {"If-None-Match": answer.headers["etag"]}
    assert (await world.http.get(f"{AT}/calendar.ics", params=params, headers=known)).status_code == 304
    text = (await world.http.get(f"{AT}/text", params={**params, "language": "en"})).text
    assert text.splitlines()[2:] == [
        "Fri 7 Aug",
        "10:30–11:00 HOT STAGE 朝焼けカフェ",
        "25:30–26:15 SKY STAGE 夜更かしDJ",
    ]


async def test_shared_picks_say_what_moved_and_what_is_gone(world: World) -> None:
    ids = await world.ids()
    picks = [ids["朝焼けカフェ"], ids["夜更かしDJ"], ids["うめぼしロック"]]
    made = await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": picks})
    assert made.status_code == 201
    share = made.json()
    assert made.headers["location"] == f"/v1/shares/{share['key']}"
    assert share["url"] == f"http://timetable.test/t/{share['key']}"
    again = await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": picks[::-1]})
    assert again.json() == share

    changed = deepcopy(DAY_1)
    changed["HOT STAGE"][0]["start"], changed["HOT STAGE"][0]["end"] = "1035", "1105"
    del changed["SKY STAGE"][2]
    await world.update(changed)
    changed["HOT STAGE"][0]["start"] = "1040"
    await world.update(changed)
    now = await get(world, f"/v1/shares/{share['key']}")
    assert [(one["before"], one["after"]["start"]) for one in now["moved"]] == [(picks[0], "2026-08-07T10:40:00+09:00")]
    assert [(one["id"], one["slot"]["title"]) for one in now["gone"]] == [(picks[1], "夜更かしDJ")]
    assert [slot["title"] for slot in now["slots"]] == ["朝焼けカフェ", "うめぼしロック"]

    text = (await world.http.get(f"/t/{share['key']}.txt", headers={"Accept-Language": "en"})).text
    assert text.endswith(
        "\nThe timetable has changed since. These picks moved or are gone:\n"
        "朝焼けカフェ → Fri 7 Aug 10:40 HOT STAGE\n夜更かしDJ (Fri 7 Aug 25:30)\n"
    )

    refused = await world.http.get(f"{AT}/plan", params={"pick": picks})
    assert refused.status_code == 422
    problem = refused.json()
    assert problem["unknown"] == picks[:2]
    assert problem["moved"] == {picks[0]: now["moved"][0]["after"]["id"]}


async def test_picks_that_meet_the_key_of_others_get_a_longer_one(world: World) -> None:
    ids = list((await world.ids()).values())
    key = share_key(FESTIVAL, ids)
    assert key == share_key(FESTIVAL, ids[::-1] + ids)
    await world.renderer.picking._shares.put(key, FESTIVAL, tuple(sorted(ids[:1])))
    made = await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": ids})
    assert made.json()["key"] == share_key(FESTIVAL, ids, 16)
    assert (await get(world, f"/v1/shares/{key}"))["picks"] == ids[:1]
    assert (await get(world, f"/v1/shares/{made.json()['key']}"))["picks"] == sorted(ids)


async def test_a_festival_is_set_up_and_forgotten_by_who_has_a_key(world: World) -> None:
    spec = {"name": "Other", "sources": [{"url": "http://127.0.0.1:9/time.json"}]}
    other = "/v1/festivals/other"
    assert (await world.http.put(other, json=spec)).status_code == 401
    reader = {"Authorization": f"Bearer {world.reader}"}
    assert (await world.http.put(other, json=spec, headers=reader)).status_code == 403
    made = await world.http.put(other, json=spec, headers=world.write)
    assert (made.status_code, made.headers["location"], made.json()["version"]) == (201, other, 0)
    assert (await world.http.put(other, json=spec, headers=world.write)).status_code == 200
    refreshed = await world.http.post(f"{other}/refresh", headers=world.write)
    assert (refreshed.json()["result"], refreshed.json()["version"]) == ("refused", 0)
    assert "127.0.0.1" in json.dumps((await get(world, f"{other}/state"))["faults"])
    assert (await get(world, other, status=404))["title"] == "There is no timetable yet"
    assert (await world.http.delete(other, headers=world.write)).status_code == 204
    assert (await get(world, other, status=404))["title"] == "There is no such festival"


async def test_what_a_file_sets_up_only_the_file_changes(world: World) -> None:
    spec = {"name": CONFIG["name"], "sources": [{"url": "https://fes.example.org/time.json"}]}
    assert (await world.http.put(AT, json=spec, headers=world.write)).status_code == 409
    assert (await world.http.delete(AT, headers=world.write)).status_code == 409


async def test_who_follows_a_festival_hears_of_each_version(world: World) -> None:
    told = world.renderer.updates.follow(FESTIVAL, None)
    waiting = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0)
    await world.update({})
    current = await waiting
    assert current is not None
    assert current.version == 2
    await told.aclose()  # type: ignore[attr-defined]
    assert len(world.renderer.updates) == 0
    missed = await anext(world.renderer.updates.follow(FESTIVAL, 1))
    assert missed is not None
    assert missed.version == 2
    assert (await world.http.head(f"{AT}/events")).headers["content-type"].startswith("text/event-stream")


async def test_all_reads_have_a_tag_that_saves_the_body(world: World) -> None:
    ids = list((await world.ids()).values())[:1]
    (await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": ids})).raise_for_status()
    paths = ["/v1/festivals", AT, f"{AT}/state", f"{AT}/slots", f"{AT}/slots/{ids[0]}", f"{AT}/performers"]
    paths += [f"{AT}/versions", f"{AT}/versions/1", f"{AT}/versions/1/diff"]
    paths += [f"{AT}/{kind}?pick={ids[0]}" for kind in ("plan", "text", "calendar.ics", "picture")]
    for path in paths:
        first = await world.http.get(path)
        assert first.headers["cache-control"] == "no-cache", path
        again = await world.http.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
