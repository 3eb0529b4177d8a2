"""Starts a service's commands fast: what they import is imported once, and each command is a fork.

    WIKI = forks_of("wiki-linker")
    done = WIKI.run("user", "ann", env={"GENBA_DATA_DIR": …})
    with running_service(["wiki-linker", "serve"], forks=WIKI) as service: ...

Half of what a test of real processes costs is their imports: a second of a core for each, where a fork starts in 20 ms.
The processes are as real as others: they have an environment, a working folder, sockets and an end of their own.
Run as a module it is the process that forks: it ends with its input, and its children with it.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

_LOOK_EVERY: Final = 0.005  # seconds


class ForkedProcess:
    """A command that runs, with what is used of `subprocess.Popen`."""

    def __init__(self, pid: int, ended: Path, forker: "subprocess.Popen[str]") -> None:
        self.pid = pid
        self._ended = ended
        self._forker = forker
        self._status: int | None = None

    def poll(self) -> int | None:
        """Its exit status, minus a signal's number if that ended it; None while it runs."""
        if self._status is None:
            try:
                self._status = int(self._ended.read_text())
            except FileNotFoundError:
                if self._forker.poll() is not None:
                    raise RuntimeError("the process that forks has ended, and all others with it") from None
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not within `timeout` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            time.sleep(_LOOK_EVERY)
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


class Forks:
    """Commands of one program, each in a process of its own.

    Args:
        module: what has the program's `main()`; it is imported when the first command is run.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._forker: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._started = 0
        self._turn = threading.Lock()

    def start(self, *args: str, env: Mapping[str, str], folder: Path, stdout: Path, stderr: Path) -> ForkedProcess:
        """Start a command.

        Args:
            args: behind the command's name.
            env: its whole environment.
            folder: its working folder.
            stdout: file to write its output behind; `stderr` may be the same.
            stderr: file to write its errors behind.
        """
        with self._turn:
            if self._forker is None:
                self._folder = tempfile.TemporaryDirectory(prefix="genba-forks-")
                self._forker = subprocess.Popen(  # noqa: S603  (our own program)
                    [sys.executable, "-m", __name__, self._module],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # the tests' own programs too
                    start_new_session=True,  # Ctrl-C is for the tests; it ends with its input
                )
            assert self._folder is not None  # noqa: S101  (made together)
            assert self._forker.stdin is not None  # noqa: S101  (it has pipes)
            assert self._forker.stdout is not None  # noqa: S101
            self._started += 1
            ended = Path(self._folder.name) / str(self._started)
            order = {"args": args, "env": dict(env), "folder": str(folder), "ended": str(ended)}
            self._forker.stdin.write(json.dumps({**order, "stdout": str(stdout), "stderr": str(stderr)}) + "\n")
            self._forker.stdin.flush()
            return ForkedProcess(int(self._forker.stdout.readline()), ended, self._forker)

    def run(
        self, *args: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; `env` is set beside this process's own environment."""
        with tempfile.TemporaryDirectory(prefix="genba-fork-") as name:
            folder = Path(name)
            stdout, stderr = folder / "stdout", folder / "stderr"
            whole = {**os.environ, **(env or {})}
            status = self.start(*args, env=whole, folder=cwd or Path.cwd(), stdout=stdout, stderr=stderr).wait()
            return subprocess.CompletedProcess(args, status, stdout.read_text(), stderr.read_text())

    def close(self) -> None:
        """End the process that forks, and whatever still runs."""
        if self._forker is not None:
            assert self._forker.stdin is not None  # noqa: S101  (it has pipes)
            assert self._forker.stdout is not None  # noqa: S101
            self._forker.stdin.close()
            self._forker.wait()
            self._forker.stdout.close()
            self._forker = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


@functools.cache
def forks_of(command: str) -> Forks:
    """What forks an installed command: one for all tests of a process, which ends it.

    Raises:
        ValueError: no package that is installed has this command.
    """
    (entry,) = entry_points(group="console_scripts", name=command)
    forks = Forks(entry.module)
    atexit.register(forks.close)
    return forks


def _become(order: Mapping[str, Any]) -> None:
    """Be a process as if it had been started for the order."""
    os.setsid()
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["folder"])
    opened = [os.open(os.devnull, os.O_RDONLY)]
    opened += [os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for name in ("stdout", "stderr")]
    for wanted, descriptor in enumerate(opened):
        os.dup2(descriptor, wanted)
        os.close(descriptor)
    sys.argv[1:] = order["args"]


def main(module: str) -> None:
    """Fork a process for each order on standard input, and write down how each ended."""
    program = importlib.import_module(module)
    gc.collect()
    gc.freeze()  # the children's collections leave what is shared alone
    children: dict[int, Path] = {}

    def write_down(*_: object) -> None:
        for pid in list(children):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                ended = children.pop(pid)
                partial = ended.with_suffix(".partial")
                partial.write_text(str(os.waitstatus_to_exitcode(status)))
                partial.rename(ended)

    signal.signal(signal.SIGCHLD, write_down)
    for line in sys.stdin:
        order = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # a child may end before it is known
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            _become(order)
            program.main()
            return
        children[pid] = Path(order["ended"])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
