"""What tests of services are made with: an ASGI client that runs the lifespan, and real servers.

Imports pytest, which a running service does not need: only tests import this module.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final, NoReturn

import anyio
import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genba_contracts.events import Event
from genba_servicekit.die_with_parent import die_with_parent_command
from genba_servicekit.redis_server import RedisServer, RedisServerError, find_redis_server, free_port
from genba_servicekit.testing_forks import ForkedProcess, Forks, forks_of
from genba_servicekit.testing_postgres import PostgresServer, find_postgres

__all__ = [
    "EventRecorder",
    "Forks",
    "PostgresServer",
    "RedisServer",
    "RunningService",
    "app_client",
    "forks_of",
    "free_port",
    "missing",
    "postgres_server",
    "redis_server",
    "running_service",
    "test_data",
    "until",
]

REQUIRE_ALL: Final = "GENBA_REQUIRE_ALL"
TEST_DATA: Final = "GENBA_TEST_DATA"
START_TIMEOUT: Final = 30.0  # seconds a service may take to answer /livez; 1 s is usual on an idle machine
STOP_TIMEOUT: Final = 15.0  # seconds from SIGTERM to SIGKILL


def missing(what: str) -> NoReturn:
    """Skip the test for want of a system package, or fail it where everything is required (GENBA_REQUIRE_ALL=1)."""
    message = f"{what} is not installed: `make system-packages` installs it (Debian, as root)"
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def test_data(name: str) -> Path:
    """The folder of real input called `name`: in $GENBA_TEST_DATA, else in `shared/data` beside the checkout.

    Skips the test where there is none: the data is not part of the project.
    """
    folders = [Path(given)] if (given := os.environ.get(TEST_DATA)) else _data_folders()
    for folder in folders:
        if (folder / name).is_dir():
            return folder / name
    pytest.skip(f"the test data {name!r} is not here: say where it is in {TEST_DATA}")


test_data.__test__ = False  # type: ignore[attr-defined]  # pytest: the name begins like a test's


def _data_folders() -> list[Path]:
    return [parent.parent / "shared" / "data" for parent in Path(__file__).parents if (parent / "uv.lock").is_file()]


@asynccontextmanager
async def app_client(
    app: ASGIApp, *, base_url: str = "http://genba.test", raise_app_exceptions: bool = True, **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an ASGI application in this process, with its lifespan run around it.

    Args:
        app: the application.
        base_url: what relative addresses are relative to; https makes cookies Secure.
        raise_app_exceptions: whether an exception of the application is the test's, or a 500 as in a server.
        options: further arguments of `httpx.AsyncClient`.

    Raises:
        RuntimeError: the lifespan's start or end failed; with the message that it gave.
    """
    state: dict[str, Any] = {}

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": dict(state)}, receive, send)

    transport = httpx.ASGITransport(with_state, raise_app_exceptions=raise_app_exceptions)
    async with _lifespan(app, state), httpx.AsyncClient(transport=transport, base_url=base_url, **options) as client:
        yield client


@asynccontextmanager
async def _lifespan(app: ASGIApp, state: dict[str, Any]) -> AsyncIterator[None]:
    """Runs the ASGI lifespan protocol in one task of its own, as servers do: cancel scopes must not change task."""
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    task = asyncio.ensure_future(_run(app(scope, to_app.get, from_app.put), from_app))

    async def ask(question: str) -> None:
        await to_app.put({"type": f"lifespan.{question}"})
        answer = await from_app.get()
        if answer["type"] != f"lifespan.{question}.complete":
            await task  # an exception that went through says more than the message
            raise RuntimeError(answer.get("message") or f"{question} failed")

    try:
        await ask("startup")
        yield
        await ask("shutdown")
    finally:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _run(lifespan: Any, answers: asyncio.Queue[Message]) -> None:
    try:
        await lifespan
    finally:
        await answers.put({"type": "lifespan.ended", "message": "the lifespan ended early"})


class EventRecorder:
    """Keeps the events that it is called with, in order: `bus.subscribe([WikiEntrySaved], recorder, recorder.resync)`.

    Attributes:
        events: every event, repeated ones too.
        resyncs: the types for which it was told to start over.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.resyncs: list[str] = []
        self._changed = asyncio.Condition()

    async def __call__(self, event: Event) -> None:
        """Keep the event."""
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    async def resync(self, event_type: str) -> None:
        """Take note that events of this type were lost."""
        async with self._changed:
            self.resyncs.append(event_type)
            self._changed.notify_all()

    @property
    def ids(self) -> list[str]:
        """The events' ids, in order, each once."""
        return list(dict.fromkeys(event.id for event in self.events))

    async def wait_for(self, *, events: int = 0, resyncs: int = 0, timeout: float = 10) -> list[Event]:  # noqa: ASYNC109
        """The events, as soon as there are so many different ones and so many resyncs.

        Raises:
            TimeoutError: there are fewer after `timeout` seconds; the message says how many.
        """
        try:
            with anyio.fail_after(timeout):
                async with self._changed:
                    await self._changed.wait_for(lambda: len(self.ids) >= events and len(self.resyncs) >= resyncs)
        except TimeoutError:
            seen = f"{len(self.ids)} of {events} events and {len(self.resyncs)} of {resyncs} resyncs"
            raise TimeoutError(f"only {seen} after {timeout} s") from None
        return self.events


async def until(holds: Callable[[], bool], *, timeout: float = 10) -> None:  # noqa: ASYNC109  (as asyncio's own)
    """Return as soon as `holds()` does.

    Raises:
        TimeoutError: it did not within `timeout` seconds.
    """
    async with asyncio.timeout(timeout):
        while not holds():  # noqa: ASYNC110  (what tests watch seldom has an event to wait for)
            await asyncio.sleep(0.01)


@contextmanager
def redis_server(*, append_only: bool = False, binary: Path | None = None) -> Iterator[RedisServer]:
    """A Redis of one's own on a free port, with `restart()`, `kill9()`, `freeze()`, `thaw()` and `kill_clients()`.

    Args:
        append_only: what was written outlives restarts and `kill9()`; otherwise a restart is empty.
        binary: the server's program; by default whichever is found.
    """
    try:
        binary = binary or find_redis_server()
    except RedisServerError:
        missing("redis-server")
    with (
        tempfile.TemporaryDirectory(prefix="genba-redis-") as folder,
        RedisServer(Path(folder), append_only=append_only, binary=binary) as server,
    ):
        yield server


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL cluster of one's own on a private socket; `create_database()` gives an empty database's URL."""
    if find_postgres() is None:
        missing("postgresql")
    with PostgresServer() as server:
        yield server


class RunningService:
    """A service in a process of its own, listening on 127.0.0.1.

    Attributes:
        port: its port, the same over restarts.
        url: where it is, without a slash at the end.
        log: the file that has its output, over all starts.
    """

    def __init__(
        self,
        args: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        port: int | None = None,
        forks: Forks | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "service.log"
        self._args = [*args, "--host", "127.0.0.1", "--port", str(self.port)]
        self._env = {**os.environ, **env}
        self._folder = folder
        self._forks = forks
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes] | ForkedProcess":
        """The process that runs now."""
        if self._process is None:
            raise RuntimeError("the service is not running")
        return self._process

    def start(self) -> None:
        """Start it, and return when /livez answers.

        Raises:
            RuntimeError: it ended or did not answer; its output is in the message.
        """
        self._process = self._begin()
        deadline = time.monotonic() + START_TIMEOUT
        while self._process.poll() is None and time.monotonic() < deadline:
            if _is_live(self.port):
                return
            time.sleep(0.02)
        self.kill9()
        raise RuntimeError(f"{' '.join(self._args)} did not start:\n{self.output()}")

    def _begin(self) -> "subprocess.Popen[bytes] | ForkedProcess":
        if self._forks is not None:
            self.log.touch()  # `output` may be asked for before the fork has opened it
            where = {"folder": self._folder, "stdout": self.log, "stderr": self.log}
            return self._forks.start(*self._args[1:], env=self._env, **where)
        program = Path(sys.executable).parent / self._args[0]
        command = [str(program) if program.exists() else self._args[0], *self._args[1:]]
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (a test's own command)
                die_with_parent_command(command),
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> int | None:
        """Ask it to end (SIGTERM), and kill it if it does not; gives its exit status."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
        status = self._process.wait()
        self._process = None
        return status

    def kill9(self) -> None:
        """Kill it, as a crash would."""
        self.process.kill()
        self.process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop it, if it is running, and start it again on the same port."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Stop it from doing anything (SIGSTOP)."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self.process.send_signal(signal.SIGCONT)

    def output(self) -> str:
        """What it has written to stdout and stderr so far."""
        return self.log.read_text(errors="replace")


def _is_live(port: int) -> bool:
    """Whether /livez answers well; asked often, and a client of httpx takes 20 ms of a core to make."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def running_service(
    args: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    port: int | None = None,
    forks: Forks | None = None,
) -> Iterator[RunningService]:
    """A real server process that answers, stopped at the end: `running_service(["wiki-linker", "serve"])`.

    Args:
        args: the command, from the virtual environment or PATH; `--host` and `--port` are added to it.
        env: set in its environment beside this process's own; without GENBA_DATA_DIR it keeps its data in a temporary
            folder, which is also its working folder.
        port: where it listens; a free one by default.
        forks: what forks it, where the test is not about the command itself.

    Raises:
        RuntimeError: it did not start; its output is in the message.
    """
    folder = Path(tempfile.mkdtemp(prefix="genba-service-"))
    service = RunningService(args, {"GENBA_DATA_DIR": str(folder / "var"), **(env or {})}, folder, port, forks)
    try:
        service.start()
        yield service
    finally:
        service.stop()
        shutil.rmtree(folder, ignore_errors=True)
