"""The command line's `add` and `fetch`: what is kept, and what is said of it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from timetable_renderer.__main__ import cli
from timetable_renderer.app import service

TIF = '{"day1": {"HOT": [{"start": "1030", "end": "1100", "artist": "%s", "detail": "null"}]}}'
CONFIG = """
id = "fes"
name = "Fes"
days = ["2027-08-06"]
[[sources]]
file = "tif.json"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("tif.json").write_text(TIF % "あ", encoding="utf-8")
    Path("fes.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), env={"GENBA_DATA_DIR": "kept"})


def test_a_festival_is_added_and_fetched_again(folder: Path) -> None:
    assert run("add", "fes.toml").stdout == "fes: version 1, 1 slots: 1 added, 0 removed, 0 moved, 0 changed\n"
    assert run("fetch").stdout == "fes: unchanged: version 1, 1 slots\n"
    Path("tif.json").write_text(TIF % "いろは", encoding="utf-8")
    assert run("fetch", "fes").stdout == "fes: version 2, 1 slots: 0 added, 0 removed, 0 moved, 1 changed\n"


def test_a_broken_source_is_said_and_replaces_nothing(folder: Path) -> None:
    run("add", "fes.toml")
    Path("tif.json").write_text('{"day1"', encoding="utf-8")
    result = run("fetch")
    assert result.exit_code == 1
    assert "tif.json: line 1, column 8: it is no JSON" in result.stderr
    Path("tif.json").write_text(TIF % "あ", encoding="utf-8")
    assert run("fetch").stdout == "fes: unchanged: version 1, 1 slots\n"


def test_a_timetable_alone_can_be_added(folder: Path) -> None:
    result = run("add", "tif.json")
    assert "tif.json: has no dates; day 1 is taken to be 2000-01-01" in result.stderr
    assert result.stdout.endswith("version 1, 1 slots: 1 added, 0 removed, 0 moved, 0 changed\n")


def test_the_sample_goes_into_an_empty_service_once(folder: Path) -> None:
    assert service.sample[:2] == ("add", "--if-empty")
    assert "version 1, 385 slots" in run(*service.sample).stdout
    assert run(*service.sample).stdout == "There is a festival already: nothing was added.\n"


def test_what_cannot_be_added_or_fetched_is_said(folder: Path) -> None:
    assert run("fetch").stdout == "There is no festival: `add` sets one up.\n"
    result = run("fetch", "nope")
    assert (result.exit_code, result.stderr) == (2, "nope: there is no such festival; there are none\n")
    Path("bad.toml").write_text(json.dumps({"id": "X Y", "name": "n", "days": []}), encoding="utf-8")
    result = run("add", "bad.toml")
    assert result.exit_code == 2
    assert "bad.toml: id: " in result.stderr
