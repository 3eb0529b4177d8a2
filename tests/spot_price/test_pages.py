"""The page over ASGI: what is cheapest, the chart without scripts, regions that fail, what is typed wrongly."""

import json
import math
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from genba_servicekit.testing import app_client
from spot_page import ASKED, TYPE, fill
from spot_price.app import create_app
from spot_price.core.chart.looks import THEMES, ThemeName
from spot_price.settings import SpotSettings

CSS = Path(__file__).parents[2] / "services/spot-price/src/spot_price/static/site.css"


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    data = tmp_path_factory.mktemp("spot")
    await fill(data, int(time.time()))
    settings = SpotSettings(data_dir=data, source="synthetic", regions=tuple(json.loads(ASKED)), access_log=False)
    async with app_client(create_app(settings), headers={"accept": "text/html", "accept-language": "en"}) as client:
        yield client


async def page(site: httpx.AsyncClient, query: str = "") -> LexborHTMLParser:
    answer = await site.get(f"/?{query}")
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def texts(found: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text().split()) for node in found.css(selector)]


async def test_the_cheapest_is_said_first(site: httpx.AsyncClient) -> None:
    (said,) = texts(await page(site), "h1")
    assert said.startswith("Cheapest now $0.0302 euw1-az1 · g5.2xlarge · ")
    assert said.endswith(" % off on-demand")


async def test_the_header_says_that_prices_are_made_up(site: httpx.AsyncClient) -> None:
    found = await page(site)
    assert texts(found, ".source.synthetic")[0].startswith("Source: synthetic")
    assert "These prices are made up." in texts(found, ".banner")[0]
    assert "架空" in (await site.get("/", headers={"accept-language": "ja"})).text


async def test_regions_are_listed_with_their_zones_by_price(site: httpx.AsyncClient) -> None:
    found = await page(site)
    regions = [text.split()[0] for text in texts(found, "tr.region")]
    assert regions[0] == "eu-west-1"
    assert regions[-1] == "me-south-1"
    assert set(regions[1:-1]) == {"us-east-1", "us-west-2", "ap-northeast-3"}
    assert texts(found, "tr[data-key^='eu-west-1'] th") == [
        "euw1-az1 eu-west-1a", "euw1-az2 eu-west-1b", "euw1-az3 eu-west-1c"
    ]  # fmt: skip
    assert len(found.css("tr[data-key] .spark svg path")) >= len(found.css("tr[data-key]"))


async def test_a_region_that_fails_says_why_on_its_row_and_hides_no_other(site: httpx.AsyncClient) -> None:
    reasons = texts(await page(site), "tbody.failing .reason")
    assert len(reasons) == 2
    assert "RequestLimitExceeded <again>" in reasons[0]
    assert reasons[1].startswith("Cannot be asked since 2 h ago: you are not subscribed")


async def test_the_chart_is_there_without_scripts_and_without_styles_of_its_own(site: httpx.AsyncClient) -> None:
    found = await page(site)
    for size in ("desk", "phone"):
        lines = found.css(f"#plot .{size} g.series path")
        assert len(lines) >= 4
    assert found.css("[style]") == []
    assert found.css("style") == []
    gap = found.css("#plot .desk g[data-key*='euw1-az2'] path")
    assert len(gap) == 2


async def test_choosing_narrows_what_is_shown(site: httpx.AsyncClient) -> None:
    found = await page(site, "type=g5.2xlarge&region=us-west&window=1h")
    assert {text.split()[0] for text in texts(found, "tr.region")} == {"us-west-2"}
    several = await page(site, "type=g5.*+g6.2xlarge&region=us-east-1,us-west-2&band=all&log=on")
    assert len(set(texts(several, "td.type"))) > 1
    assert [box.attributes["value"] for box in several.css("#wish input[name=type]")] == ["g5.* g6.2xlarge"]
    assert ["checked" in box.attributes for box in several.css("#wish input[name=log]")] == [True]


@pytest.mark.parametrize(
    ("by", "label", "first"),
    [
        ("price", "Cheapest now", "$0.0302"),
        ("vcpu", "Cheapest vCPU now", "$0.0038"),
        ("gpu", "Cheapest GPU now", "$0.0302"),
        ("gpu-memory", "Cheapest GiB of GPU memory now", "$0.0013"),
        ("discount", "Largest discount now", "98 % off on-demand"),
        ("luck", "Cheapest now", "$0.0302"),
    ],
)
async def test_the_ranking_is_chosen_by_links_without_scripts(
    site: httpx.AsyncClient, by: str, label: str, first: str
) -> None:
    found = await page(site, f"type={TYPE}&region=eu&window=1h&band=all&log=on&by={by}")
    assert texts(found, "h1")[0].startswith(f"{label} {first} euw1-az1 · g5.2xlarge · ")
    links = found.css("nav.rank a")
    assert [link.text() for link in links] == ["Price", "$/vCPU", "$/GPU", "$/GiB", "Discount"]
    current = "price" if by == "luck" else by
    (chosen,) = found.css("nav.rank a[aria-current=true]")
    assert f"by={current}" in (chosen.attributes["href"] or "")
    for link in links:
        again = LexborHTMLParser((await site.get(link.attributes["href"] or "")).text)
        assert "checked" in again.css("#wish input[name=log]")[0].attributes, "all else that was chosen stays"
        assert [box.attributes["value"] for box in again.css("#wish input[name=region]")] == ["eu"]
    per_unit = current not in {"price", "discount"}
    assert len(found.css("td.figure")) == (3 if per_unit else 0)
    kept = [field.attributes["value"] for field in found.css("#wish input[type=hidden][name=by]")]
    assert kept == ([] if current == "price" else [current])


async def test_regions_and_zones_are_in_the_order_of_the_ranking_and_what_has_no_figure_is_last(
    site: httpx.AsyncClient,
) -> None:
    found = await page(site, "type=g5.*+g6.*+c6i.*&region=us-east-1&by=gpu")
    figures = [float(text.strip("$")) if text else math.inf for text in texts(found, "td.figure")]
    assert figures == sorted(figures)
    assert math.inf in figures
    assert len(set(figures)) > 10
    types = texts(found, "td.type")
    prices = [float(text.strip("$")) for text in texts(found, "td.number:not(.figure):not(.off)")]
    assert prices != sorted(prices), "a dear instance with many GPUs is before a cheap one with a slow one"
    assert types[-1].startswith("c6i.")


async def test_where_nothing_has_such_a_figure_the_page_says_so(site: httpx.AsyncClient) -> None:
    found = await page(site, "type=c6i.*&region=us-east-1&by=gpu")
    assert texts(found, "h1") == ["None of these can be ranked so"]
    assert found.css("tr[data-key]")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("region=us-esat-1", "There is no region “us-esat-1”. Did you mean"),
        ("type=g5.2xlrage", "There is no instance type “g5.2xlrage”. Did you mean g5.2xlarge"),
        ("product=Lunix", "There is no product “Lunix”."),
        ("zone=nowhere", "There is no zone “nowhere”."),
        ("window=soon", "The window “soon” cannot be read"),
        ("type=" + "+".join(f"a{number}" for number in range(60)), "more than can be asked for at once"),
        ("type=" + "a" * 70, "more than can be asked for at once"),
        ("cap=-1", "“-1” is no price"),
        ("cap=nan", "“nan” is no price"),
        ("cap=1e9", "“1e9” is no price"),
        ("pool=us-east-1%7Cuse1-az9%7Cg5.2xlarge%7CLinux/UNIX", "There is no pool “us-east-1|use1-az9|g5.2xlarge|"),
        ("pool=%3Cb%3E", "There is no pool “<b>”."),
        ("pool=" + "a" * 300, "more than can be asked for at once"),
        ("region=%3Cscript%3E", "There is no region “<script>”."),
    ],
)
async def test_what_is_typed_wrongly_is_told_on_the_page(site: httpx.AsyncClient, query: str, said: str) -> None:
    answer = await site.get(f"/?{query}")
    assert answer.status_code == 422
    found = LexborHTMLParser(answer.text)
    assert said in texts(found, ".fault[role=alert]")[0]
    assert found.css("#wish input[name=type]")
    assert (await site.get(f"/board?{query}")).status_code == 422


async def test_the_script_gets_lines_and_table_of_any_stretch_of_time(site: httpx.AsyncClient) -> None:
    now = int(time.time())
    answer = (await site.get(f"/board?type={TYPE}&start={now - 7200}&end={now - 3600}")).json()
    lines = {line["label"]: line for line in answer["data"]["lines"]}
    assert (answer["data"]["start"], answer["data"]["end"]) == (now - 7200, now - 3600)
    assert answer["data"]["synthetic"] is True
    assert set(lines["euw1-az1"]) == {
        "key", "label", "price", "hue", "dash", "marker", "at", "prices", "end", "coarse"
    }  # fmt: skip
    assert answer["data"]["low"] < 0.0302 < answer["data"]["high"]
    assert "euw1-az1" in answer["table"]
    assert "$0.0302" in answer["best"]
    ranked = (await site.get(f"/board?type={TYPE}&by=gpu-memory")).json()
    assert "$0.0013" in ranked["best"]
    assert 'td class="number figure"' in ranked["table"]
    assert (await site.get("/board?start=x&end=99999999999999")).status_code == 200


async def test_a_gap_is_sent_as_a_gap(site: httpx.AsyncClient) -> None:
    answer = (await site.get(f"/board?type={TYPE}&region=eu-west-1&window=6h")).json()
    holed = next(line for line in answer["data"]["lines"] if line["label"] == "euw1-az2")
    assert holed["prices"] == [0.0352, None, 0.0353]


async def test_a_page_that_has_not_changed_is_not_sent_again(site: httpx.AsyncClient) -> None:
    now = int(time.time())
    address = f"/board?type={TYPE}&region=eu-west-1&start={now - 7200}&end={now - 3600}"
    first = await site.get(address)
    again = await site.get(address, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code in {200, 304}  # how long ago prices changed is told, and a minute may end between the two
    if again.status_code == 200:
        assert again.text != first.text


async def test_what_is_not_there_is_a_page_for_people_and_a_document_for_programs(site: httpx.AsyncClient) -> None:
    answer = await site.get("/nothing")
    assert (answer.status_code, texts(LexborHTMLParser(answer.text), "h1")) == (404, ["There is nothing here"])
    assert (await site.get("/v1/nothing")).headers["content-type"] == "application/problem+json"


async def test_where_there_is_no_price_yet_the_page_says_why(site: httpx.AsyncClient) -> None:
    found = await page(site, "region=me-south-1")
    assert texts(found, "h1") == ["No prices yet"]
    assert len(texts(found, "tbody.failing .reason")) == 1
    assert found.css("#waiting")


def test_the_style_sheet_has_the_hues_of_the_charts() -> None:
    light, dark = CSS.read_text().split("@media (prefers-color-scheme: dark)")
    for name, text in ((ThemeName.LIGHT, light), (ThemeName.DARK, dark)):
        for number, hue in enumerate(THEMES[name].hues):
            assert f"--hue-{number}: {hue};" in text


async def test_the_next_day_of_the_cheapest_is_told_or_why_it_is_not(site: httpx.AsyncClient) -> None:
    offered = await page(site, "type=p3.2xlarge&region=us-east-1")
    assert texts(offered, "#outlook")[0].startswith("The next 24 hours: p3.2xlarge in use1-az")
    sentences = texts(offered, ".outlook p")
    assert "with a chance of 80 %" in sentences[0]
    assert sentences[-1].startswith("Tried 48 times over the last two weeks:")
    assert len(offered.css(".outlook svg polygon")) == 6, "three bands, for a desk and for a phone"
    silent = texts(await page(site), ".outlook p")
    assert silent == ["There is no forecast yet: it takes ten days of prices."]


async def test_the_forecast_of_any_pool_and_any_cap_is_chosen_by_the_address(site: httpx.AsyncClient) -> None:
    chosen = "us-east-1|use1-az2|p3.2xlarge|Linux/UNIX"
    query = urlencode({"type": "p3.2xlarge", "region": "us-east-1", "by": "discount", "pool": chosen, "cap": "9.5"})
    found = await page(site, query)
    assert texts(found, "#outlook") == ["The next 24 hours: p3.2xlarge in use1-az2"]
    assert texts(found, ".outlook p")[1] == "It stays under $9.5000 all that time with a chance of 100 %."
    (option,) = found.css("#pool option[selected]")
    assert option.attributes["value"] == chosen
    assert len(found.css("#pool option")) == 1 + len(found.css("tr[data-key]"))
    assert [box.attributes["value"] for box in found.css("#pool [name=cap]")] == ["9.5"]
    kept = {box.attributes["name"]: box.attributes["value"] for box in found.css("#pool input[type=hidden]")}
    shown = {"type": "p3.2xlarge", "region": "us-east-1", "product": "Linux/UNIX"}
    assert kept == shown | {"window": "6h", "band": "near", "by": "discount"}
    hue = {node.attributes["fill"] for node in found.css(".outlook svg polygon")}
    line = found.css(f"#plot .desk g[data-key='{chosen}'] path")[0]
    assert hue == {line.attributes["stroke"]}, "of the colour of its line in the chart"
    for link in found.css("nav.rank a"):
        again = LexborHTMLParser((await site.get(link.attributes["href"] or "")).text)
        assert texts(again, "#outlook") == ["The next 24 hours: p3.2xlarge in use1-az2"]
    told = (await site.get(f"/board?{query}")).json()["outlook"]
    assert texts(LexborHTMLParser(told), "p")[1] == texts(found, ".outlook p")[1]


async def test_a_pool_that_is_not_in_the_list_can_be_forecast_too(site: httpx.AsyncClient) -> None:
    chosen = "us-east-1|use1-az2|p3.2xlarge|Linux/UNIX"
    found = await page(site, urlencode({"type": TYPE, "region": "eu", "pool": chosen}))
    assert [option.text() for option in found.css("#pool option[selected]")] == ["use1-az2 p3.2xlarge"]
    assert "with a chance of 80 %" in texts(found, ".outlook p")[0]
