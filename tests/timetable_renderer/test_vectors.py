"""SVG and PDF: the same picture, its text as text."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from genba_servicekit.testing import missing
from timetable_pictures import FONTS, PICTURES, picture, text
from timetable_renderer.adapters.painters import Painters
from timetable_renderer.core.layout.tree import Text
from timetable_renderer.core.options import ImageFormat

PAINTERS = Painters(FONTS)
SVG = "{http://www.w3.org/2000/svg}"


def svg_of(name: str) -> Element:
    root: Element = fromstring(PAINTERS.paint(PICTURES[name], ImageFormat.SVG))
    return root


def test_an_svg_has_a_title_and_its_text_as_text() -> None:
    root = svg_of("cards-light")
    assert root.findtext(f"{SVG}title") == "試験"
    assert root.get("role") == "img"
    assert [each.text for each in root.iter(f"{SVG}text")] == [
        leaf.text for leaf in PICTURES["cards-light"].root.leaves() if isinstance(leaf, Text)
    ]
    assert all(float(each.get("textLength", 0)) > 0 for each in root.iter(f"{SVG}text"))


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_out_of_an_svg(words: str, title: str) -> None:
    root = fromstring(PAINTERS.paint(picture(text(words, 5, 40), title=title), ImageFormat.SVG))
    assert {each.tag.removeprefix(SVG) for each in root} <= {"title", "style", "rect", "text"}
    assert len(list(root.iter(f"{SVG}text"))) <= 1


def test_markup_in_names_is_shown_as_it_is() -> None:
    words = """<script>alert("1")</script>&amp;'"""
    root = fromstring(PAINTERS.paint(picture(text(words, 5, 40), title=words), ImageFormat.SVG))
    assert root.findtext(f"{SVG}text") == words
    assert root.findtext(f"{SVG}title") == words


@pytest.mark.parametrize("name", PICTURES)
def test_a_pdf_looks_like_the_png(name: str, tmp_path: Path) -> None:
    program = shutil.which("pdftoppm") or missing("poppler-utils")
    (tmp_path / "it.pdf").write_bytes(PAINTERS.paint(PICTURES[name], ImageFormat.PDF))
    command = [program, "-r", "96", "-png", "-singlefile", "it.pdf", "it"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    shown = Image.open(tmp_path / "it.png").convert("RGB")
    drawn = Image.open(BytesIO(PAINTERS.paint(PICTURES[name], ImageFormat.PNG))).convert("RGB")
    assert shown.size == drawn.size
    blurred = [np.asarray(each.filter(ImageFilter.GaussianBlur(2)), np.float32) for each in (shown, drawn)]
    difference = np.abs(blurred[0] - blurred[1])
    # Poppler draws the edges of small rectangles a little wider, which a code is full of.
    assert difference.mean() < (4 if name == "code" else 2)
    assert difference.max() < 70


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cards-dark", ["髙﨑カミング", "♥ AVA Tö", "空き 1時間40分"]),
        ("scripts", ["「あア亜」ｶﾅ～℃①♪", "🔥", "한국어"]),
    ],
)
def test_text_can_be_copied_out_of_a_pdf(name: str, expected: list[str], tmp_path: Path) -> None:
    program = shutil.which("pdftotext") or missing("poppler-utils")
    (tmp_path / "it.pdf").write_bytes(PAINTERS.paint(PICTURES[name], ImageFormat.PDF))
    done = subprocess.run([program, "it.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    for words in expected:
        assert words in done.stdout


def test_a_pdf_carries_only_the_shapes_it_uses_and_is_the_same_every_time() -> None:
    once, again = (PAINTERS.paint(PICTURES["cards-light"], ImageFormat.PDF) for _ in range(2))
    assert once == again
    assert once.startswith(b"%PDF-1.7")
    assert len(once) < 30_000


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_pdf_is_made_of_any_text(words: str, title: str) -> None:
    made = PAINTERS.paint(picture(text(words, 5, 40), title=title), ImageFormat.PDF)
    assert made.endswith(b"%%EOF\n")
