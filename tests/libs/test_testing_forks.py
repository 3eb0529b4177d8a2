"""Commands that are forks: processes like others, with an end that is told."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from genba_servicekit.testing_forks import ForkedProcess, Forks


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    made = Forks("libs.forked_program")
    yield made
    made.close()


@pytest.fixture
def sleeper(forks: Forks, tmp_path: Path) -> Iterator[ForkedProcess]:
    out = tmp_path / "out"
    process = forks.start("sleep", env={}, folder=tmp_path, stdout=out, stderr=out)
    while not out.exists() or "asleep" not in out.read_text():
        assert process.poll() is None
        time.sleep(0.01)
    yield process
    process.kill()


def test_a_command_has_its_arguments_environment_and_output(forks: Forks) -> None:
    done = forks.run("say", "encore", env={"MOOD": "loud"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "encore, loud\n", "")


def test_each_command_is_a_process_of_its_own(forks: Forks) -> None:
    one, other = (int(forks.run("pid").stdout) for _ in range(2))
    assert one != other


@pytest.mark.parametrize(("how", "status"), [("exit", 3), ("raise", 1)])
def test_how_a_command_ends_is_told(forks: Forks, how: str, status: int) -> None:
    done = forks.run(how)
    assert done.returncode == status
    assert ("Traceback" in done.stderr) == (how == "raise")


def test_a_command_that_is_killed_is_told_by_the_signal(sleeper: ForkedProcess) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        sleeper.wait(0.01)
    sleeper.kill()
    assert sleeper.wait(10) == -signal.SIGKILL
    sleeper.terminate()  # who is gone takes no harm


def test_no_command_outlives_the_process_that_forks(tmp_path: Path) -> None:
    forks = Forks("libs.forked_program")
    out = tmp_path / "out"
    process = forks.start("sleep", env={}, folder=tmp_path, stdout=out, stderr=out)
    running = psutil.Process(process.pid)
    forks.close()
    assert not running.is_running() or running.wait(10) is None
