"""`make up`'s runner with two tiny real services, a real Redis and real signals."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
import redis

from genba_servicekit.devstack_service import Terminal
from genba_servicekit.redis_server import free_port

SERVICE = """#!{python}
import http.server, os, signal, subprocess, sys, time
name, verb, port = os.path.basename(sys.argv[0]), sys.argv[1], None
if verb == "load":
    print("sample of", name, "loaded")
    sys.exit()
if os.environ.get(name.upper() + "_FATE") == "refuses":
    print("my settings are wrong")
    sys.exit(2)
if os.environ.get(name.upper() + "_FATE") == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "600"])  # a worker that nobody reaps
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        if self.path == "/end":
            os._exit(7)
        print("redis is", os.environ["GENBA_REDIS_URL"], flush=True)
        print("neighbours are", os.environ.get("BETA_ALPHA"), os.environ.get("BETA_OMEGA"), flush=True)
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ[name.upper() + "_PORT"])), Handler).serve_forever()
"""
STACK = """
import sys
from typing import Annotated
from genba_servicekit import devstack, devstack_service
from genba_servicekit.settings import ServiceSettings, ServiceSpec, Unit
from pydantic import Field
from pydantic_settings import SettingsConfigDict
class Alpha(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ALPHA_")
    port: int = 1
    speed: Annotated[int, Unit("songs an hour")] = Field(default=3, description="How fast it is.")
class Beta(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="BETA_")
    greeting: str = Field(default="hello", description="What it says.")
devstack_service.STOP_TIMEOUT = 0.5
devstack_service.BACKOFF = (0.05, 0.05)
alpha = ServiceSpec("alpha", "{folder}/alpha", 1, Alpha, print, ("load",))
beta = ServiceSpec("beta", "{folder}/beta", 2, Beta, print, neighbours={{"BETA_ALPHA": "alpha", "BETA_OMEGA": "omega"}})
sys.exit(devstack.main([alpha, beta]))
"""
PATIENCE = 30.0  # seconds that a step may take on a busy machine before the test gives up


class Stack:
    """A running stack: what it printed so far, and every process that it ever had."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.seen: set[psutil.Process] = set()

    def until(self, wanted: str) -> str:
        """Read on to the line that holds `wanted`, and give it."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            self.look()
            if wanted in line:
                return line
        pytest.fail(f"never printed {wanted!r}: {self.lines} {self.process.stderr and self.process.stderr.read()}")

    def look(self) -> None:
        with ExitStack() as none_left:
            none_left.push(lambda kind, *_: kind is not None and issubclass(kind, psutil.NoSuchProcess))
            self.seen.update(psutil.Process(self.process.pid).children(recursive=True))

    def rest(self) -> str:
        out, err = self.process.communicate(timeout=PATIENCE)
        return out + err

    def assert_nothing_is_left(self) -> None:
        gone, alive = psutil.wait_procs(self.seen, timeout=PATIENCE)
        assert not alive
        assert len(gone) >= 2


Start = Callable[..., Stack]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    for name in ("alpha", "beta"):
        (tmp_path / name).write_text(SERVICE.format(python=sys.executable))
        (tmp_path / name).chmod(0o755)
    (tmp_path / "stack.py").write_text(STACK.format(folder=tmp_path))
    started: list[Stack] = []

    def run(*arguments: str, before: tuple[str, ...] = (), **env: str) -> Stack:
        ports = {"ALPHA_PORT": str(free_port()), "BETA_PORT": str(free_port())}
        command = [*before, sys.executable, str(tmp_path / "stack.py"), *arguments]
        process = subprocess.Popen(
            command,
            env={**os.environ, "GENBA_DATA_DIR": str(tmp_path / "var"), "GENBA_REDIS_URL": "given", **ports, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(Stack(process))
        return started[-1]

    yield run
    for stack in started:
        stack.look() if stack.process.poll() is None else None
        stack.process.kill()
        stack.process.communicate()
        stack.assert_nothing_is_left() if stack.seen else None


@contextmanager
def listener() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_everything_starts_says_where_it_is_and_is_gone_after_ctrl_c(start: Start) -> None:
    alpha, beta = free_port(), free_port()
    stack = start(GENBA_REDIS_URL="", ALPHA_PORT=str(alpha), BETA_PORT=str(beta))
    url = stack.until("redis://").split()[-1]
    assert redis.Redis.from_url(url).ping()
    stack.until("all is up")
    output = "\n".join(stack.lines)
    assert f"alpha | http://127.0.0.1:{alpha}/   its API: http://127.0.0.1:{alpha}/docs" in output
    assert f"beta  | http://127.0.0.1:{beta}/ " in output
    assert f"alpha | redis is {url}" in output
    assert f"beta  | neighbours are http://127.0.0.1:{alpha} None" in output
    assert "alpha | neighbours are None None" in output
    assert output.index("alpha | sample of alpha loaded") < output.index(f"alpha | redis is {url}")
    assert "sample of beta" not in output
    stack.process.send_signal(signal.SIGINT)
    assert "genba | stopping" in stack.rest()
    assert stack.process.returncode == 0
    stack.assert_nothing_is_left()


def test_a_neighbour_that_somebody_names_is_left_alone(start: Start) -> None:
    stack = start(BETA_ALPHA="https://alpha.example.org")
    assert "https://alpha.example.org None" in stack.until("beta  | neighbours are")
    stack.process.send_signal(signal.SIGINT)
    stack.rest()


@pytest.mark.parametrize("how", ["the stack itself", "whoever started it"])
def test_nothing_is_left_after_kill_9(start: Start, how: str) -> None:
    shell = ("sh", "-c", '"$@"; true', "sh") if how == "whoever started it" else ()
    stack = start(GENBA_REDIS_URL="", before=shell)
    stack.until("all is up")
    stack.process.kill()
    stack.assert_nothing_is_left()


def test_a_service_that_ignores_being_told_to_stop_is_killed(start: Start) -> None:
    stack = start(BETA_FATE="stubborn")
    stack.until("all is up")
    stack.process.terminate()
    assert "beta  | did not stop" in stack.rest()
    assert stack.process.returncode == 0
    stack.assert_nothing_is_left()


def test_a_service_that_dies_is_started_again_and_the_others_go_on(start: Start) -> None:
    port = free_port()
    stack = start(ALPHA_PORT=str(port))
    stack.until("all is up")
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /end HTTP/1.0\r\n\r\n")
    assert "exit code 7" in stack.until("starting it again")
    stack.until(f"alpha | http://127.0.0.1:{port}")
    stack.process.terminate()
    output = "\n".join([*stack.lines, stack.rest()])
    assert output.count("alpha | http://") == 2
    assert output.count("beta  | http://") == 1


def test_a_service_that_cannot_start_as_things_are_stops_everything(start: Start) -> None:
    stack = start(BETA_FATE="refuses")
    output = stack.rest()
    assert "beta  | my settings are wrong" in output
    assert output.splitlines()[-1] == "beta cannot start as things are: see its last line"
    assert stack.process.returncode == 2


def test_a_taken_port_is_one_line_that_names_the_setting(start: Start) -> None:
    with listener() as port:
        stack = start(BETA_PORT=str(port), GENBA_REDIS_URL="")
        output = stack.rest()
    assert output.count("\n") == 1
    assert f"beta: port {port} on 127.0.0.1" in output
    assert "BETA_PORT" in output
    assert "PORT_OFFSET" in output
    assert stack.process.returncode == 2


def test_two_services_on_one_port_are_found_before_they_start(start: Start) -> None:
    port = str(free_port())
    stack = start(ALPHA_PORT=port, BETA_PORT=port)
    assert f"beta: port {port}" in stack.rest()


def test_a_wrong_setting_is_one_line(start: Start) -> None:
    stack = start(ALPHA_PORT="eighty")
    output = stack.rest()
    assert output.count("\n") == 1
    assert output.startswith("ALPHA_PORT: ")
    assert stack.process.returncode == 2


def test_an_offset_moves_every_port(start: Start) -> None:
    port = free_port() - 100
    stack = start("--port-offset", "100", ALPHA_PORT=str(port))
    assert f"http://127.0.0.1:{port + 100}/" in stack.until("alpha | http")


def test_a_stack_whose_output_nobody_reads_any_more_stops(start: Start) -> None:
    stack = start()
    stack.until("all is up")
    assert stack.process.stdout
    stack.process.stdout.close()
    deadline = time.monotonic() + PATIENCE
    port = next(line.split(":")[-1] for line in stack.lines if line.startswith("alpha | http"))
    while stack.process.poll() is None and time.monotonic() < deadline:
        with ExitStack() as refused:
            refused.push(lambda kind, *_: kind is not None and issubclass(kind, OSError))
            with socket.create_connection(("127.0.0.1", int(port.partition("/")[0]))) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")  # makes it print a line
        time.sleep(0.05)
    stack.assert_nothing_is_left()


def test_every_setting_of_every_service_is_printed(start: Start) -> None:
    output = start("--settings").rest()
    rows = [" ".join(line.split()) for line in output.splitlines()]
    assert "ALPHA_SPEED 3 songs an hour How fast it is." in rows
    assert "BETA_GREETING hello text What it says." in rows
    assert output.count("GENBA_DATA_DIR") == 1


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_names_are_coloured_on_a_terminal_unless_that_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured, plain = Screen(), Screen()
    Terminal(coloured, ["a", "long"]).say("a", "hello")
    monkeypatch.setenv("NO_COLOR", "1")
    Terminal(plain, ["a", "long"]).say("a", "hello")
    assert coloured.getvalue() == "\x1b[36ma    |\x1b[0m hello\n"
    assert plain.getvalue() == "a    | hello\n"
