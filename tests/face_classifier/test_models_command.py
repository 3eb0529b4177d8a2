"""The command line adds versions of the model, lists them, and sets which of them answers."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from face_classifier.__main__ import cli
from face_classifier.adapters.bundles import put_bundle
from faces_models import tiny_bundle
from genba_servicekit.objects import FolderStore

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    manifest, files = tiny_bundle(name="orl")
    asyncio.run(put_bundle(FolderStore(tmp_path / "run"), "", manifest, files))
    return lambda *arguments: CliRunner().invoke(cli, ["models", *arguments])


def test_versions_are_added_promoted_and_rolled_back(run: Run) -> None:
    assert run("add", "run").stdout == "Version 1 is orl (resnet, 3 people).\n"
    assert "answers" in run("add", "run", "--promote").stdout
    listed = run("list").stdout.splitlines()
    assert [line[:8].split() for line in listed[1:]] == [["*", "2"], ["1"]]
    assert run("promote", "1").stdout == "Version 1, orl (resnet, 3 people), answers.\n"
    assert run("rollback").stdout == "Version 2, orl (resnet, 3 people), answers again.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "nowhere"), "nowhere: there is no manifest.json"),
        (("promote", "7"), "There is no version 7."),
        (("rollback",), "No version answers yet."),
    ],
)
def test_what_cannot_be_is_a_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (2, said + "\n")


def test_a_model_that_was_changed_is_not_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "run" / "model.onnx").write_bytes(b"evil")
    result = run("add", "run")
    assert (result.exit_code, "model.onnx is not the file" in result.stderr) == (2, True)
    (tmp_path / "var" / "faces").mkdir(parents=True)
    (tmp_path / "var" / "faces" / "promoted.json").write_text("[]")
    assert run("list").exit_code == 2
