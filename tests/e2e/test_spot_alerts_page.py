"""The page of alerts in a real browser: a key, an alert that speaks, what became of its messages, faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browsers import elsewhere, watched
from contract.spot.spot_world import make_key, settings_in, spot_server
from e2e.test_spot_pages import OFFLINE, SIZES, violations
from spot_webhooks import Receiver, is_signed, receiver

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
    with watched(context, unheard=(UNAUTHORIZED, REFUSED, OFFLINE)) as page:
        page.goto("/alerts")
        yield page


def enter(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.keyboard.press("Enter")


@contextmanager
def receiving(*answers: float) -> Iterator[Receiver]:
    """A receiver of webhooks on an event loop of its own: the browser's driver has this thread's."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(receiver(*answers)) as made:
        yield made


def fill_in(page: Page, name: str, webhook: str = "", *, types: str = "g5.xlarge", threshold: str = "1000") -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Instance types").fill(types)
    page.get_by_label("US dollars an hour").fill(threshold)
    page.get_by_role("textbox", name="Webhook").fill(webhook)


def make(page: Page, name: str, webhook: str = "", *, types: str = "g5.xlarge", threshold: str = "1000") -> None:
    fill_in(page, name, webhook, types=types, threshold=threshold)
    page.get_by_role("button", name="Make it").click()


def forget_all(address: str) -> None:
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {KEYS[-1]}"}) as api:
        for alert in api.get("/v1/alerts").json()["items"]:
            assert api.delete(f"/v1/alerts/{alert['id']}").status_code == 204


def test_an_alert_is_made_speaks_and_is_forgotten(page: Page) -> None:
    enter(page, KEYS[-1])
    expect(page.get_by_text("No alerts yet")).to_be_visible()
    with receiving(500) as hook:
        make(page, "a cheap one", hook.url)
        card = page.locator("#list li")
        expect(card.get_by_role("heading", name="a cheap one")).to_be_visible()
        expect(card).to_contain_text("g5.xlarge, everywhere: $1000 or less")
        secret = page.locator("#secret-text").inner_text()
        expect(card.locator(".spoken")).to_contain_text("Spoke 1 ×", timeout=20_000)
        dead = page.locator("#sent li.dead")
        expect(dead).to_contain_text("answered with 500", timeout=20_000)
        dead.get_by_role("button", name="Send again").click()
        expect(page.locator("#sent li.delivered")).to_contain_text("Taken · a cheap one", timeout=20_000)
        assert len(hook.ids()) == 2
        assert len(set(hook.ids())) == 1, "it is sent again under its own id"
        card.get_by_role("button", name="Try").click()
        expect(page.get_by_role("status").get_by_text("A message to try a cheap one is on its way.")).to_be_visible()
        expect(page.locator("#sent li.delivered")).to_have_count(2, timeout=20_000)
    assert [told["data"]["test"] for told in hook.told()] == [False, False, True]
    assert all(is_signed(secret, *message) for message in hook.got)
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".spoken")).to_contain_text("Paused.")
    card.get_by_role("button", name="Go on").click()
    expect(card.locator(".spoken")).not_to_contain_text("Paused.")
    page.once("dialog", lambda dialog: dialog.dismiss())
    card.get_by_role("button", name="Delete").click()
    expect(card).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No alerts yet")).to_be_visible()


def test_the_keyboard_stays_where_it_was_when_a_list_changes(page: Page) -> None:
    enter(page, KEYS[-1])
    make(page, "by keys", threshold="0.0001")
    card = page.locator("#list li")
    card.get_by_role("button", name="Pause").press("Enter")
    expect(card.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Pause")).to_be_focused()
    page.once("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_role("heading", name="What is watched")).to_be_focused()


def test_a_double_click_makes_one_alert(page: Page, address: str) -> None:
    enter(page, KEYS[-1])
    make_twice = "form => { form.requestSubmit(); form.requestSubmit(); }"  # both before the first answer
    fill_in(page, "once", threshold="0.0001")
    page.locator("#new").evaluate(make_twice)
    expect(page.get_by_text("once was made.")).to_be_visible()
    expect(page.locator("#list li")).to_have_count(1)
    forget_all(address)


def test_what_an_alert_made_elsewhere_waits_for_is_told_whole(page: Page, address: str) -> None:
    spec = {"name": "far", "kind": "change", "types": ["g5.xlarge"], "percent": 12.5}
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {KEYS[-1]}"}) as api:
        made = api.post("/v1/alerts", json={**spec, "zones": ["use1-az1"], "products": ["Windows"]})
    assert made.status_code == 201, made.text
    enter(page, KEYS[-1])
    expect(page.locator("#list li")).to_contain_text("g5.xlarge (Windows), use1-az1: 12.5 % up or down")
    forget_all(address)


def test_what_was_given_up_is_listed_however_much_was_sent_since(page: Page, address: str) -> None:
    enter(page, KEYS[-1])
    with receiving(500) as hook, httpx.Client(base_url=address) as api:
        api.headers["authorization"] = f"Bearer {KEYS[-1]}"
        make(page, "much", hook.url)
        expect(page.locator("#sent li.dead")).to_have_count(1, timeout=20_000)
        alert = page.locator("#list li").get_attribute("data-id")
        for _ in range(21):
            assert api.post(f"/v1/alerts/{alert}/test").status_code == 202
        expect(page.locator("#sent li.delivered")).to_have_count(20, timeout=20_000)
        expect(page.locator("#sent li.dead")).to_have_count(1)
    forget_all(address)


def test_after_a_time_without_a_connection_it_goes_on_by_itself(page: Page, address: str) -> None:
    enter(page, KEYS[-1])
    expect(page.get_by_text("No alerts yet")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#fault")).to_contain_text("There is no connection", timeout=20_000)
    make(page, "unsent", threshold="0.0001")
    expect(page.locator("#fault")).to_contain_text("the lists say whether this was done")
    page.context.set_offline(False)
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {KEYS[-1]}"}) as api:
        spec = {"name": "meanwhile", "kind": "cheapest", "types": ["g5.xlarge"]}
        assert api.post("/v1/alerts", json=spec).status_code == 201
    expect(page.locator("#list li")).to_contain_text("meanwhile", timeout=20_000)
    forget_all(address)


def test_what_is_asked_for_depends_on_the_kind_and_faults_are_said(page: Page) -> None:
    enter(page, KEYS[-1])
    page.get_by_label("Speaks when").select_option("change")
    expect(page.get_by_role("spinbutton", name="Per cent")).to_be_visible()
    expect(page.get_by_label("US dollars an hour")).to_be_hidden()
    page.get_by_label("Name").fill("x")
    page.get_by_label("Instance types").fill("g5.xlrge")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#fault")).to_contain_text("Did you mean g5.xlarge")
    expect(page.locator("#fault")).to_be_in_viewport(ratio=1)
    page.get_by_label("Instance types").fill("g5.xlarge")
    page.get_by_role("textbox", name="Webhook").fill("http://10.0.0.8/")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#fault")).to_contain_text("10.0.0.8")
    expect(page.get_by_text("No alerts yet")).to_be_visible()


def test_a_key_that_is_not_taken_is_said_and_forgotten(page: Page, address: str) -> None:
    enter(page, "gk_" + "x" * 43)
    expect(page.locator("#fault")).to_have_text("This key is not taken.")
    expect(page.get_by_label("API key")).to_be_focused()
    enter(page, KEYS[-1])
    expect(page.get_by_role("button", name="Forget the key")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Forget the key")).to_be_visible()
    make(page, "a secret one", "http://127.0.0.1:9/hook", threshold="0.0001")
    expect(page.locator("#secret-text")).to_contain_text("whsec_")
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_label("API key")).to_be_focused()
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    content = page.content()
    assert not [text for text in ("whsec_", "a secret one", KEYS[-1]) if text in content]
    assert "gk_" not in page.url
    forget_all(address)


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
        make(page, "a lengthy one " * 7, "http://127.0.0.1:9/" + "a-long-path/" * 20)
        expect(page.locator("#sent li.dead")).to_be_visible(timeout=20_000)
        make(page, "refused", types="g5.xlrge")
        expect(page.locator("#fault")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    forget_all(address)


def test_without_scripts_it_says_what_to_do(browser: Browser, address: str) -> None:
    context = opened(browser, address, SIZES["phone"], java_script_enabled=False)
    with watched(context) as page:
        page.goto("/alerts?lang=ja")
        assert f"{address}/v1/alerts" in page.content()
        expect(page.get_by_role("heading", name="価格アラート")).to_be_visible()
