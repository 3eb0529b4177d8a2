"""The timetable in a real browser: picking, the picture, keeping and sharing it, on a phone and on a desk, offline."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browsers import watched
from timetable_helpers import timetable_process

SAMPLE = Path(__file__).parents[2] / "services/timetable-renderer/src/timetable_renderer/data/sample.toml"
SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("timetable")
    with timetable_process(data, festivals=SAMPLE) as service:
        wait_for_slots(service.url)
        yield service.url


@pytest.fixture(params=list(SIZES))
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(base_url=address, locale="ja-JP", viewport=SIZES[request.param])
    with watched(context, unheard=(OFFLINE,)) as page:
        yield page


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A festival of six slots: the rules look at every element of a page, and of a large one for a minute."""
    folder = tmp_path_factory.mktemp("small")
    with timetable_process(folder / "data", festivals=small_festival(folder, acts(6))) as service:
        wait_for_slots(service.url)
        yield service.url


def acts(count: int) -> list[dict[str, str]]:
    """Slots at 10:00, 11:00…; the second begins before the first has ended."""
    starts = ["1000", "1015", *(f"1{hour}00" for hour in range(1, count - 1))]
    ends = ["1030", "1045", *(f"1{hour}30" for hour in range(1, count - 1))]
    names = zip(starts, ends, strict=True)
    return [
        {"start": start, "end": end, "artist": f"Act {number}", "detail": "null"}
        for number, (start, end) in enumerate(names)
    ]


def small_festival(folder: Path, slots: list[dict[str, str]]) -> Path:
    """Write a festival's source, and its configuration, whose path is given."""
    stages = {"Hall": slots[::2], "屋外ステージ": slots[1::2]}
    (folder / "time.json").write_text(json.dumps({"day1": stages, "day2": {"Hall": slots[:1]}}))
    config = folder / "small.toml"
    config.write_text(
        'id = "small"\nname = "Small"\ndays = ["2027-05-01", "2027-05-02"]\nrefresh_seconds = 10\n'
        '[[sources]]\nfile = "time.json"\n'
    )
    return config


def wait_for_slots(url: str) -> None:
    """Until the festival's timetable was fetched."""
    deadline = time.monotonic() + 60
    while 'class="slot"' not in httpx.get(url, trust_env=False).text:
        assert time.monotonic() < deadline, "there is no timetable"
        time.sleep(0.1)


def pick(page: Page, *numbers: int) -> list[str]:
    """Pick some of the slots that are shown, as a person does: by their text; gives their ids."""
    ids = []
    for number in numbers:
        slot = page.locator(".slot:visible").nth(number)
        slot.locator(".what").click()
        ids.append(slot.locator("input").get_attribute("value") or "")
    return ids


def generate(page: Page) -> None:
    page.locator("#make").click()
    expect(page.locator("#preview")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#image")).to_be_visible()


def picture(page: Page) -> Image.Image:
    """What is saved when the button is pressed."""
    with page.expect_download() as download:
        page.locator("#download").click()
    return Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))


def violations(page: Page) -> list[str]:
    found: dict[str, Any] = Axe().run(page, options=RULES).response
    return [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]


def test_picks_become_a_picture_that_can_be_saved(page: Page) -> None:
    page.goto("/")
    pick(page, 0, 3, 5)
    expect(page.locator("#make")).to_have_text("選択中の 3 件でタイムテーブルを生成")
    generate(page)
    saved = picture(page)
    saved.load()
    assert (saved.format, saved.width) == ("PNG", 1080)
    shown = page.evaluate(
        "[document.getElementById('image').naturalWidth, document.getElementById('image').naturalHeight]"
    )
    assert shown == [saved.width, saved.height]
    page.locator("#layout").select_option("day")
    expect(page.locator("#preview")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#status")).to_contain_text("1170 × 2532")


def test_a_shared_link_opens_the_same_picks_elsewhere(page: Page, browser: Browser, address: str) -> None:
    page.goto("/")
    ids = pick(page, 1, 4)
    generate(page)
    page.locator("#copy").click()
    expect(page.locator("#status")).to_contain_text("/t/")
    link = page.locator("#status").inner_text().split()[-1]
    with watched(browser.new_context(base_url=address, locale="en-GB")) as other:
        other.goto(link)
        assert other.locator(".slots.plain .slot").count() == 2
        image = other.locator("meta[property='og:image']").get_attribute("content") or ""
        answer = other.request.get(image)
        assert Image.open(io.BytesIO(answer.body())).format == "PNG"
        assert violations(other) == []
        other.get_by_role("link", name="Start from these picks").click()
        expect(other.locator(".slot input:checked")).to_have_count(2)
        picked = other.evaluate("[...document.querySelectorAll('.slot input:checked')].map(box => box.value)")
        assert sorted(picked) == sorted(ids)


def test_picks_are_kept_when_the_page_is_opened_again(page: Page) -> None:
    page.goto("/")
    ids = pick(page, 2, 6)
    page.reload()
    expect(page.locator(".slot input:checked")).to_have_count(2)
    picked = page.evaluate("[...document.querySelectorAll('.slot input:checked')].map(box => box.value)")
    assert sorted(picked) == sorted(ids)
    page.locator("#clear").click()
    page.reload()
    assert page.locator(".slot input:checked").count() == 0


def test_names_are_found_as_one_types_and_chips_narrow_the_list(page: Page) -> None:
    page.goto("/")
    total = page.locator(".slot:visible").count()
    name = page.locator(".slot .what").nth(7).inner_text()
    page.locator("#query").fill(name.upper())
    shown = page.locator(".slot:visible")
    assert 0 < shown.count() < total
    assert name in shown.locator(".what").all_inner_texts()
    page.locator("#query").fill("")
    page.locator("[data-filter=day]").nth(1).click()
    assert page.locator(".day:visible").count() == 1
    page.locator("#more summary").click()
    page.locator("[data-filter=stage]").first.click()
    stages = set(page.locator(".slot:visible").evaluate_all("slots => slots.map(slot => slot.dataset.stage)"))
    assert stages == {"1"}
    page.locator("#reset").click()
    assert page.locator(".slot:visible").count() == total


def test_overlapping_picks_are_told_at_once(page: Page) -> None:
    page.goto("/")
    times = page.locator(".slot").evaluate_all("slots => slots.map(one => [+one.dataset.start, +one.dataset.end])")
    first, second = next(
        (one, other)
        for one in range(len(times))
        for other in range(one + 1, len(times))
        if times[one][0] < times[other][1] and times[other][0] < times[one][1]
    )
    slots = page.locator(".slot")
    slots.nth(first).locator(".what").click()
    assert page.locator(".slot .warn:visible").count() == 0
    slots.nth(second).locator(".what").click()
    assert page.locator(".slot .warn:visible").count() == 2
    assert slots.nth(second).locator(".what").inner_text() in slots.nth(first).locator(".warn").inner_text()


def test_without_a_network_picking_goes_on_and_the_picture_comes_with_its_return(page: Page) -> None:
    page.goto("/")
    page.context.set_offline(True)
    pick(page, 0, 2)
    page.locator("#query").fill("x")
    page.locator("#query").fill("")
    page.locator("#make").click()
    expect(page.locator("#status")).to_have_class("status bad")
    assert page.locator(".slot input:checked").count() == 2
    page.context.set_offline(False)
    expect(page.locator("#image")).to_be_visible()
    expect(page.locator("#status")).not_to_have_class("status bad")


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_wcag_is_broken_and_nothing_is_wider_than_the_window(
    browser: Browser, small: str, size: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(base_url=small, locale="ja-JP", viewport=SIZES[size], color_scheme=scheme)
    with watched(context) as page:
        for path in ("/?lang=en", "/f/nowhere", "/t/nothing", "/?lang=ja"):
            page.goto(path)
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.locator("#more summary").click()
        pick(page, 0, 1, 2)
        generate(page)
        assert page.locator(".slot .warn:visible").count() == 2
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_everything_is_done_with_the_keyboard(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(page.locator(".slot .what").nth(9).inner_text())
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(".slot input:focus").count():
            break
    page.keyboard.press("Space")
    assert page.locator(".slot input:checked").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator("#image")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "result"


def test_without_scripts_the_form_makes_the_link(browser: Browser, address: str) -> None:
    with watched(browser.new_context(base_url=address, locale="en-GB", java_script_enabled=False)) as page:
        page.goto("/")
        for number in (0, 4):
            page.locator(".slot").nth(number).locator("label").click()
        page.locator("#make").click()
        assert "/t/" in page.url
        assert page.locator(".slots.plain .slot").count() == 2


def test_a_person_hears_of_a_new_timetable(browser: Browser, tmp_path: Path) -> None:
    """The source changes while the page is open: a banner says so, and names the pick that it touches."""
    slots = acts(4)
    config = small_festival(tmp_path, slots)
    with (
        timetable_process(tmp_path / "data", festivals=config) as service,
        watched(browser.new_context(base_url=service.url, locale="en-GB")) as page,
    ):
        wait_for_slots(service.url)
        page.goto("/f/small")
        pick(page, 2)
        slots[2]["start"] = "1110"
        small_festival(tmp_path, slots)
        expect(page.locator("#banner")).to_be_visible(timeout=30_000)
        expect(page.locator("#banner-text")).to_contain_text("Act 2")
        page.locator("#reload").click()
        expect(page.locator("#notes")).to_contain_text("Act 2")
