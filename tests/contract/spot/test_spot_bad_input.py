"""What the price service cannot answer is refused with a reason."""

from collections.abc import AsyncIterator

import pytest

from contract.refusals import problem_of
from contract.spot.spot_world import World, spot_world

pytestmark = pytest.mark.anyio

WINDOW = "start=2026-04-18T06:30:00Z&end=2026-04-18T09:30:00Z"


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as made:
        yield made


@pytest.mark.parametrize("path", ["/v1/prices", "/v1/prices/history", "/v1/statistics"])
@pytest.mark.parametrize(
    ("query", "kind", "name", "near"),
    [
        ("region=us-esat-1", "region", "us-esat-1", "us-east-1"),
        ("region=us-east-1&region=mars", "region", "mars", None),
        ("type=g5.2xlrage", "instance type", "g5.2xlrage", "g5.2xlarge"),
        ("type=p9.*", "instance type", "p9.*", None),
        ("zone=use1-az9", "zone", "use1-az9", "use1-az1"),
        ("product=Linus", "product description", "Linus", "Linux/UNIX"),
    ],
)
async def test_a_name_that_nothing_has_is_told_with_those_like_it(  # noqa: PLR0917
    world: World, path: str, query: str, kind: str, name: str, near: str | None
) -> None:
    problem = problem_of(await world.http.get(f"{path}?{query}"), 422)
    said = problem.model_extra or {}
    assert (said["kind"], said["name"]) == (kind, name)
    assert near is None or near in said["near"]
    assert problem.type == "urn:genba:problem:unknown-name"


@pytest.mark.parametrize("query", ["type=p9.*", "region=mars", "product=Linus"])
async def test_types_are_asked_for_by_names_that_there_are(world: World, query: str) -> None:
    problem_of(await world.http.get(f"/v1/types?{query}"), 422)


@pytest.mark.parametrize(
    "query",
    [
        "start=2026-04-18T09:30:00Z&end=2026-04-18T09:00:00Z",
        "start=2026-04-18T09:30:00Z&end=2026-04-18T09:30:00Z",
        "start=2036-04-18T09:30:00Z",
        "start=9999-12-31T23:59:59-23:59",
        "start=2036-04-18T09:30:00Z&end=9999-12-31T23:59:59-23:59",
        "end=1969-04-18T09:30:00Z",
    ],
)
@pytest.mark.parametrize("path", ["/v1/prices/history", "/v1/statistics"])
async def test_a_window_that_ends_before_it_begins_is_refused(world: World, path: str, query: str) -> None:
    problem = problem_of(await world.http.get(f"{path}?{query}"), 422)
    assert problem.type == "urn:genba:problem:reversed-window"


@pytest.mark.parametrize(
    ("resolution", "start", "kind"),
    [
        ("1m", "2026-01-01T00:00:00Z", "too-many-points"),
        ("2d", "2026-01-01T00:00:00Z", "resolution-out-of-range"),
        ("9999m", "2026-01-01T00:00:00Z", "resolution-out-of-range"),
    ],
)
async def test_an_answer_that_would_be_too_long_is_refused(
    world: World, resolution: str, start: str, kind: str
) -> None:
    problem = problem_of(await world.http.get(f"/v1/prices/history?resolution={resolution}&start={start}"), 422)
    assert problem.type == f"urn:genba:problem:{kind}"
    if kind == "too-many-points":
        assert (problem.model_extra or {})["points"] > (problem.model_extra or {})["most"] == 100_000


@pytest.mark.parametrize(
    "path",
    [
        "/v1/prices?limit=0",
        "/v1/prices?limit=2001",
        "/v1/prices?limit=many",
        "/v1/prices?type=",
        "/v1/prices?type=g5[.]x",
        f"/v1/prices?type={'g' * 65}",
        "/v1/prices?region=us%20east",
        "/v1/prices?zone=%01",
        "/v1/prices?product=%3Cb%3E",
        "/v1/prices?" + "&".join(["region=us"] * 101),
        "/v1/prices/history?start=yesterday",
        "/v1/prices/history?start=1776497400",
        "/v1/prices/history?start=2026-04-18",
        "/v1/prices/history?start=2026-04-18T09:30:00",
        "/v1/prices/history?start=2026-04-18T09:30:00+09:00",
        "/v1/prices/history?start=2026-02-30T09:30:00Z",
        f"/v1/prices/history?{WINDOW}&resolution=0m",
        f"/v1/prices/history?{WINDOW}&resolution=10s",
        f"/v1/prices/history?{WINDOW}&resolution=10000m",
        "/v1/statistics?threshold=0",
        "/v1/statistics?threshold=nan",
        "/v1/statistics?threshold=inf",
        "/v1/statistics?threshold=cheap",
        "/v1/statistics?start=yesterday",
        "/v1/types?gpus=-1",
        "/v1/types?limit=501",
    ],
)
async def test_what_is_out_of_bounds_is_told_where(world: World, path: str) -> None:
    assert problem_of(await world.http.get(path), 422).errors


@pytest.mark.parametrize("path", ["/v1/prices", "/v1/types"])
@pytest.mark.parametrize("cursor", ["x", "あ", "cTo0", "ZTox"])
async def test_a_cursor_that_no_list_gave_is_refused(world: World, path: str, cursor: str) -> None:
    problem_of(await world.http.get(path, params={"cursor": cursor}), 400)
