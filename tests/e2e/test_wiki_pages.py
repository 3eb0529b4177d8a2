"""The wiki in a real browser: what a person does, at a phone's width, in the dark, without JavaScript."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from browsers import watched
from wiki_helpers import run_wiki, wiki_process

SAMPLE = Path(__file__).parents[2] / "services/wiki-linker/src/wiki_linker/data/sample.ndjson"
PHONE: ViewportSize = {"width": 360, "height": 740}
UNLABELLED = """[...document.querySelectorAll("input:not([type=hidden]), textarea")]
    .filter(field => !field.labels.length && !field.ariaLabel).length"""
PATHS = ("/", "/?page=2", "/keyword/encore", "/keyword/nowhere", "/search?q=encore", "/recent", "/history/encore",
         "/links/encore", "/login", "/register")  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("wiki")
    done = run_wiki("import", str(SAMPLE), data=data)
    assert done.returncode == 0, done.stderr
    with wiki_process(data) as service:
        yield service.url


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        base_url=address, locale="en-GB", java_script_enabled=request.param == "with JavaScript"
    )
    with watched(context) as page:
        yield page


def register(page: Page, name: str) -> None:
    page.goto("/register")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", "correct horse battery staple")
    page.click("main button")
    assert page.inner_text(".isu-account-name") == name


def test_a_new_entry_links_every_mention_and_can_be_starred(page: Page, request: pytest.FixtureRequest) -> None:
    word = f"doorstaff{abs(hash(request.node.name)) % 1_000_000}"
    register(page, f"user-{word}")
    for keyword, text in ((f"{word} shift", f"Nobody tires of {word}."), (word, "They let people in.")):
        page.goto("/edit")
        page.fill("#keyword", keyword)
        page.fill("#description", text)
        page.click("main form button")
        assert page.inner_text("article h1 >> nth=0") == keyword
    page.goto(f"/keyword/{word} shift")
    page.click(f"article div a:text-is('{word}')")
    assert page.inner_text("article div") == "They let people in."
    page.click("article footer button")
    assert page.locator(f"img[title='user-{word}']").count() == 1
    page.goto(f"/keyword/{word}")
    page.click("article footer button")
    assert page.locator(f"img[title='user-{word}']").count() == 0


def test_an_entry_is_edited_renamed_restored_deleted_and_brought_back(
    page: Page, request: pytest.FixtureRequest
) -> None:
    word = f"gaffer{abs(hash(request.node.name)) % 1_000_000}"
    register(page, f"user-{word}")
    page.goto("/edit")
    page.fill("#keyword", word)
    page.fill("#description", "The first text.")
    page.click("main form button")
    page.goto(f"/edit/{word}")
    page.fill("#description", "The second text.")
    page.click("main form button >> nth=0")
    page.goto(f"/edit/{word}")
    page.click("details summary >> nth=0")
    page.fill("#new-keyword", f"{word} chief")
    page.click("details[open] button")
    page.goto(f"/keyword/{word}")  # the old keyword leads to the new one
    assert page.inner_text("article h1") == f"{word} chief"
    page.goto(f"/history/{word} chief?revision=1")
    page.click("main form button")
    page.goto(f"/keyword/{word} chief")
    assert page.inner_text("article div") == "The first text."
    page.goto(f"/edit/{word} chief")
    page.click("details summary >> nth=2")
    page.click("details[open] button")
    page.goto(f"/keyword/{word} chief")
    page.click("main form[action^='/undelete'] button")
    page.goto(f"/keyword/{word} chief")
    assert page.inner_text("article div") == "The first text."


def test_a_search_needs_no_mouse(page: Page) -> None:
    page.goto("/")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.locator("input[name=q]:focus").count():
            break
    page.keyboard.type("soundcheck")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=soundcheck")
    assert page.locator("main a:text-is('soundcheck')").count() >= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    colours = set()
    with watched(browser.new_context(base_url=address, viewport=PHONE, color_scheme=scheme)) as page:
        for path in PATHS:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            assert page.evaluate("document.documentElement.lang") in {"en", "ja"}, path
            assert page.locator("img:not([alt])").count() == 0, path
            assert page.evaluate(UNLABELLED) == 0, path
            colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    (colour,) = colours
    brightness = sum(int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(","))
    assert (brightness < 300) == (scheme == "dark")


def test_pages_speak_japanese_to_those_who_do(browser: Browser, address: str) -> None:
    with watched(browser.new_context(base_url=address, locale="ja-JP")) as page:
        page.goto("/login")
        assert page.evaluate("document.documentElement.lang") == "ja"
        assert "ログイン" in page.inner_text("main")
