"""One training on one device, on two, on two machines, and with JAX: the same curve, and a model each time."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from genba_servicekit.testing import free_port

pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")

pytestmark = pytest.mark.timeout(300)
COMMAND = Path(sys.executable).with_name("face-classifier")
WORDS = ["--steps", "20", "--batch", "8", "--faces", "whole", "--device", "cpu", "--split", "first-4", "--events"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    subprocess.run([COMMAND, "dataset", "make", folder, "--people", "4", "--photos", "5"], check=True, timeout=60)
    return folder


def begin(
    photos: Path, run: Path, *words: str, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [COMMAND, "train", photos, "-o", run, *WORDS, *words],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )


def losses(run: Path) -> list[float]:
    return [row[1] for row in json.loads((run / "curve.json").read_text())]


def about(run: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((run / "metrics.json").read_text())["about"]
    return found


@pytest.fixture(scope="module")
def one(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The curve on one device."""
    run = tmp_path_factory.mktemp("one")
    begin(photos, run).communicate(timeout=200)
    return losses(run)


def test_two_devices_share_each_batch(photos: Path, tmp_path: Path, one: list[float]) -> None:
    done = begin(photos, tmp_path / "two", "--devices", "2")
    done.communicate(timeout=200)
    assert done.returncode == 0
    assert about(tmp_path / "two")["devices"] == 2
    assert losses(tmp_path / "two") == pytest.approx(one, rel=0.05)


def test_two_machines_share_each_batch_and_one_keeps_what_comes_of_it(
    photos: Path, tmp_path: Path, one: list[float]
) -> None:
    cluster = {"worker": [f"127.0.0.1:{free_port()}" for _ in range(2)]}
    runs = [tmp_path / "first", tmp_path / "second"]
    machines = []
    for index, run in enumerate(runs):
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        machines.append(begin(photos, run, environment={"TF_CONFIG": json.dumps(task)}))
    for machine in machines:
        machine.communicate(timeout=250)
        assert machine.returncode == 0
    assert about(runs[0])["devices"] == 2
    assert losses(runs[0]) == pytest.approx(one, rel=0.05)
    assert not (runs[1] / "manifest.json").exists()


def test_jax_trains_the_same_network(photos: Path, tmp_path: Path) -> None:
    pytest.importorskip("jax", reason="no JAX: the extra `jax` brings it")
    done = begin(photos, tmp_path / "jax", environment={"KERAS_BACKEND": "jax"})
    said = done.communicate(timeout=200)[0]
    assert done.returncode == 0
    assert about(tmp_path / "jax")["backend"] == "jax"
    assert json.loads(said.splitlines()[-1])["done"]["top1"] >= 0.5
    assert losses(tmp_path / "jax")[-1] < losses(tmp_path / "jax")[0]
