"""A PostgreSQL cluster of a test's own, on a Unix socket in a folder that only it can enter."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, Self

import psycopg
from psycopg import sql

from genba_servicekit.die_with_parent import die_with_parent_command

USER: Final = "genba"
START_TIMEOUT: Final = 30.0  # seconds; 0.3 s is usual, recovery after a crash takes longer
STOP_TIMEOUT: Final = 15.0
DEBIAN: Final = Path("/usr/lib/postgresql")


def _children(parent: int) -> list[int]:
    """The processes that a process has begun and those that these have, as Linux lists them."""
    found: list[int] = []
    for file in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in map(int, file.read_text().split()):
            found += (pid, *_children(pid))
    return found


def find_postgres() -> Path | None:
    """The folder of PostgreSQL's server programs (initdb, postgres): the newest of Debian's, else as PATH has it."""
    versions = [path for path in DEBIAN.glob("*/bin") if (path / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class PostgresServer:
    """A cluster with fsync on, as in production, so that a test may kill it; UTF-8, C.UTF-8, everyone on it trusted.

    Root starts it as the user `postgres`, for PostgreSQL refuses to run as root.

    Raises:
        RuntimeError: no PostgreSQL here, or it did not start; with its output.
    """

    def __init__(self) -> None:
        programs = find_postgres()
        if programs is None:
            raise RuntimeError("no PostgreSQL here")
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="genba-pg-"))
        self._names = (f"genba_{number}" for number in count(1))
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self._folder, pwd.getpwnam("postgres").pw_uid)
            self._as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]

    def _url(self, database: str, scheme: str) -> str:
        return f"{scheme}://{USER}@/{database}?host={self._folder}"

    def start(self) -> None:
        """Start the cluster, made on the first start, and return when it answers."""
        data = self._folder / "data"
        log = self._folder / "postgres.log"
        if not (self._folder / "made").exists():
            self._make(data)
        command = [*self._as_user, str(self._programs / "postgres"), "-D", str(data), "-k", str(self._folder)]
        command += ["-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603  (a fixed program, no shell)
                die_with_parent_command(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/"
            )
        deadline = time.monotonic() + START_TIMEOUT
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self._url("postgres", "postgresql")).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        self.kill9()
        raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")

    def _make(self, data: Path) -> None:
        command = [*self._as_user, str(self._programs / "initdb"), "-D", str(data), "-U", USER, "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        made = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")  # noqa: S603  (the same)
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")
        (self._folder / "made").touch()

    def create_database(self) -> str:
        """The SQLAlchemy URL of a new, empty database: `postgresql+psycopg://…`."""
        name = next(self._names)
        with psycopg.connect(self._url("postgres", "postgresql"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._url(name, "postgresql+psycopg")

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("PostgreSQL is not running")
        return self._process

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """End it, cutting its connections (a fast shutdown). Does nothing if it is not running."""
        if self._process is None:
            return
        self.thaw()
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill9(self) -> None:
        """Kill all of its processes at once, as a crash of the machine's memory would."""
        os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()
        self._process = None

    def restart(self) -> None:
        """Stop it, if it is running, and start it again on the same socket."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Stop all of its processes from doing anything, with their connections open."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        # The first one before its children are listed, so that there are no more. Each leads a process group.
        first = self._running.pid
        os.kill(first, number)
        for pid in (first, *_children(first)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(how=signal.SIGQUIT)  # nothing is kept: a last checkpoint would cost 20 s on a busy disk
        shutil.rmtree(self._folder, ignore_errors=True)
