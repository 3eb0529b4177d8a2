"""The page of alerts over ASGI: what is in it before its script, and that all that the script says is there."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from contract.spot.spot_world import spot_world
from spot_price.core.alerts import Kind
from spot_price.core.records import PRODUCTS
from spot_price.routes.pages_alerts import SCRIPT_TEXTS

SCRIPT = Path(__file__).parents[2] / "services/spot-price/src/spot_price/static/alerts.js"
KEY_COMMAND = 'spot-price key "browser" --role editor'


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with spot_world(tmp_path_factory.mktemp("alerts"), source="synthetic") as world:
        world.http.headers.update({"accept": "text/html", "accept-language": "en"})
        yield world.http


async def page(site: httpx.AsyncClient, language: str = "en") -> tuple[httpx.Response, LexborHTMLParser]:
    answer = await site.get("/alerts", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer, LexborHTMLParser(answer.text)


async def test_the_prices_link_to_it_and_it_links_back(site: httpx.AsyncClient) -> None:
    prices = LexborHTMLParser((await site.get("/")).text)
    assert [link.text() for link in prices.css("a[href='/alerts']")] == ["Price alerts"]
    _, found = await page(site)
    assert found.css(".bottom a[href='/']")


async def test_it_obeys_a_policy_without_scripts_or_styles_within(site: httpx.AsyncClient) -> None:
    answer, found = await page(site)
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert found.css("style, [style], script:not([src])") == []
    assert not [node for node in found.css("main *") if any(name.startswith("on") for name in node.attributes)]
    (script,) = found.css("script[src]")
    assert (await site.get(script.attributes["src"] or "")).status_code == 200


async def test_without_scripts_it_shows_the_line_to_type_and_where_a_key_comes_from(site: httpx.AsyncClient) -> None:
    answer, _ = await page(site)
    (without,) = re.findall(r"<noscript>(.*?)</noscript>", answer.text, re.DOTALL)
    assert 'curl -H "Authorization: Bearer $KEY" http://spot.test/v1/alerts' in unescape(without)
    assert KEY_COMMAND in unescape(without)


@pytest.mark.parametrize(("language", "title"), [("en", "Price alerts"), ("ja", "価格アラート")])
async def test_a_key_is_asked_for_and_it_says_where_it_comes_from(
    site: httpx.AsyncClient, language: str, title: str
) -> None:
    _, found = await page(site, language)
    assert [node.text() for node in found.css("h1")] == [title]
    (field,) = found.css("#key input")
    assert (field.attributes["type"], field.attributes["autocomplete"]) == ("password", "off")
    assert KEY_COMMAND in found.css("#key")[0].text()
    for form in found.css("form"):
        assert "hidden" in form.attributes or form.css_matches("#inside[hidden] form"), "no form works without scripts"


async def test_an_alert_can_be_of_every_kind_and_product(site: httpx.AsyncClient) -> None:
    _, found = await page(site)
    assert [each.attributes["value"] for each in found.css("select[name=kind] option")] == list(Kind)
    assert [each.text() for each in found.css("select[name=product] option")] == list(PRODUCTS)
    assert [each.attributes["value"] for each in found.css("datalist#types option")] == ["g4dn.xlarge", "g5.2xlarge"]


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_all_that_the_script_says_is_on_the_page(site: httpx.AsyncClient, language: str) -> None:
    _, found = await page(site, language)
    texts = json.loads(found.css("#inside")[0].attributes["data-texts"] or "")
    assert set(texts) == set(SCRIPT_TEXTS)
    said = set(re.findall(r'say\("(\w+)"', SCRIPT.read_text()))
    assert said
    assert said <= set(texts)


async def test_it_tells_nothing_of_alerts_without_a_key(site: httpx.AsyncClient) -> None:
    for address in ("/v1/alerts", "/v1/deliveries"):
        answer = await site.get(address, headers={"accept": "application/json"})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
