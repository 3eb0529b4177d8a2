"""Naming faces in a real browser, from the keyboard: guesses accepted, corrected, put off and rejected."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browsers import elsewhere, watched
from contract.faces.faces_world import faces_server, photo, prepared
from face_classifier.core.material import whole
from face_classifier.core.pictures import read_picture, write_png

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
FACES = 6


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "faces/unlabelled/summer"
    folder.mkdir(parents=True)
    for person in range(FACES):
        (folder / f"encore-{person}.png").write_bytes(write_png(whole(read_picture(photo(person)))))
    return tmp_path


@pytest.fixture(params=["phone", "desk"])
def page(browser: Browser, data: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    phone = request.param == "phone"
    key = elsewhere(prepared(data, drawn=True))
    with faces_server(data) as url:
        context = browser.new_context(
            base_url=url,
            locale="en-GB",
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
            color_scheme="dark" if phone else "light",
        )
        with watched(context) as page:
            page.goto("/label")
            page.get_by_label("API key").fill(key)
            page.get_by_role("button", name="Go on").click()
            yield page


def name_on(page: Page, number: int) -> str:
    """Whom a guess names."""
    name: str = page.locator("#guesses button").nth(number).evaluate("node => node.firstChild.textContent.trim()")
    return name


def test_faces_are_named_from_the_keyboard(page: Page, data: Path) -> None:
    left = page.locator("#left")
    expect(left).to_have_text(f"{FACES} to go")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not Axe().run(page, options=RULES).response["violations"]
    guess = name_on(page, 0)
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text(f"Named {guess}.")
    expect(left).to_have_text(f"{FACES - 1} to go")
    second = name_on(page, 1)
    page.keyboard.press("2")
    expect(page.locator("#said")).to_have_text(f"Named {second}.")
    page.keyboard.press("s")
    expect(page.locator("#said")).to_have_text("Put off.")
    expect(left).to_have_text(f"{FACES - 2} to go")
    page.keyboard.press("x")
    expect(page.locator("#said")).to_have_text("Laid aside.")
    page.keyboard.press("n")
    page.keyboard.type("nobody yet")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Named nobody yet.")
    expect(left).to_have_text(f"{FACES - 4} to go")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(left).to_have_text("1 to go")  # the one that was put off
    expect(page.locator("#said")).to_contain_text("Named Label")
    page.keyboard.press("1")
    expect(page.get_by_text("No face waits for a name")).to_be_visible()
    named = sorted(path.parent.name for path in (data / "faces/data-sets/summer").glob("*/*.png"))
    assert len(named) == FACES - 1
    assert "nobody yet" in named
    assert len(list((data / "faces/rejected/summer").iterdir())) == 1


def test_a_key_that_is_not_taken_is_asked_for_again(page: Page) -> None:
    page.get_by_role("button", name="Forget the key").click()
    page.get_by_label("API key").fill("gk_" + "a" * 43)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("This key is not taken")
    expect(page.locator("#inside")).to_be_hidden()
