"""The prices in a real browser: the chart under hand, finger and keys, prices that come, regions that fail."""

import time
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browsers import elsewhere, watched
from contract.spot.spot_world import spot_server
from spot_page import ASKED, TYPE, fill

SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("spot")
    elsewhere(fill(data, int(time.time())))
    with spot_server(data, SPOT_SOURCE="synthetic", SPOT_REGIONS=ASKED) as url:
        yield url


@pytest.fixture(params=list(SIZES))
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    touch = request.param == "phone"
    context = browser.new_context(base_url=address, locale="en-GB", viewport=SIZES[request.param], has_touch=touch)
    with watched(context, unheard=(OFFLINE,)) as page:
        page.goto("/")
        expect(page.locator("#tools")).to_be_visible()
        yield page


def ticks(page: Page, anchor: Literal["end", "middle"] = "end") -> list[tuple[str, float, float]]:
    """What an axis says and where (x, y): of prices, or of times, whose names alone may stay as the chart moves."""
    where = "all => all.map(text => [text.textContent, text.getAttribute('x'), text.getAttribute('y')])"
    found = page.locator(f"#plot .axis text[text-anchor={anchor}]").evaluate_all(where)
    return [(name, float(x), float(y)) for name, x, y in found]


def dollars(page: Page) -> tuple[float, float]:
    """The lowest price on the axis and the highest."""
    named = [float(text.removeprefix("$")) for text, _, _ in ticks(page)]
    return min(named), max(named)


def changed(
    page: Page, before: list[tuple[str, float, float]], anchor: Literal["end", "middle"] = "end"
) -> list[tuple[str, float, float]]:
    """What an axis says when it says something else than before, or the same elsewhere."""
    end = time.monotonic() + 5
    while (now := ticks(page, anchor)) == before:
        assert time.monotonic() < end, f"the axis still says {before}"
        page.wait_for_timeout(20)
    return now


def violations(page: Page) -> list[str]:
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]


def test_the_chart_begins_near_the_lowest_price_and_its_keys_move_it(page: Page) -> None:
    low, high = dollars(page)
    assert 0.02 < low < 0.035
    assert high < 0.1
    plot = page.locator("#plot")
    plot.focus()
    said = ticks(page)
    for key in ("-", "ArrowUp", "0"):
        page.keyboard.press(key)
        said = changed(page, said)
    assert dollars(page) == (low, high)
    height = page.locator("#plot .axis text").nth(1).get_attribute("y") or ""
    page.keyboard.press("g")
    expect(page.get_by_role("button", name="Log scale")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#plot .axis text").nth(1)).not_to_have_attribute("y", height)
    times = ticks(page, "middle")
    for key in ("]", "ArrowLeft", "["):
        page.keyboard.press(key)
        times = changed(page, times, "middle")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#readout")).to_contain_text("euw1-az1")
    page.keyboard.press("Escape")
    expect(page.locator("#readout")).to_be_hidden()


def test_buttons_do_what_keys_do(page: Page) -> None:
    said = ticks(page)
    for name in ("Zoom out", "Higher prices", "Lower prices", "Zoom in", "Higher prices", "As at first"):
        page.get_by_role("button", name=name, exact=True).click()
        said = changed(page, said)
    times = ticks(page, "middle")
    page.get_by_role("button", name="Earlier").click()
    changed(page, times, "middle")


def test_gaps_are_open_and_lines_are_cut_at_the_band(page: Page) -> None:
    path = page.locator("#plot .series[data-key*='euw1-az2'] path").get_attribute("d") or ""
    assert path.count("M") == 2
    spiky = page.locator("#plot .series[data-key*='euw1-az3'] path").get_attribute("d") or ""
    assert spiky.count("M") == 2
    top = page.evaluate("Math.min(...[...document.querySelectorAll('#plot .axis path')].map(p => p.getBBox().y))")
    assert f"V{top:g}" in spiky


def test_the_pointer_reads_prices_drags_and_the_wheel_zooms_once_the_chart_is_chosen(page: Page) -> None:
    box = page.locator("#plot").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    expect(page.locator("#readout .near")).to_have_count(1)
    prices = [float(text.removeprefix("$")) for text in page.locator("#readout td:last-child").all_inner_texts()]
    assert prices == sorted(prices)
    assert prices[0] in {0.0301, 0.0302}
    said, times = ticks(page), ticks(page, "middle")
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(200)
    page.evaluate("scrollTo(0, 0)")
    assert ticks(page) == said
    page.mouse.down()
    page.mouse.move(x + 90, y + 60, steps=4)
    page.mouse.up()
    said = changed(page, said)
    changed(page, times, "middle")
    page.locator("#plot").focus()
    page.mouse.wheel(0, 240)
    changed(page, said)


def test_a_row_of_the_table_shows_which_line_is_its(page: Page) -> None:
    page.locator("tr[data-key*='euw1-az1']").first.hover()
    expect(page.locator("#plot .series.strong")).to_have_count(1)
    assert "euw1-az1" in (page.locator("#plot .series.strong").get_attribute("data-key") or "")


def test_the_ranking_is_switched_by_keyboard_and_stays_as_prices_come(page: Page) -> None:
    page.goto("/?type=g5.*+g6.*&region=us")
    page.get_by_role("button", name="Show").focus()
    for _ in range(4):  # price, vCPU, GPU, GiB
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**by=gpu-memory**")
    expect(page.locator(".rank [aria-current]")).to_have_text("$/GiB")
    before = page.locator("#table table").element_handle()
    expect(page.locator("#said")).to_contain_text("Updated", timeout=20_000)
    assert not page.evaluate("table => table.isConnected", before), "the table is a newer one"
    first = page.locator("#table tbody").first.locator("td.figure")
    figures = [float(text.strip("$")) for text in first.all_inner_texts()]
    assert figures == sorted(figures)
    assert len(figures) > 5
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".rank [aria-current]")).to_have_text("$/GiB")


def test_new_prices_come_by_themselves_and_without_a_network_the_page_stays(page: Page) -> None:
    expect(page.locator("#said")).to_contain_text("Updated", timeout=20_000)
    page.context.set_offline(True)
    page.locator("#plot").focus()
    for _ in range(3):
        page.keyboard.press("]")
    expect(page.locator("#said")).to_contain_text("no connection")
    expect(page.locator("#plot .series path").first).to_be_attached()
    page.context.set_offline(False)
    expect(page.locator("#said")).to_contain_text("Updated", timeout=20_000)


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_wcag_is_broken_and_nothing_is_wider_than_the_window(
    browser: Browser, address: str, size: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(base_url=address, locale="ja-JP", viewport=SIZES[size], color_scheme=scheme)
    with watched(context) as page:
        for path in (
            "/?region=eu-west-1+us-east-1+ap-northeast-3",
            "/?type=g5.*+g6.*+g4dn.*&by=gpu-memory",
            "/?region=nowhere&lang=en",
            "/?region=me-south-1",
            "/nothing",
        ):
            page.goto(path)
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_without_scripts_there_are_the_chart_the_table_and_the_form(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, locale="ja-JP", java_script_enabled=False)
    with watched(context) as page:
        page.goto("/")
        expect(page.locator("#plot .desk g.series path").first).to_be_visible()
        expect(page.locator("tbody.failing .reason").first).to_contain_text("RequestLimitExceeded <again>")
        page.locator("#wish [name=region]").fill("us-west")
        page.locator("#wish [name=window]").select_option("1h")
        page.get_by_role("button", name="表示").click()
        assert "window=1h" in page.url
        assert {text.split()[0] for text in page.locator("tr.region").all_inner_texts()} == {"us-west-2"}
        page.get_by_role("link", name="割引率").click()
        assert "by=discount" in page.url
        assert "window=1h" in page.url
        expect(page.locator("h1")).to_contain_text("割引率が最大")


def test_two_fingers_that_part_zoom_in_and_that_meet_zoom_out(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, locale="en-GB", viewport=SIZES["phone"], has_touch=True)
    with watched(context, unheard=(OFFLINE,)) as page:
        page.goto("/")
        expect(page.locator("#tools")).to_be_visible()
        page.locator("#plot").scroll_into_view_if_needed()
        box = page.locator("#plot").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        fingers = context.new_cdp_session(page)

        def touch(kind: str, apart: float | None = None) -> None:
            points = [] if apart is None else [{"x": x, "y": y - apart, "id": 1}, {"x": x, "y": y + apart, "id": 2}]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        def pinch(start: int, end: int) -> float:
            """The highest price on the axis when it is done."""
            said = ticks(page)
            touch("touchStart", start)
            for apart in range(start, end, 10 if end > start else -10):
                touch("touchMove", apart)
            touch("touchEnd")
            changed(page, said)
            return dollars(page)[1]

        before = dollars(page)[1]
        closer = pinch(20, 90)
        assert closer < before
        assert pinch(90, 20) > closer


def test_the_forecast_follows_the_pool_and_the_cap_that_are_chosen(page: Page) -> None:
    page.locator("#plot").focus()
    page.keyboard.press("f")
    choice = page.get_by_label("Forecast of")
    expect(choice).to_be_focused()
    choice.select_option(label="use1-az1")
    expect(page.locator("#outlook")).to_contain_text("in use1-az1")
    page.get_by_label("Chance to stay under").fill("0.5")
    page.keyboard.press("Enter")
    page.wait_for_url("**&pool=us-east-1%7Cuse1-az1%7C*&cap=0.5")
    page.reload()
    expect(page.locator("#outlook")).to_contain_text("in use1-az1")
    expect(choice).to_have_value(f"us-east-1|use1-az1|{TYPE}|Linux/UNIX")
