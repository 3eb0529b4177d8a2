"""What the timetable's API cannot take is refused with a reason, and nothing changes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.refusals import problem_of
from contract.timetable.timetable_world import AT, FESTIVAL, World, timetable_world

pytestmark = pytest.mark.anyio

SPEC: dict[str, Any] = {"name": "Fes", "sources": [{"url": "https://fes.example.org/time.json"}]}
OTHER = "/v1/festivals/other"


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with timetable_world(tmp_path_factory.mktemp("timetable")) as made:
        yield made


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of who may write; what is set up is the same before and after its test."""
    before = (await world.http.get("/v1/festivals")).json()
    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://timetable.test", headers=world.write) as client:
        yield client
    assert (await world.http.get("/v1/festivals")).json() == before


@pytest.mark.parametrize(
    "path",
    [
        "/v1/festivals/nobody",
        "/v1/festivals/nobody/state",
        "/v1/festivals/nobody/slots",
        "/v1/festivals/nobody/performers",
        "/v1/festivals/nobody/versions",
        "/v1/festivals/nobody/versions/1",
        "/v1/festivals/nobody/versions/1/diff",
        "/v1/festivals/nobody/plan?pick=a",
        "/v1/festivals/nobody/picture?pick=a",
        "/v1/festivals/nobody/events",
        f"{AT}/slots/nothing",
        f"{AT}/versions/99",
        f"{AT}/versions/1/diff?since=98",
        "/v1/shares/aaaaaaaaaa",
        "/v1/nothing",
    ],
)
async def test_what_is_not_there_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    problem_of(await http.get(path), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/festivals/No%20Such",
        f"/v1/festivals/{'a' * 65}",
        f"{AT}/versions/0",
        f"{AT}/versions/one",
        f"{AT}/versions/99999999999999999999",
        f"{AT}/slots?limit=0",
        f"{AT}/slots?limit=501",
        f"{AT}/slots?day=2026-02-30",
        f"{AT}/slots?day=today",
        f"{AT}/slots?kind=dance",
        f"{AT}/slots?from=30:00",
        f"{AT}/slots?to=9:00",
        f"{AT}/slots?q={'a' * 201}",
        f"{AT}/slots?q=%01",
        f"{AT}/plan",
        f"{AT}/plan?pick=",
        f"{AT}/plan?pick={'a' * 65}",
        f"{AT}/picture?pick=a&scale=0",
        f"{AT}/picture?pick=a&scale=4",
        f"{AT}/picture?pick=a&scale=1.5",
        f"{AT}/picture?pick=a&width=319",
        f"{AT}/picture?pick=a&width=100000",
        f"{AT}/picture?pick=a&height=7681",
        f"{AT}/picture?pick=a&day=0",
        f"{AT}/picture?pick=a&inset_top=-1",
        f"{AT}/picture?pick=a&layout=poster",
        f"{AT}/picture?pick=a&theme=pink",
        f"{AT}/picture?pick=a&format=bmp",
        f"{AT}/picture?pick=a&language=fr",
        f"{AT}/picture?pick=a&qr=perhaps",
        "/v1/shares/short",
        "/v1/shares/AAAAAAAAAA",
    ],
)
async def test_what_is_out_of_bounds_is_told_where(http: httpx.AsyncClient, path: str) -> None:
    assert problem_of(await http.get(path), 422).errors


@pytest.mark.parametrize("cursor", ["x", "bzoxLjI", "czoxLjE", "bzp4Lnk", "bzo5OS4x", "bzoxLi0x", "あ"])
async def test_a_cursor_that_no_list_gave_is_refused(http: httpx.AsyncClient, cursor: str) -> None:
    answer = await http.get(f"{AT}/slots", params={"cursor": cursor})
    if cursor == "bzoxLjI":  # it is one: version 1, from the second on
        assert answer.status_code == 200
    else:
        problem_of(answer, 400)


async def test_picks_that_are_not_there_are_all_listed(world: World, http: httpx.AsyncClient) -> None:
    ids = list((await world.ids()).values())
    unknown = ["20260807-1030-aaaaaa", "日本", "<b>"]
    picks = [ids[0], *unknown, ids[1]]
    for kind in ("plan", "picture", "calendar.ics", "text"):
        for answer in (
            await http.get(f"{AT}/{kind}", params={"pick": picks}),
            await http.post(f"{AT}/{kind}", json={"picks": picks}),
        ):
            problem = problem_of(answer, 422)
            assert (problem.model_extra or {})["unknown"] == unknown
            assert problem.detail == f"3 of 5 picks are not in version 1 of “{FESTIVAL}”."
    answer = await http.post("/v1/shares", json={"festival": FESTIVAL, "picks": picks})
    assert (problem_of(answer, 422).model_extra or {})["unknown"] == unknown


async def test_stages_and_days_that_are_not_there_are_all_listed(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{AT}/slots", params={"stage": ["hot-stage", "moon", "mars"]})
    assert (problem_of(answer, 422).model_extra or {})["unknown"] == ["moon", "mars"]
    answer = await http.get(f"{AT}/slots", params={"day": ["2026-08-07", "2027-01-01"]})
    assert (problem_of(answer, 422).model_extra or {})["unknown"] == ["2027-01-01"]


@pytest.mark.parametrize("kind", ["plan", "picture", "calendar.ics", "text"])
async def test_more_than_500_picks_are_refused(http: httpx.AsyncClient, kind: str) -> None:
    picks = [f"p{number}" for number in range(501)]
    problem_of(await http.post(f"{AT}/{kind}", json={"picks": picks}), 422)
    problem_of(await http.get(f"{AT}/{kind}", params={"pick": picks}), 422)
    problem_of(await http.post(f"{AT}/{kind}", json={"picks": ["p"] * 200_000}), 413, 422)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"picks":"abc"}',
        b'{"picks":[1]}',
        b'{"picks":[]}',
        b'{"picks":["a"],"colour":"#ffffff"}',
        b'{"picks":["a"],"scale":"2"}',
        b'{"picks":["a"],"scale":1e400}',
        b'{"picks":["a"],"width":NaN}',
        b'{"picks":["\xff"]}',
        b"[" * 100_000,
    ],
    ids=lambda body: body[:30].decode("latin-1"),
)
async def test_a_body_that_does_not_fit_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post(f"{AT}/picture", content=body, headers={"Content-Type": "application/json"})
    problem_of(answer, 400, 422)


async def test_a_day_that_the_festival_does_not_have_is_refused(world: World, http: httpx.AsyncClient) -> None:
    pick = next(iter((await world.ids()).values()))
    problem = problem_of(await http.get(f"{AT}/picture", params={"pick": pick, "layout": "day", "day": 3}), 422)
    assert problem.detail == "day: the festival has 2 days."


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"timezone": "Asia/Tokio"}, "body/timezone"),
        ({"timezone": "../../etc/passwd"}, "body/timezone"),
        ({"timezone": ""}, "body/timezone"),
        ({"days": ["2026-08-08", "2026-08-07"]}, "body/days"),
        ({"days": ["2026-13-01"]}, "body/days/0"),
        ({"day_boundary": "25:00"}, "body/day_boundary"),
        ({"sources": []}, "body/sources"),
        ({"sources": [{"file": "/etc/passwd"}]}, "body/sources/0/url"),
        ({"sources": [{"url": "ftp://fes.example.org"}]}, "body/sources/0/url"),
        ({"stages": [{"name": "A"}, {"name": "Ａ"}, {"name": "B", "aliases": ["a"]}]}, "body"),
        ({"refresh_seconds": 1}, "body/refresh_seconds"),
        ({"name": "a\u202eb"}, "body/name"),
    ],
    ids=str,
)
async def test_a_festival_that_cannot_be_is_refused(
    http: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    problem = problem_of(await http.put(OTHER, json={**SPEC, **change}), 422)
    assert pointer in [item.pointer for item in problem.errors or []]


async def test_what_is_written_takes_a_key(world: World) -> None:
    for method, path, body in (("PUT", OTHER, SPEC), ("DELETE", AT, None), ("POST", f"{AT}/refresh", None)):
        problem_of(await world.http.request(method, path, json=body), 401)
        wrong = {"Authorization": f"Bearer gk_{'a' * 43}"}
        problem_of(await world.http.request(method, path, json=body, headers=wrong), 401)
        reader = {"Authorization": f"Bearer {world.reader}"}
        problem_of(await world.http.request(method, path, json=body, headers=reader), 403)


async def test_who_shares_too_often_is_told_to_wait(tmp_path: Path) -> None:
    async with timetable_world(tmp_path, share_limit="2/minute") as world:
        picks = list((await world.ids()).values())
        for pick in picks[:2]:
            made = await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": [pick]})
            assert made.status_code == 201
        for refused in (
            await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": picks}),
            await world.http.get(f"{AT}/picture", params={"pick": picks[2], "qr": True}),
            await world.http.post("/t", data={"festival": FESTIVAL, "pick": picks[2]}),
        ):
            assert int(refused.headers["retry-after"]) > 0
            problem_of(refused, 429)
        # What is shared already makes no new row, whoever shares it.
        again = await world.http.post("/v1/shares", json={"festival": FESTIVAL, "picks": picks[:1]})
        assert again.status_code == 201
        drawn = await world.http.get(f"{AT}/picture", params={"pick": picks[0], "qr": True})
        assert drawn.status_code == 200
