"""A training that is killed, and then stopped, ends as one that was left alone: bit by bit."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("keras", reason="no Keras: the extra `cpu` brings it")

COMMAND = Path(sys.executable).with_name("face-classifier")
WORDS = ["--steps", "24", "--batch", "8", "--checkpoint-every", "4", "--faces", "whole", "--device", "cpu", "--events"]


def training(photos: Path, run: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([COMMAND, "train", photos, "-o", run, *WORDS], stdout=subprocess.PIPE, text=True)


def step(run: Path) -> int:
    """Of the last checkpoint; 0 if there is none."""
    try:
        return int(json.loads((run / "checkpoint.json").read_text())["step"])
    except FileNotFoundError:
        return 0


def reach(process: "subprocess.Popen[str]", run: Path, wanted: int) -> None:
    while process.poll() is None and step(run) < wanted:
        time.sleep(0.005)


def test_a_training_that_was_killed_and_stopped_ends_bit_equal(tmp_path: Path) -> None:
    photos, left_alone, killed = tmp_path / "photos", tmp_path / "left-alone", tmp_path / "killed"
    subprocess.run([COMMAND, "dataset", "make", photos, "--people", "2", "--photos", "4"], check=True, timeout=60)
    said = training(photos, left_alone).communicate(timeout=100)[0]
    first = training(photos, killed)
    reach(first, killed, 4)
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    assert not (killed / "manifest.json").exists()
    second = training(photos, killed)
    reach(second, killed, step(killed) + 4)
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert 8 <= step(killed) < 24
    last = training(photos, killed).communicate(timeout=100)[0]
    assert json.loads(last.splitlines()[-1])["done"]["top1"] == json.loads(said.splitlines()[-1])["done"]["top1"]
    for name in ("model.onnx", "centroids.npy", "curve.json"):
        assert (killed / name).read_bytes() == (left_alone / name).read_bytes(), name
