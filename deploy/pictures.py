"""Draws the documents' pictures of timetable, faces and prices anew: `python -m deploy.pictures` (`make pictures`).

The timetable's are of the sample festival: those of picks are what `timetable-renderer render` makes, those of the page
are Chromium's, at a phone's width, of a service that is started for it. The prices' are Chromium's too, of prices that
are made up. The faces' are of people who do not exist: drawn, learnt by a model, which is then fooled.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from deploy.venv import ROOT
from genba_servicekit.testing import running_service

IMAGES: Final = ROOT / "docs" / "images"
SAMPLE: Final = ROOT / "services/timetable-renderer/src/timetable_renderer/data/sample.toml"
COMMAND: Final = str(Path(sys.executable).with_name("timetable-renderer"))
PHONE: Final = {"width": 390, "height": 844}

# Two overlaps, two walks that are too short, what is after midnight, names too long for a line, symbols.
FRIDAY: Final = (
    "20270806-1000-76di2x", "20270806-1040-2fkhiw", "20270806-1145-h54u7v", "20270806-1155-rq5hph",
    "20270806-1505-2fkhiw", "20270806-1650-jhhoeb", "20270806-1725-h54u7v", "20270806-1905-76di2x",
    "20270806-1950-jhhoeb", "20270806-2325-qammij", "20270806-0105-qammij",
)  # fmt: skip
SATURDAY: Final = (
    "20270807-1010-76di2x", "20270807-1140-73umjs", "20270807-1645-76di2x", "20270807-1655-73umjs",
    "20270807-2025-76di2x",
)  # fmt: skip
SUNDAY: Final = (
    "20270808-1100-jhhoeb", "20270808-1245-rq5hph", "20270808-1415-jhhoeb", "20270808-1540-4klzqs",
    "20270808-1950-jhhoeb", "20270808-2000-76di2x", "20270808-2035-jhhoeb",
)  # fmt: skip
PICTURES: Final = {
    "timetable-agenda.png": ((*FRIDAY, *SATURDAY), ""),
    "timetable-dark.png": ((*FRIDAY, *SATURDAY), "--theme dark --language en"),
    "timetable-day.png": (FRIDAY, "--layout day --theme dark --width 1170 --height 2532 --inset-top 760"),
    "timetable-story.png": (SATURDAY, "--layout story --day 2"),
    "timetable-grid.webp": (SUNDAY, "--layout grid --day 3 --language en"),
}  # fmt: skip
"""Files of `docs/images`: what is picked, and further options of `render`."""

FACES: Final = (
    "dataset make drawn --people 12 --photos 24",
    "dataset make others --people 3 --photos 6 --seed 99",
    "train drawn -o run --steps 600",
    "train drawn -o short --steps 70 --split first-3",
    "models add run --promote",
    "optimal-input run --target all -o noise",
    "optimal-input run --target person-03 --from drawn/person-01/001.png --method cw -o photo",
    "robustness run drawn -o robustness --photos 60",
)
"""Commands, one after the other."""
FOOLED: Final = {
    "noise/all.png": "face-noise.webp",
    "photo/person-03-compared.png": "face-compared.webp",
    "photo/survival.svg": "face-survival.svg",
    "robustness/robustness.svg": "face-robustness.svg",
}
"""What the commands make, and its name among the documents' pictures."""


def draw() -> None:
    """The pictures of picks."""
    for name, (picks, options) in PICTURES.items():
        chosen = [word for pick in picks for word in ("--pick", pick)]
        subprocess.run([COMMAND, "render", SAMPLE, *chosen, *options.split(), "-o", IMAGES / name], check=True)  # noqa: S603  (fixed)


def photograph() -> None:
    """The page on a phone: picking in the light, and the picture in the dark."""
    with tempfile.TemporaryDirectory() as data:
        keeps = {"GENBA_DATA_DIR": data, "GENBA_ACCESS_LOG": "false"}
        subprocess.run([COMMAND, "add", SAMPLE], env={**os.environ, **keeps}, check=True)  # noqa: S603  (fixed)
        with running_service([COMMAND, "serve"], keeps) as service:
            with _phone(service.url, "light") as page:
                page.locator(".slots").first.wait_for()
                _tick(page, FRIDAY)
                page.locator(f'label[for="{FRIDAY[2]}"]').scroll_into_view_if_needed()
                _take(page, "timetable-page.png")
            with _phone(service.url, "dark") as page:
                _tick(page, (*FRIDAY, *SATURDAY))
                page.locator("#make").click()
                page.locator("#preview[aria-busy=false] #image").wait_for()
                page.mouse.move(0, 0)
                page.locator("#result-title").evaluate("title => title.scrollIntoView()")
                _take(page, "timetable-page-dark.png")


def photograph_prices() -> None:
    """The page of prices on a desk in the light, and on a phone in the dark."""
    command = str(Path(sys.executable).with_name("spot-price"))
    with tempfile.TemporaryDirectory() as data:
        settings = {"GENBA_DATA_DIR": data, "GENBA_ACCESS_LOG": "false", "SPOT_SOURCE": "synthetic"}
        with running_service([command, "serve"], settings) as service:
            with _phone(service.url, "light", locale="en-GB") as page:
                page.set_viewport_size({"width": 1100, "height": 900})
                page.goto("/?type=g5.2xlarge&region=us+eu+ap&window=12h")
                page.locator("#tools").wait_for()
                page.locator("#plot").hover(position={"x": 640, "y": 250})
                _take(page, "spot-page.png")
            with _phone(service.url, "dark") as page:
                page.locator("#tools").wait_for()
                page.locator("#chart").scroll_into_view_if_needed()
                page.locator("#chart").evaluate("chart => chart.scrollIntoView()")
                _take(page, "spot-page-dark.png")


def photograph_faces() -> None:
    """The page with a drawn face; what a model is certain to see in noise, and in somebody else; its calibration."""
    command = str(Path(sys.executable).with_name("face-classifier"))
    with tempfile.TemporaryDirectory() as folder:
        keeps = {"GENBA_DATA_DIR": f"{folder}/var", "GENBA_ACCESS_LOG": "false", "FACES_FIRST_MODEL": "false"}
        for words in FACES:
            subprocess.run([command, *words.split()], cwd=folder, env={**os.environ, **keeps}, check=True)  # noqa: S603  (fixed)
        _side_by_side(Path(folder))
        for made, name in FOOLED.items():
            if made.endswith(".svg"):
                shutil.copyfile(Path(folder) / made, IMAGES / name)
            else:
                Image.open(Path(folder) / made).save(IMAGES / name, quality=90, method=6)
        with running_service([command, "serve"], keeps) as service, _phone(service.url, "light", locale="en") as page:
            page.set_viewport_size({"width": 900, "height": 620})
            page.locator("#files").set_input_files(Path(folder) / "two.png")
            page.get_by_role("button", name="Look").click()
            page.locator("#pictures .faces").wait_for()
            page.locator("#found").evaluate("found => found.scrollIntoView()")
            _take(page, "face-page.png")
            page.goto((Path(folder) / "short/report.html").as_uri())
            sure = page.locator("section", has_text="Is it as sure")
            sure.screenshot(path=IMAGES / "face-calibration.png")


def _side_by_side(folder: Path) -> None:
    """Two photos in one: of somebody whom the model knows, and of a stranger."""
    found = Image.new("RGB", (640, 320))
    for place, name in enumerate(("drawn/person-05/003.png", "others/person-02/004.png")):
        found.paste(Image.open(folder / name).resize((320, 320)), (320 * place, 0))
    found.save(folder / "two.png")


@contextmanager
def _phone(url: str, scheme: str, *, locale: str = "ja-JP") -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(base_url=url, locale=locale, timezone_id="Asia/Tokyo", device_scale_factor=2)
        page = context.new_page()
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.goto("/")
        yield page
        browser.close()


def _tick(page: Page, picks: tuple[str, ...]) -> None:
    for pick in picks:
        page.locator(f'[id="{pick}"]').check()


def _take(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / name)
    sys.stderr.write(f"{IMAGES / name}: {(IMAGES / name).stat().st_size:,} bytes\n")


if __name__ == "__main__":
    draw()
    photograph()
    photograph_prices()
    photograph_faces()
