"""The face service's page in a real browser: photos chosen, dropped and drawn, boxes over them, names beside them."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browsers import elsewhere, watched
from contract.faces.faces_world import faces_server, photo, prepared

SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
DROP = """async ([data]) => {
  const file = new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], "dropped.png", {type: "image/png"});
  const carried = new DataTransfer();
  carried.items.add(file);
  for (const name of ["dragover", "drop"]) {
    const told = {dataTransfer: carried, bubbles: true, cancelable: true};
    document.getElementById("main").dispatchEvent(new DragEvent(name, told));
  }
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("faces")
    elsewhere(prepared(data, drawn=True))
    with faces_server(data) as url:
        yield url


@pytest.fixture(params=list(SIZES))
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    touch = request.param == "phone"
    context = browser.new_context(
        base_url=address,
        locale="en-GB",
        viewport=SIZES[request.param],
        has_touch=touch,
        is_mobile=touch,
        color_scheme="dark" if touch else "light",
    )
    with watched(context) as page:
        page.goto("/")
        yield page


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "encore.png"
    made.write_bytes(photo(size=640))
    return made


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    found: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


def test_a_photo_is_shown_with_its_faces_and_names_as_soon_as_it_is_chosen(page: Page, file: Path) -> None:
    page.locator("#files").set_input_files(file)
    expect(page.locator(".faces li")).to_have_count(1)
    expect(page.locator(".faces li strong")).to_contain_text("Label")
    expect(page.locator("figcaption > strong")).to_have_text("encore.png")
    canvas, boxes = page.locator(".frame canvas"), page.locator(".frame svg")
    expect(canvas).to_be_visible()
    painted = canvas.evaluate("one => [...one.getContext('2d').getImageData(320, 320, 1, 1).data]")
    assert painted[3] == 255
    assert canvas.bounding_box() == pytest.approx(boxes.bounding_box(), abs=1)
    expect(page.locator("#found-title")).to_be_focused()
    assert fits(page)
    assert Axe().run(page, options=RULES).response["violations"] == []


def test_a_face_lights_up_with_its_line_by_hand_and_by_keyboard(page: Page, file: Path) -> None:
    page.locator("#files").set_input_files(file)
    line, box = page.locator(".faces li"), page.locator("g.face")
    line.hover()
    expect(box).to_have_class("face lit")
    page.mouse.move(0, 0)
    expect(box).to_have_class("face")
    line.focus()
    expect(box).to_have_class("face lit")


def test_a_drawn_face_can_be_tried(page: Page) -> None:
    expect(page.locator(".banner")).to_contain_text("drawn people alone")
    page.locator("#drawn").press("Enter")
    expect(page.locator(".frame svg image")).to_be_visible()
    expect(page.locator("figcaption > strong")).to_have_text("Picture 1")
    assert page.url.endswith("/")


def test_photos_can_be_dropped_and_one_that_is_none_is_said(page: Page, file: Path, tmp_path: Path) -> None:
    page.evaluate(DROP, [base64.b64encode(file.read_bytes()).decode()])
    expect(page.locator("figcaption > strong")).to_have_text("dropped.png")
    bad = tmp_path / "notes.png"
    bad.write_text("no picture")
    page.locator("#files").set_input_files([bad, file])
    expect(page.locator(".fault")).to_contain_text("no picture in JPEG")
    expect(page.locator(".frame canvas")).to_have_count(1)
    assert Axe().run(page, options=RULES).response["violations"] == []


def test_what_goes_wrong_is_said_where_one_looks(page: Page, file: Path) -> None:
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.locator("#said")).to_have_text("Choose a photo first.")
    page.locator("#files").set_input_files([file] * 17)
    expect(page.locator("#said.bad")).to_contain_text("That did not work")
    expect(page.get_by_role("button", name="Look", exact=True)).to_be_enabled()


def test_without_scripts_it_works_too(browser: Browser, address: str, file: Path) -> None:
    context = browser.new_context(base_url=address, locale="ja-JP", java_script_enabled=False)
    with watched(context) as page:
        page.goto("/")
        page.locator("#files").set_input_files(file)
        page.locator("button.primary").click()
        expect(page.locator(".faces li strong")).to_contain_text("Label")
        page.get_by_role("link", name="描いた顔で試す").click()
        expect(page.locator("svg image")).to_be_visible()
        page.get_by_role("link", name="English").click()
        expect(page.locator("h1")).to_have_text("Whose face is it?")
