"""PNGs hold exactly what they were made of."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image

from genba_servicekit.testing import missing
from timetable_pictures import FONTS, PICTURES
from timetable_renderer.adapters.painters import Painters
from timetable_renderer.adapters.painters.png import indexed_png, truecolour_png
from timetable_renderer.core.options import ImageFormat

SIDES = st.integers(1, 40)
TABLES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 256), st.just(3)))


@given(st.data(), TABLES)
def test_any_small_picture_of_a_palette_decodes_to_the_same_pixels(
    data: st.DataObject, table: NDArray[np.uint8]
) -> None:
    shape = (data.draw(SIDES), data.draw(SIDES))
    pixels = data.draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, len(table) - 1)))
    rows = np.zeros((shape[0], shape[1] + 1), np.uint8)
    rows[:, 1:] = pixels
    image = Image.open(BytesIO(indexed_png(rows, table, "題")))
    image.load()
    assert np.array_equal(np.asarray(image.convert("RGB")), table[pixels])


@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3))))
def test_any_small_picture_of_any_colours_decodes_to_the_same_pixels(pixels: NDArray[np.uint8]) -> None:
    assert np.array_equal(np.asarray(Image.open(BytesIO(truecolour_png(pixels)))), pixels)


@given(st.text(max_size=50))
def test_what_a_picture_shows_is_in_its_description(title: str) -> None:
    rows = np.zeros((1, 2), np.uint8)
    image = Image.open(BytesIO(indexed_png(rows, np.zeros((1, 3), np.uint8), title)))
    image.load()
    assert image.info.get("Description", "") == title.encode("utf-8", "replace").decode().replace("\0", "")


def test_pngcheck_finds_nothing_wrong(tmp_path: Path) -> None:
    program = shutil.which("pngcheck") or missing("pngcheck")
    painters = Painters(FONTS)
    files = [tmp_path / "many.png", *(tmp_path / f"{name}.png" for name in PICTURES)]
    files[0].write_bytes(truecolour_png(np.arange(30_000, dtype=np.uint8).reshape(100, 100, 3), "題"))
    for file, picture in zip(files[1:], PICTURES.values(), strict=True):
        file.write_bytes(painters.paint(picture, ImageFormat.PNG))
    done = subprocess.run([program, "-q", *map(str, files)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ["cards-light", "cards-dark", "scripts"])
def test_a_picture_is_no_larger_than_pillow_writes_it(name: str) -> None:
    drawn = Painters(FONTS).paint(PICTURES[name], ImageFormat.PNG)
    pillows = BytesIO()
    Image.open(BytesIO(drawn)).convert("RGB").save(pillows, "PNG")
    assert len(drawn) <= len(pillows.getvalue())
