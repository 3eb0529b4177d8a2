"""The Makefile and the set-up behind it, in a copy of the workspace's outside; nothing is installed."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a blank in its name that has the Makefile and what `make setup` looks at."""
    folder = tmp_path / "a checkout"
    for path in ("Makefile", "pyproject.toml", "deploy/__init__.py", "deploy/venv.py"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    return folder


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(["make", *arguments], cwd=folder, env=env, check=False, capture_output=True, text=True)


def stamp(folder: Path) -> Path:
    """Where this checkout's environment says that it is ready."""
    printed = make(folder, "-n", "setup").stdout
    found = re.search(r"-m deploy\.venv (\.venv/\.ready-\d+)", printed)
    assert found, printed
    return folder / found[1]


def test_make_alone_lists_every_target_with_what_it_does() -> None:
    listed = make(ROOT).stdout
    assert make(ROOT, "help").stdout == listed
    assert len(TARGETS) > 10
    for target in TARGETS:
        assert re.search(rf"^  {target} +\S", listed, re.MULTILINE), target


def test_every_target_is_phony_so_that_no_file_stands_in_its_way() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert sorted(phony[1].split()) == sorted(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_can_be_made(target: str) -> None:
    run = make(ROOT, "-n", target)
    assert run.returncode == 0, run.stderr


def test_continuous_integration_runs_targets_that_the_readme_names() -> None:
    commands = [line for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines() if line.startswith("make ")]
    assert commands == ["make system-packages", "make lint", "make test"]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(command in readme for command in commands)


def test_without_a_fitting_python_the_set_up_says_so_in_a_line(checkout: Path) -> None:
    run = make(checkout, "setup", "PYTHON=/nowhere/python3")
    assert run.returncode == 2
    assert run.stderr.splitlines()[0] == "set-up: no Python 3.11, 3.12 or 3.13 found; name one with PYTHON=…"
    assert not (checkout / ".venv").exists()


def test_without_venv_the_set_up_says_so_in_a_line(checkout: Path) -> None:
    code = "import sys; sys.modules['ensurepip'] = None; from deploy.venv import main; sys.exit(main())"
    run = subprocess.run([sys.executable, "-c", code], cwd=checkout, check=False, capture_output=True, text=True)
    assert run.returncode == 1
    assert re.fullmatch(r"set-up: .* has no venv \(Debian: apt-get install python3-venv\).*\n", run.stderr)


def test_a_set_up_that_is_ready_is_silent_and_touches_nothing(checkout: Path) -> None:
    ready = stamp(checkout)
    ready.parent.mkdir()
    ready.touch()
    run = make(checkout, "setup")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert list(ready.parent.iterdir()) == [ready]


@pytest.mark.parametrize("changed", ["pyproject.toml", "deploy/venv.py"])
def test_a_changed_requirement_asks_for_a_new_set_up(checkout: Path, changed: str) -> None:
    ready = stamp(checkout)
    ready.parent.mkdir()
    ready.touch()
    later = ready.stat().st_mtime + 10
    os.utime(checkout / changed, (later, later))
    assert "deploy.venv" in make(checkout, "-n", "setup").stdout


def test_a_checkout_that_was_copied_does_not_use_the_others_environment(checkout: Path) -> None:
    ready = stamp(checkout)
    ready.parent.mkdir()
    ready.touch()
    copy = checkout.with_name("another")
    shutil.copytree(checkout, copy)
    assert stamp(copy).name != ready.name


def test_two_set_ups_at_once_wait_for_each_other(checkout: Path) -> None:
    ready = checkout / ".venv" / ".ready"
    folder = os.open(checkout, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    command = [sys.executable, "-m", "deploy.venv", str(ready)]
    with subprocess.Popen(command, cwd=checkout, stderr=subprocess.PIPE, text=True) as second:
        assert second.stderr
        assert second.stderr.readline() == "waiting for another set-up of this checkout\n"
        ready.parent.mkdir()
        ready.touch()  # the first has done the work
        os.close(folder)
        assert second.stderr.read() == ""
    assert second.returncode == 0
    assert list(ready.parent.iterdir()) == [ready]
