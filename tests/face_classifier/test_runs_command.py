"""Comparing trainings on the command line."""

import json
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from typer.testing import CliRunner, Result

from face_classifier.__main__ import cli
from face_classifier.adapters.bundles import put_bundle
from face_classifier.core.bundles import Manifest, Unknown
from face_classifier.core.datasets import Label
from face_classifier.core.recipes import Recipe
from genba_servicekit.objects import FolderStore

MANIFEST = Manifest(
    name="faces",
    architecture="resnet",
    labels=(Label("aoi", "Aoi"), Label("ren", "Ren")),
    temperature=1.0,
    unknown=Unknown(0.5, 0.5),
    data_set="ab" * 32,
    created_at="2026-11-28T07:00:00Z",
)


def run(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["runs", *map(str, args)], env={"COLUMNS": "160"})
    assert done.exit_code == code, done.output
    return done


def kept(folder: Path, name: str, top1: float, **settings: object) -> None:
    recipe = Recipe(**settings).as_json()  # type: ignore[arg-type]
    metrics = {"top1": top1, "top3": 1.0, "calibration_error": 0.02, "strangers": None, "seconds": 61.0}
    manifest = replace(MANIFEST, settings=recipe, metrics=metrics)
    anyio.run(put_bundle, FolderStore(folder), f"{name}/", manifest, {})


def test_runs_are_compared_by_what_differs_the_best_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path.parent)
    runs = Path(tmp_path.name)
    kept(tmp_path, "slow", 0.5, rate=0.001)
    kept(tmp_path, "fast", 0.75)
    lines = run(runs).stdout.splitlines()
    assert lines[0].split()[:5] == ["run", "architecture", "steps", "batch", "rate"]
    assert "seed" not in lines[0]
    assert [line.split()[0] for line in lines[1:]] == [f"{runs}/fast", f"{runs}/slow"]
    assert "0.001" in lines[2]
    assert "75.0%" in lines[1]
    rows = json.loads(run(tmp_path / "slow", tmp_path / "fast", "--format", "json").stdout)
    assert [row["metrics"]["top1"] for row in rows] == [0.75, 0.5]


def test_where_there_is_no_run_it_is_said(tmp_path: Path) -> None:
    assert "no training that is done" in run(tmp_path, code=2).stderr
    (tmp_path / "manifest.json").write_text("{}")
    assert "not of format 1" in run(tmp_path, code=2).stderr
