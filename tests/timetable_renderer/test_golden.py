"""Pictures look as they did: `python tests/timetable_renderer/test_golden.py` draws them anew, to be looked at."""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from timetable_pictures import FONTS, PICTURES, laid_out, picture
from timetable_renderer.adapters.painters import Painters
from timetable_renderer.core.options import ImageFormat, PictureDoesNotFitError

GOLDEN = Path(__file__).parent / "golden"
LOOKS = {**PICTURES, **laid_out()}
PAINTERS = Painters(FONTS)


def apart(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """How much two pictures differ, seen from a little away: on average, and where they differ most (0 to 255)."""
    assert one.size == other.size
    blurred = [
        np.asarray(each.convert("RGB").filter(ImageFilter.GaussianBlur(1.5)), np.float32) for each in (one, other)
    ]
    difference = np.abs(blurred[0] - blurred[1])
    return float(difference.mean()), float(difference.max())


@pytest.mark.parametrize("name", LOOKS)
def test_a_picture_looks_as_it_did(name: str) -> None:
    drawn = Image.open(BytesIO(PAINTERS.paint(LOOKS[name], ImageFormat.PNG)))
    with Image.open(GOLDEN / f"{name}.png") as golden:
        mean, most = apart(drawn, golden)
    # Another release of the rasteriser moves edges by a few of 255; a letter that is missing or moved, by 60 and more.
    assert mean < 0.5
    assert most < 24


def test_a_letter_that_moved_by_two_pixels_would_be_seen() -> None:
    with Image.open(GOLDEN / "cards-light.png") as golden:
        moved = golden.convert("RGB")
    moved.paste(moved.crop((38, 20, 120, 60)), (40, 20))
    with Image.open(GOLDEN / "cards-light.png") as golden:
        _, most = apart(golden, moved)
    assert most > 24


def test_a_webp_has_the_same_pixels_as_the_png() -> None:
    for drawn in PICTURES.values():
        png, webp = (Image.open(BytesIO(PAINTERS.paint(drawn, form))) for form in (ImageFormat.PNG, ImageFormat.WEBP))
        assert webp.format == "WEBP"
        assert np.array_equal(np.asarray(png.convert("RGB")), np.asarray(webp.convert("RGB")))


@pytest.mark.parametrize(("width", "height"), [(100, 16_384), (5_000, 4_801)])
def test_a_picture_too_large_for_webp_is_refused_with_what_to_do(width: int, height: int) -> None:
    with pytest.raises(PictureDoesNotFitError, match="take PNG"):
        PAINTERS.paint(picture(width=width, height=height), ImageFormat.WEBP)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for title, shown in LOOKS.items():
        (GOLDEN / f"{title}.png").write_bytes(PAINTERS.paint(shown, ImageFormat.PNG))
        sys.stdout.write(f"{GOLDEN / title}.png\n")
