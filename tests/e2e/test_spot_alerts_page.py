"""The page of alerts in a real browser: a key, an alert that speaks, its message that nobody takes, faults."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browsers import watched
from contract.spot.spot_world import make_key, settings_in, spot_server
from e2e.test_spot_pages import RULES, SIZES, elsewhere

KEYS: list[str] = []
UNAUTHORIZED = "401 (Unauthorized)"
REFUSED = "422 (Unprocessable"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("alerts")
    elsewhere(make_keys(data))
    settings = {"SPOT_SOURCE": "synthetic", "SPOT_WEBHOOK_ALLOW": '["127.0.0.0/8"]', "SPOT_WEBHOOK_ATTEMPTS": "1"}
    with spot_server(data, **settings) as url:
        yield url


async def make_keys(data: Path) -> None:
    KEYS.append(await make_key(settings_in(data)))


def opened(browser: Browser, address: str, size: ViewportSize, **more: Any) -> Any:
    return browser.new_context(base_url=address, locale="en-GB", viewport=size, **more)


@pytest.fixture(params=list(SIZES))
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = opened(browser, address, SIZES[request.param])
    with watched(context, unheard=(UNAUTHORIZED, REFUSED)) as page:
        page.goto("/alerts")
        yield page


def enter(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.keyboard.press("Enter")


def violations(page: Page) -> list[str]:
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]


def test_an_alert_is_made_speaks_and_is_forgotten(page: Page) -> None:
    enter(page, KEYS[-1])
    expect(page.get_by_text("No alerts yet")).to_be_visible()
    page.get_by_label("Name").fill("a cheap one")
    page.get_by_label("Instance types").fill("g5.xlarge")
    page.get_by_label("US dollars an hour").fill("1000")
    page.get_by_role("textbox", name="Webhook").fill("http://127.0.0.1:9/hook")
    page.get_by_role("button", name="Make it").click()
    card = page.locator("#list li")
    expect(card.get_by_role("heading", name="a cheap one")).to_be_visible()
    expect(card).to_contain_text("g5.xlarge, everywhere: $1000 or less")
    expect(page.locator("#secret-text")).to_contain_text("whsec_")
    expect(card.locator(".spoken")).to_contain_text("Spoke 1 ×", timeout=20_000)
    dead = page.locator("#sent li.dead")
    expect(dead).to_contain_text("cannot be reached", timeout=20_000)
    dead.get_by_role("button").click()
    expect(page.locator("#sent li")).to_have_count(1)
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".spoken")).to_contain_text("Paused.")
    card.get_by_role("button", name="Go on").click()
    expect(card.locator(".spoken")).not_to_contain_text("Paused.")
    page.once("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No alerts yet")).to_be_visible()


def test_what_is_asked_for_depends_on_the_kind_and_faults_are_said(page: Page) -> None:
    enter(page, KEYS[-1])
    page.get_by_label("Speaks when").select_option("change")
    expect(page.get_by_role("spinbutton", name="Per cent")).to_be_visible()
    expect(page.get_by_label("US dollars an hour")).to_be_hidden()
    page.get_by_label("Name").fill("x")
    page.get_by_label("Instance types").fill("g5.xlrge")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#fault")).to_contain_text("Did you mean g5.xlarge")
    page.get_by_label("Instance types").fill("g5.xlarge")
    page.get_by_role("textbox", name="Webhook").fill("http://10.0.0.8/")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#fault")).to_contain_text("10.0.0.8")
    expect(page.get_by_text("No alerts yet")).to_be_visible()


def test_a_key_that_is_not_taken_is_said_and_forgotten(page: Page) -> None:
    enter(page, "gk_" + "x" * 43)
    expect(page.locator("#fault")).to_have_text("This key is not taken.")
    expect(page.get_by_label("API key")).to_be_focused()
    enter(page, KEYS[-1])
    expect(page.get_by_role("button", name="Forget the key")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Forget the key")).to_be_visible()
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_label("API key")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0
    assert "gk_" not in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_it_keeps_the_rules_of_accessibility(browser: Browser, address: str, size: str, scheme: str) -> None:
    context = opened(browser, address, SIZES[size], color_scheme=scheme)
    with watched(context, unheard=(UNAUTHORIZED,)) as page:
        page.goto("/alerts")
        assert violations(page) == []
        enter(page, KEYS[-1])
        expect(page.get_by_role("button", name="Make it")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_it_says_what_to_do(browser: Browser, address: str) -> None:
    context = opened(browser, address, SIZES["phone"], java_script_enabled=False)
    with watched(context) as page:
        page.goto("/alerts?lang=ja")
        assert f"{address}/v1/alerts" in page.content()
        expect(page.get_by_role("heading", name="価格アラート")).to_be_visible()
