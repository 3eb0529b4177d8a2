"""Faces are found in photos, several in one, and cut out upright."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner, Result

from face_classifier.__main__ import cli
from face_classifier.adapters.detectors import HaarDetector, YuNetDetector
from face_classifier.core.crops import MARGIN, SIDE, Face, crop
from face_classifier.core.drawn import draw
from face_classifier.core.people import traits_of, view_of
from face_classifier.core.pictures import Pixels, read_picture
from genba_servicekit.testing import test_data


def drawn(person: int = 0, photo: int = 0, size: int = 160) -> Pixels:
    return np.asarray(draw(traits_of(7, person), view_of(7, person, photo), size))


@pytest.fixture(scope="module")
def haar() -> HaarDetector:
    return HaarDetector()


def test_most_drawn_faces_are_found_once_and_about_in_the_middle(haar: HaarDetector) -> None:
    found = [haar.find(drawn(person, photo)) for person in range(12) for photo in range(4)]
    ones = [faces[0] for faces in found if len(faces) == 1]
    assert len(ones) >= 38
    for face in ones:
        assert abs(face.x + face.width / 2 - 80) < 30
        assert 40 < face.width < 150


def test_several_faces_of_one_photo_are_found_where_they_are(haar: HaarDetector) -> None:
    row = np.concatenate([drawn(person) for person in (0, 3, 4)], axis=1)
    found = sorted(haar.find(row), key=lambda face: face.x)
    assert len(found) == 3
    for number, face in enumerate(found):
        assert number * 160 < face.x + face.width / 2 < (number + 1) * 160


def test_a_large_photo_is_looked_through_at_a_smaller_size_and_boxes_are_in_its_own_pixels(haar: HaarDetector) -> None:
    small, large = drawn(0), drawn(0)
    large = np.asarray(Image.fromarray(large).resize((3200, 3200), Image.Resampling.BICUBIC))
    (one,), (other,) = haar.find(small), haar.find(large)
    assert other.width == pytest.approx(one.width * 20, rel=0.25)


@pytest.mark.parametrize("picture", [np.zeros((64, 64, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)])
def test_where_there_is_no_face_none_is_found(haar: HaarDetector, picture: Pixels) -> None:
    assert haar.find(picture) == []


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-50, 200),
    st.floats(-50, 200),
    st.floats(1, 400),
    st.floats(1, 400),
    st.one_of(
        st.none(),
        st.tuples(st.tuples(st.floats(0, 99), st.floats(0, 99)), st.tuples(st.floats(0, 99), st.floats(0, 99))),
    ),
)
def test_a_crop_is_of_one_size_whatever_the_box(x: float, y: float, width: float, height: float, eyes: object) -> None:
    face = Face(x, y, width, height, eyes=eyes)  # type: ignore[arg-type]
    assert crop(drawn(size=96), face).shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize("degrees", [-25, -10, 0, 15, 30])
def test_a_leaning_head_stands_upright_in_its_crop(degrees: int) -> None:
    picture = np.full((300, 300, 3), 255, np.uint8)
    lean = math.radians(degrees)
    eyes = []
    for side, colour in ((-1, (255, 0, 0)), (1, (0, 0, 255))):
        x, y = 150 + side * 40 * math.cos(lean), 130 + side * 40 * math.sin(lean)
        picture[round(y) - 5 : round(y) + 5, round(x) - 5 : round(x) + 5] = colour
        eyes.append((x, y))
    upright = crop(picture, Face(90, 90, 120, 120, eyes=(eyes[0], eyes[1]))).astype(int)
    red = np.argwhere((upright[..., 0] > 150) & (upright[..., 2] < 100)).mean(axis=0)
    blue = np.argwhere((upright[..., 2] > 150) & (upright[..., 0] < 100)).mean(axis=0)
    assert abs(red[0] - blue[0]) < 2, "eyes are level"
    assert blue[1] - red[1] == pytest.approx(80 * SIDE / (120 * 1.2), abs=2)


def run(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, [str(arg) for arg in args])
    assert done.exit_code == code, done.output
    return done


def test_the_command_prints_boxes_and_cuts_faces_out(tmp_path: Path) -> None:
    Image.fromarray(drawn(0)).save(tmp_path / "a.png")
    Image.new("RGB", (90, 90)).save(tmp_path / "none.png")
    said = json.loads(
        run("detect", tmp_path / "a.png", tmp_path / "none.png", "--format", "json", "--crops", tmp_path / "out").stdout
    )
    assert [Path(each["file"]).name for each in said] == ["a.png"]
    assert read_picture((tmp_path / "out/a-1.png").read_bytes()).shape == (SIDE, SIDE, 3)
    assert "a.png" in run("detect", tmp_path / "a.png").stdout
    assert "no face" in run("detect", tmp_path / "none.png", code=1).stderr


def test_what_is_no_photo_or_no_model_is_one_line(tmp_path: Path) -> None:
    Image.fromarray(drawn(0)).save(tmp_path / "a.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    for args in (
        ("bad.png",),
        ("missing.png",),
        ("a.png", "--model", "bad.onnx"),
        ("a.png", "--model", "missing.onnx"),
    ):
        paths = [tmp_path / arg if "." in arg else arg for arg in args]
        run("detect", *paths, code=2)


def test_every_one_of_the_350_faces_is_found_by_both(haar: HaarDetector) -> None:
    folder = test_data("faces")
    yunet = YuNetDetector(folder / "yunet_2023mar.onnx")
    photos = [read_picture(path.read_bytes()) for path in sorted(folder.glob("orl_faces/*/*.pgm"))[::7]]
    assert len(photos) == 50
    assert [len(haar.find(photo)) for photo in photos] == [1] * 50
    for photo in photos:
        (face,) = yunet.find(photo)
        assert face.eyes is not None
        assert abs(face.roll) < math.radians(30)
        assert 0.5 < face.score <= 1


def test_two_faces_of_one_photo_are_found_by_yunet() -> None:
    folder = test_data("faces")
    found = YuNetDetector(folder / "yunet_2023mar.onnx").find(
        read_picture((folder / "sfhq_sample_1x2.jpg").read_bytes())
    )
    assert len(found) == 2


def whole_crop(picture: Pixels, face: Face, side: int = SIDE) -> Pixels:
    """A crop as it is defined: turned out of the whole photo, its edge continued."""
    reach = max(face.width, face.height) * MARGIN
    if reach > 2 * side:
        return whole_crop(np.asarray(Image.fromarray(picture).reduce(2)), face.halved(), side)
    across, down = (reach / side * part for part in (math.cos(face.roll), math.sin(face.roll)))
    room = math.ceil(reach)
    edged = np.pad(picture, ((room, room), (room, room), (0, 0)), mode="edge")
    start_x = face.x + face.width / 2 + room - (across - down) * side / 2
    start_y = face.y + face.height / 2 + room - (down + across) * side / 2
    places = (across, -down, start_x, down, across, start_y)
    turned = Image.fromarray(edged).transform((side, side), Image.Transform.AFFINE, places, Image.Resampling.BICUBIC)
    return np.asarray(turned)


@settings(max_examples=25)
@given(st.data())
def test_what_is_far_from_a_face_is_not_looked_at_and_makes_no_difference(data: st.DataObject) -> None:
    wide, high = data.draw(st.integers(30, 900)), data.draw(st.integers(30, 900))
    picture = np.random.default_rng(wide).integers(0, 256, (high, wide, 3), np.uint8)
    side = data.draw(st.floats(20, 700))
    x, y = data.draw(st.floats(-side / 2, wide - side / 2)), data.draw(st.floats(-side / 2, high - side / 2))
    lean = data.draw(st.floats(-0.3, 0.3))
    eyes = ((x + 0.3 * side, y + 0.4 * side), (x + 0.7 * side, y + (0.4 + lean) * side))
    face = Face(x, y, side, side, eyes=data.draw(st.sampled_from([None, eyes])))
    assert np.array_equal(crop(picture, face), whole_crop(picture, face))
