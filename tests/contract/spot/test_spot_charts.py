"""Charts over REST and from Python: what is on them, how large they are, what is refused."""

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from contract.refusals import problem_of
from contract.spot.spot_world import World, at, spot_world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as made:
        yield made


def keys(svg: bytes) -> set[str]:
    """The zones whose lines are on a chart."""
    found = ET.fromstring(svg).findall(".//{*}g[@class='series']")
    return {group.attrib["data-key"].split("|")[1] for group in found}


async def test_a_chart_says_what_it_is_of_and_where_its_prices_are_from(world: World) -> None:
    answer = await world.http.get("/v1/chart.svg?type=g5.2xlarge")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    root = ET.fromstring(answer.content)
    assert (root.attrib["width"], root.attrib["height"]) == ("960", "480")
    assert root.attrib["aria-label"] == (
        "g5.2xlarge, 6 h to 2026-04-18 09:30: cheapest now euw1-az3 at $0.3977 an hour (synthetic (seed 7))"
    )
    words = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"synthetic (seed 7)", "use1-az1", "$0.4361", "UTC"} <= words
    assert keys(answer.content) == {"use1-az1", "use1-az2", "euw1-az3"}


async def test_pools_are_chosen_as_for_prices(world: World) -> None:
    assert keys(await world.client.chart(["g5.*"], regions=["eu"], format="svg")) == {"euw1-az3"}
    windows = await world.client.chart(["g5.*"], zones=["us-east-1a"], products=["windows"], format="svg")
    assert keys(windows) == {"use1-az1"}


async def test_a_png_has_the_size_that_is_asked_for(world: World) -> None:
    image = Image.open(BytesIO(await world.client.chart(width=400, height=300, scale=2, theme="dark")))
    assert (image.format, image.size) == ("PNG", (800, 600))
    assert image.convert("RGB").getpixel((0, 0)) == (20, 24, 31)
    assert "synthetic (seed 7)" in image.info["Description"]
    small = Image.open(BytesIO(await world.client.chart(["g5.*"], style="sparkline")))
    assert small.size == (120, 28)


async def test_a_chart_of_the_past_has_what_was_known_then(world: World) -> None:
    end = datetime.fromtimestamp(at("08:00:00"), UTC)
    svg = await world.client.chart(["g5.2xlarge"], end=end, window="3h", format="svg", band="all", log=True)
    assert "3 h to 2026-04-18 08:00" in ET.fromstring(svg).attrib["aria-label"]


async def test_a_chart_that_is_had_already_is_not_sent_again(world: World) -> None:
    first = await world.http.get("/v1/chart.png?type=g5.*")
    again = await world.http.get("/v1/chart.png?type=g5.*", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await world.http.get("/v1/chart.png?type=g5.*&theme=dark")
    assert other.headers["etag"] != first.headers["etag"]


async def test_many_charts_at_once_are_all_drawn(world: World) -> None:
    charts = await asyncio.gather(
        *(world.client.chart(["g5.2xlarge"], width=300 + number, format="svg") for number in range(40))
    )
    assert len(set(charts)) == 40


@pytest.mark.parametrize("size", ["width=16&height=16", "width=16", "height=16", "width=2000&height=1200"])
@pytest.mark.parametrize("style", ["full", "sparkline"])
async def test_every_size_that_may_be_asked_for_is_drawn(world: World, size: str, style: str) -> None:
    for kind in ("svg", "png"):
        answer = await world.http.get(f"/v1/chart.{kind}?style={style}&{size}")
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("window=99999w", "bad-span"),
        ("window=soon", "unprocessable-content"),
        ("width=2001", "unprocessable-content"),
        ("height=1", "unprocessable-content"),
        ("theme=pink", "unprocessable-content"),
        ("style=pie", "unprocessable-content"),
        ("band=far", "unprocessable-content"),
        ("end=yesterday", "unprocessable-content"),
        ("type=p9.*", "unknown-name"),
        ("region=mars", "unknown-name"),
    ],
)
@pytest.mark.parametrize("kind_of_file", ["svg", "png"])
async def test_what_cannot_be_drawn_is_refused(world: World, kind_of_file: str, query: str, kind: str) -> None:
    problem = problem_of(await world.http.get(f"/v1/chart.{kind_of_file}?{query}"), 422)
    assert problem.type == f"urn:genba:problem:{kind}"


async def test_before_any_price_there_is_an_empty_chart(world: World) -> None:
    end = datetime.fromtimestamp(at("00:30:00"), UTC)
    svg = await world.client.chart(["g5.2xlarge"], end=end, window="15m", format="svg")
    assert "no prices" in {text.text for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    spark = await world.client.chart(["c7i.large"], style="sparkline", format="svg")
    assert ET.fromstring(spark).findall(".//{*}path") == []
