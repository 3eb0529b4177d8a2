"""The commands for data sets, as people type them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from typer.testing import CliRunner, Result

from face_classifier.__main__ import cli
from genba_servicekit.testing import test_data


def run(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, [str(arg) for arg in args])
    assert done.exit_code == code, done.output
    return done


def test_drawn_people_are_made_checked_and_split(tmp_path: Path) -> None:
    run("dataset", "make", tmp_path, "--people", 3, "--photos", 4, "--size", 96)
    checked = json.loads(run("dataset", "check", tmp_path, "--format", "json").stdout)
    assert checked["labels"] == {"person-01": 4, "person-02": 4, "person-03": 4}
    assert not checked["alike"] + checked["tiny"] + checked["blurred"] + checked["unreadable"]
    assert "Aoi" in run("dataset", "check", tmp_path).stdout
    parted = json.loads(run("dataset", "split", tmp_path, "--by", "first-3").stdout)
    assert parted["test"] == ["person-01/004.png", "person-02/004.png", "person-03/004.png"]
    run("dataset", "make", tmp_path, code=2)


def test_a_check_finds_what_is_wrong(tmp_path: Path) -> None:
    run("dataset", "make", tmp_path, "--people", 2, "--photos", 3)
    first = Image.open(tmp_path / "person-01/001.png")
    first.save(tmp_path / "person-02/copy.jpg", quality=70)
    Image.open(tmp_path / "person-01/002.png").filter(ImageFilter.GaussianBlur(6)).save(tmp_path / "person-01/blur.png")
    Image.open(tmp_path / "person-01/003.png").resize((40, 40)).save(tmp_path / "person-01/tiny.png")
    (tmp_path / "person-01/torn.png").write_bytes(b"\x89PNG")
    found = json.loads(run("dataset", "check", tmp_path, "--format", "json").stdout)
    assert found["crossed"] == [["person-01/001.png", "person-02/copy.jpg"]]
    assert [each["photo"] for each in found["blurred"]] == ["person-01/blur.png"]
    assert [each["photo"] for each in found["tiny"]] == ["person-01/tiny.png"]
    assert [each["photo"] for each in found["unreadable"]] == ["person-01/torn.png"]
    text = run("dataset", "check", tmp_path).stdout
    assert "1 of these pairs are under two labels:" in text


@pytest.mark.parametrize("people", [0, 1])
def test_what_cannot_be_trained_on_is_said(tmp_path: Path, people: int) -> None:
    for person in range(people):
        (tmp_path / str(person)).mkdir()
        for photo in range(2):
            noise = np.random.default_rng(photo).integers(0, 255, (80, 80, 3), np.uint8)
            Image.fromarray(noise).save(tmp_path / f"{person}/{photo}.png")
    done = run("dataset", "check", tmp_path, code=1 if people else 2)
    assert "two people" in done.output or "no photos" in done.output


def test_a_bad_import_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04nonsense")
    for source in ("a.zip", "nothing"):
        done = run("dataset", "import", tmp_path / source, "-o", tmp_path / "set", code=2)
        assert len(done.stderr.strip().splitlines()) <= 2
    run("dataset", "import", tmp_path / "a.zip", "-o", tmp_path / "set", "--label", "a/b", code=2)


def test_the_faces_of_35_people_come_in_whole(tmp_path: Path) -> None:
    source = test_data("faces") / "orl_faces"
    assert "350 photos taken" in run("dataset", "import", source, "-o", tmp_path).stdout
    assert "350 were there" in run("dataset", "import", source, "-o", tmp_path).stdout
    found = json.loads(run("dataset", "check", tmp_path, "--format", "json").stdout)
    assert len(found["labels"]) == 35
    assert found["balance"] == 1
    assert not found["alike"] + found["tiny"] + found["blurred"] + found["unreadable"]
    parted = json.loads(run("dataset", "split", tmp_path, "--by", "first-5").stdout)
    assert parted["train"][:6] == [f"s1/{number}.png" for number in range(1, 6)] + ["s2/1.png"]


@pytest.mark.parametrize("name", ["faces.zip", "faces.tfrecord"])
def test_a_data_set_goes_into_one_file_and_comes_out_of_it(tmp_path: Path, name: str) -> None:
    if name.endswith(".tfrecord"):
        pytest.importorskip("tensorflow", reason="no TensorFlow: the extra `cpu` brings it")
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / name
    run("dataset", "make", first, "--people", 2, "--photos", 3, "--size", 64)
    assert "6 photos in" in run("dataset", "export", first, "-o", file).stdout
    assert "6 photos taken" in run("dataset", "import", file, "-o", second).stdout
    for photo in first.glob("*/*.png"):
        assert (second / photo.relative_to(first)).read_bytes() == photo.read_bytes()
    torn = tmp_path / f"torn{file.suffix}"
    torn.write_bytes(file.read_bytes()[:-1_000])
    reason = "record 6 is broken" if name.endswith(".tfrecord") else "the archive is broken"
    assert reason in run("dataset", "import", torn, "-o", tmp_path / "third", code=2).stderr
    assert ".tfrecord or .zip" in run("dataset", "export", first, "-o", tmp_path / "faces.csv", code=2).stderr
    assert "no photos" in run("dataset", "export", tmp_path / "empty", "-o", file, code=2).stderr
    assert sorted(path.name for path in tmp_path.glob("*.part")) == []
